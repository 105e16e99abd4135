import { describe, expect, test } from "vitest";
import { queryOf } from "./list";
import { packed } from "./upload";
import { changeOf, newOf, valuesOf } from "./values";
import { abilitiesOf, bothWords, cachedWords, labelOf, partsOf, priceWords, tokenWords } from "./words";

test("prices and tokens read as people write them", () => {
  expect(priceWords(0)).toBe("$0");
  expect(priceWords(0.0125)).toBe("$0.0125");
  expect(priceWords(undefined)).toBe("–");
  expect(cachedWords({ input: 1, output: 2 })).toBe("–");
  expect(bothWords({ input: 0.15, output: 0.6 })).toBe("$0.15 / $0.6");
  expect(bothWords(undefined)).toBe("–");
  expect([tokenWords(8192), tokenWords(128_000), tokenWords(1_048_576), tokenWords(0)]).toEqual([
    "8,192",
    "128 k",
    "1.05 M",
    "–",
  ]);
});

test("a label is taken apart at its first stroke", () => {
  const one = {
    provider: "openrouter",
    provider_name: "OpenRouter",
    id: "meta/llama",
    in: ["image"],
    tools: true,
  };
  expect(partsOf(labelOf(one))).toEqual({ provider: "openrouter", model: "meta/llama" });
  expect(partsOf("nothing")).toEqual({ provider: "", model: "nothing" });
  expect(abilitiesOf(one)).toEqual(["tools", "vision"]);
});

test("the address becomes a query, and what is no filter is left out", () => {
  expect(queryOf({})).toEqual({ limit: 100 });
  expect(
    queryOf({
      q: "mini",
      provider: "openai,groq",
      kind: "chat",
      can: "tools,flying",
      status: "beta",
      most: "0",
      own: "1",
      sort: "context",
    }),
  ).toEqual({
    limit: 100,
    q: "mini",
    provider: ["openai", "groq"],
    kind: "chat",
    status: "beta",
    ability: ["tools"],
    max_input_price: 0,
    own: true,
    sort: "context",
    desc: true,
  });
  expect(queryOf({ kind: "magic", status: "dead", sort: "colour", most: "much" })).toEqual({ limit: 100 });
});

describe("own facts", () => {
  const own = {
    provider: "openai",
    model: "m",
    title: "M",
    kind: "chat",
    context: 9,
    price: { input: 0, cache_read: 0.5 },
    tools: false,
    in: ["text"],
    status: "beta",
  } as const;

  test("go through the form unchanged", () => {
    expect(newOf(valuesOf({ ...own, in: ["text"] }))).toEqual(own);
  });

  test("that are emptied go back to the catalogue's", () => {
    const values = valuesOf({ ...own, in: ["text"] });
    values.price.cache_read = "";
    values.flags.tools = "";
    values.in = [];
    expect(changeOf(values)).toMatchObject({
      price: { input: 0, cache_read: null, output: null },
      tools: null,
      in: null,
      max_output: null,
      title: "M",
    });
  });

  test("of a new model leave out what is not known", () => {
    expect(newOf({ ...valuesOf({}), provider: "vllm", model: " house " })).toEqual({
      provider: "vllm",
      model: "house",
    });
  });
});

test("a file is packed once, and refused when it is too large even so", async () => {
  const text = await packed(new Blob(['{"models":{}}']));
  expect(atob(text ?? "").slice(0, 2)).toBe("\u001f\u008b");
  const again = await packed(new Blob([Uint8Array.from(atob(text ?? ""), (c) => c.charCodeAt(0))]));
  expect(again).toBe(text);
  const noise = new Uint8Array(3_200_000);
  for (let i = 0; i < noise.length; i++) noise[i] = (i * 2654435761) >>> (i % 24);
  noise.set([0x1f, 0x8b]);
  expect(await packed(new Blob([noise]))).toBeUndefined();
});
