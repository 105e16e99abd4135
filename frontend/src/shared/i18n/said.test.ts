// Every sentence that the service can say of an upstream has words in both
// languages with the same arguments; what came without keys stays as it was.

import { afterEach, expect, test } from "vitest";
import { setLanguage } from ".";
import { sentences, told } from "./said";
import list from "./said.gen.json";
import { saidText } from "./saidtext";

afterEach(() => setLanguage("en"));

const names = (text: string) =>
  [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((one) => one[1]))].sort();

/** Of these nothing is left to be said in a language. */
const bare = new Set(["tls.version"]);

test("sentences of the service and of the page are the same, with the same arguments", () => {
  const zh: Record<string, string> = saidText.zh;
  expect(Object.keys(list.sentences).length).toBeGreaterThan(150);
  expect(Object.keys(zh).sort()).toEqual(Object.keys(list.sentences).sort());
  expect(saidText.en).toEqual(list.sentences);
  for (const [key, english] of Object.entries(list.sentences)) {
    const chinese = zh[key] ?? "";
    expect(names(chinese), key).toEqual(names(english));
    if (!bare.has(key)) expect(chinese, key).toMatch(/\p{Script=Han}/u);
  }
});

test("every sentence is said whole in both languages", () => {
  for (const [key, english] of Object.entries(list.sentences)) {
    const args = Object.fromEntries(names(english).map((name) => [name, `<${name}>`]));
    for (const language of ["en", "zh"] as const) {
      setLanguage(language);
      const text = sentences([{ key, args }]) ?? "";
      expect(text, key).not.toMatch(/\{\{/);
      for (const value of Object.values(args)) expect(text, key).toContain(value);
    }
  }
});

test("several sentences stand one after the other, as each language does it", () => {
  const said = [
    { key: "completion.question", args: { who: "OpenAI", status: "400" } },
    { key: "completion.says", args: { words: "Bad request." } },
  ];
  expect(told("", said)).toBe("OpenAI refused the question (400). It says: Bad request.");
  setLanguage("zh");
  expect(told("", said)).toBe("OpenAI 拒绝了此问题（400）。它的原话：Bad request.");
});

test("a vendor's words are words, whatever is in them", () => {
  setLanguage("zh");
  const words = "$t(tls.none) {{host}} $& <b>&amp;</b>";
  expect(sentences([{ key: "completion.says", args: { words } }])).toBe(`它的原话：${words}`);
});

test("English stays where there is no key, one that the page does not know, or an argument lacks", () => {
  setLanguage("zh");
  const english = "It is down.";
  expect(told(english, undefined)).toBe(english);
  expect(told(english, null)).toBe(english);
  expect(told(english, [])).toBe(english);
  expect(told(english, [{ key: "future.sentence" }])).toBe(english);
  expect(told(english, [{ key: "toString" }])).toBe(english);
  expect(told(english, [{ key: "tls.none", args: { server: "engine.lan" } }])).toBe(english);
  expect(told(english, [{ key: "tls.encrypted" }, { key: "future.sentence" }])).toBe(english);
  expect(told(undefined, undefined)).toBe("");
});
