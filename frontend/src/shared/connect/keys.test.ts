// Keys are told by their shape, and every provider of the table is one of the
// catalogue. The keys here are made up.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { guessProvider, keyBeginnings } from "./keys";

const rest = "0123456789abcdefghijABCDEFGHIJ";

test("a key names its provider by its beginning", () => {
  for (const [beginning, provider] of keyBeginnings) {
    expect(guessProvider(beginning + rest), beginning).toBe(provider);
    expect(guessProvider(`  ${beginning}${rest}\n`), beginning).toBe(provider);
  }
  expect(guessProvider(`sk-abcDEF123T3BlbkFJ${rest}`)).toBe("openai");
  expect(guessProvider('{ "type": "service_account", "project_id": "p" }')).toBe("google-vertex");
  expect(guessProvider(`AKIAIOSFODNN7EXAMPLE:${rest}`)).toBe("amazon-bedrock");
});

test("what many vendors have names none", () => {
  for (const key of [
    `sk-${rest}`,
    rest,
    "",
    "gsk_",
    "sk-ant-",
    '{"client_id":"x"}',
    `x-gsk_${rest}`,
    "AIza",
  ]) {
    expect(guessProvider(key), key).toBeUndefined();
  }
});

test("every provider of the table is in the catalogue, and no beginning stands twice", () => {
  const file = resolve(import.meta.dirname, "../../../../backend/internal/catalog/providers.json");
  const { providers } = JSON.parse(readFileSync(file, "utf8")) as { providers: { id: string }[] };
  const ids = providers.map((one) => one.id);
  for (const [, provider] of keyBeginnings) expect(ids).toContain(provider);
  expect(ids).toContain("google-vertex");
  expect(new Set(keyBeginnings.map(([beginning]) => beginning)).size).toBe(keyBeginnings.length);
});
