import { expect, test } from "vitest";
import { setLanguage } from "@/shared/i18n";
import { firstWords, keysWords, limitedWords } from "./columns";

test("what is not known is no figure", () => {
  for (const words of [firstWords, limitedWords, keysWords]) expect(words(undefined)).toBe("–");
  expect(firstWords({ keys: 1 })).toBe("–");
  expect(limitedWords({ keys: 1, asked: 0 })).toBe("–");
});

test("the figures of an upstream", () => {
  setLanguage("en");
  expect(firstWords({ first_p95_ms: 840 })).toBe("840 ms");
  expect(firstWords({ first_p95_ms: 2430 })).toBe("2.4 s");
  expect(limitedWords({ asked: 40 })).toBe("0%");
  expect(limitedWords({ asked: 40, rate_limited: 5 })).toBe("12.5%");
  expect(limitedWords({ asked: 100_000, rate_limited: 1 })).toBe("< 0.1%");
  expect(keysWords({ keys: 0 })).toBe("0");
  expect(keysWords({ keys: 3 })).toBe("3");
  expect(keysWords({ keys: 3, keys_off: 1 })).toBe("2 / 3");
});
