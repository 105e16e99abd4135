import { createRoot } from "react-dom/client";
import { openLine } from "@/rpc";
import { Admin } from "./admin";

/** `npm run dev -- --mode fake` runs the page on a service in its own memory; no build holds that. */
async function line() {
  if (import.meta.env.MODE !== "fake") return openLine();
  const { FakeLine } = await import("@/rpc/fake");
  const seed = new URLSearchParams(location.search).get("seed");
  return new FakeLine(seed === "empty" || seed === "many" ? seed : "practice", 50);
}

const root = document.getElementById("root");
if (root) void line().then((opened) => createRoot(root).render(<Admin line={opened} />));
