// Every sentence that the service can say of a drill is known here, so that
// Chinese has words for it.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { setLanguage, translate } from "@/shared/i18n";
import { recognised, saidText } from "./said";

const source = (file: string) =>
  readFileSync(resolve(import.meta.dirname, "../../../../backend/internal/drill", file), "utf8");

/** The sentences in a file of Go, with particulars in the places of its verbs. */
function sentences(file: string): string[] {
  return [...source(file).matchAll(/"((?:[^"\\\n]|\\.)*)"/g)]
    .map((match) => match[1] ?? "")
    .filter((text) => / .*\.$| more$/.test(text))
    .map((text) =>
      text.replaceAll("%%", "%").replace(/%(?:\.\d)?([sdgf])/g, (_, verb) => (verb === "s" ? "a b" : "12")),
    );
}

test.each(["report.go", "record.go", "drill.go"])("all of %s", (file) => {
  const found = sentences(file);
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((one) => !recognised(one))).toEqual([]);
});

test("nothing is known that nobody says", () => {
  const said = new Set(
    ["report.go", "record.go", "drill.go"].flatMap(sentences).map((one) => recognised(one)?.key),
  );
  // The name before it is put together elsewhere.
  expect(source("command.go")).toContain('who+" aborted it."');
  expect(Object.keys(saidText.en).filter((key) => key !== "aborted" && !said.has(key as never))).toEqual([]);
});

test("its particulars are kept in the other language", () => {
  setLanguage("zh");
  const found = recognised("mei & co aborted it.");
  const t = translate(saidText);
  expect(found && t(found.key, found.values)).toBe("由 mei & co 中止。");
  const waited = recognised(
    "The slowest calls waited 812 ms longer than usual for their first content. Lower first_byte_ms and connect_ms of the upstream, or let the route hedge.",
  );
  expect(waited && t(waited.key, waited.values)).toContain("812 毫秒");
  expect(recognised("Something new.")).toBeUndefined();
  setLanguage("en");
});
