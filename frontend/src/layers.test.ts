// Who may import whom: shared knows no feature, no feature knows another, and
// the service is reached by way of rpc alone.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const src = import.meta.dirname;

function files(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : /\.tsx?$/.test(name) ? [path] : [];
  });
}

/** What a file of the page asks for, as paths from src. */
function imports(file: string, code: string): string[] {
  const found = [...code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  return found
    .filter((name) => name.startsWith("@/") || name.startsWith("."))
    .map((name) => (name.startsWith("@/") ? name.slice(2) : relative(src, join(src, file, "..", name))));
}

/** What is wrong with one import, or nothing. */
function wrong(from: string, to: string): string | undefined {
  const [layer, part] = from.split("/");
  const [toLayer, toPart] = to.split("/");
  // The gallery shows everything; tests may look everywhere.
  if (layer === "gallery" || from.includes(".test.")) return undefined;
  if (layer === "rpc" && toLayer !== "rpc") return `${from} -> ${to}: rpc knows nothing of the page`;
  if (layer === "shared" && (toLayer === "features" || toLayer === "app")) {
    return `${from} -> ${to}: shared knows no feature`;
  }
  if (layer === "features" && toLayer === "app") return `${from} -> ${to}: a feature does not know the page`;
  if (layer === "features" && toLayer === "features" && part !== toPart) {
    return `${from} -> ${to}: no feature knows another`;
  }
  if (to.startsWith("rpc/fake") && layer !== "rpc" && from !== "app/admin/main.tsx") {
    return `${from} -> ${to}: the fake is for tests and development`;
  }
  if (layer !== "rpc" && /^rpc\/(socket|bridge|followers|gen)$/.test(to)) {
    return `${from} -> ${to}: the service is reached by way of rpc alone`;
  }
  return undefined;
}

describe("layers", () => {
  test("hold", () => {
    const found = files(src)
      .map((path) => relative(src, path))
      .flatMap((file) => imports(file, readFileSync(join(src, file), "utf8")).map((to) => wrong(file, to)))
      .filter(Boolean);
    expect(found).toEqual([]);
  });
  test.each([
    ["shared/ui/rows.tsx", 'import { CallsPage } from "@/features/calls";'],
    ["features/home/index.tsx", 'import { CallsPage } from "@/features/calls";'],
    ["features/home/index.tsx", 'import { CallsPage } from "../calls";'],
    ["features/home/index.tsx", 'const x = await import("@/rpc/socket");'],
    ["app/admin/shell.tsx", 'import { FakeLine } from "@/rpc/fake";'],
    ["rpc/react.tsx", 'import { useT } from "@/shared/i18n";'],
  ])("notice when %s says %s", (file, code) => {
    expect(imports(file, code).map((to) => wrong(file, to))).toEqual([expect.any(String)]);
  });
});
