// Every code of the service's closed list has words in both languages, under
// the name by which people quote it, and none that the service does not have.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { localCodes } from "@/rpc";
import { codes } from "./codes";

const source = readFileSync(resolve(import.meta.dirname, "../../../../backend/hw/errors.go"), "utf8");

test("codes of the service and of the page are the same", () => {
  const listed = [...source.matchAll(/Code\w+\s+Code = "(\w+)"/g)].map((match) => match[1] ?? "");
  expect(listed.length).toBeGreaterThan(20);
  const ours = Object.values(localCodes) as string[];
  expect(
    Object.keys(codes)
      .filter((code) => !ours.includes(code))
      .sort(),
  ).toEqual([...listed].sort());
  for (const [code, words] of Object.entries(codes)) {
    expect(words.en.next, code).not.toBe("");
    expect(words.zh.what, code).toMatch(/\p{Script=Han}/u);
    expect(words.zh.next, code).toMatch(/\p{Script=Han}/u);
    if (!ours.includes(code)) expect(source, code).toContain(`"${words.public}"`);
  }
});
