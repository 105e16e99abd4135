// Types see to it that both languages have the same keys; this, that they have
// the same placeholders and that nothing was left in English.

import { expect, test } from "vitest";
import { allTexts, type Tree } from ".";

// Every part of the page declares its texts when it is loaded.
const loaded = import.meta.glob("/src/{app,features,shared}/**/*.{ts,tsx}", { eager: false });

/** Names, units and words that are the same in both. */
const same =
  /^(Headwater|curl|Python|Node|env|API|URL|TLS|OpenAI|YAML|JSON|[A-Z]{2,5}|HW-[A-Z0-9-]+|\{\{\w+\}\}|[^\p{L}]*|https?:.*|status:.*)$/u;

function leaves(tree: Tree, path: string[] = []): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[[...path, key].join("."), value]] : leaves(value, [...path, key]),
  );
}

const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test("both languages say the same, each in its own words", { timeout: 60_000 }, async () => {
  for (const [path, load] of Object.entries(loaded)) {
    if (!/\.test\.|main\.tsx$/.test(path)) await load();
  }
  const found: string[] = [];
  let count = 0;
  for (const part of allTexts()) {
    const zh = new Map(leaves(part.zh));
    for (const [key, english] of leaves(part.en)) {
      count++;
      const chinese = zh.get(key) ?? "";
      const where = `${part.namespace}.${key}`;
      if (chinese.trim() === "" && english.trim() !== "") found.push(`${where} is empty`);
      if (String(placeholders(english)) !== String(placeholders(chinese))) {
        found.push(`${where}: "${english}" and "${chinese}" have other placeholders`);
      }
      if (english === chinese && !same.test(english)) found.push(`${where} was not translated: "${english}"`);
    }
  }
  expect(count).toBeGreaterThan(400);
  expect(found).toEqual([]);
});
