// Every shared part of the page in every state, on one page, for pictures and
// the accessibility scan. Built for tests only. ?language=zh changes the words.

import { createRoot } from "react-dom/client";
import { Frame } from "@/app/frame";
import { FakeLine } from "@/rpc/fake";
import { newQueryClient, ServiceProvider } from "@/rpc/react";
import { setLanguage } from "@/shared/i18n";
import { Gallery } from "./gallery";

const options = new URLSearchParams(location.search);
setLanguage(options.get("language") === "zh" ? "zh" : "en");
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <Frame>
      <ServiceProvider line={new FakeLine("practice")} client={newQueryClient()}>
        <Gallery />
      </ServiceProvider>
    </Frame>,
  );
}
