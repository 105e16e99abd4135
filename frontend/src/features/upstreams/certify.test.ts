import { expect, test } from "vitest";
import { byTopic, checkKey, counts, effectKey, elsewhere, whyKey } from "./certifywords";

test("checks stand by topic, in the order of the topics, and unknown ones last", () => {
  const names = ["rate.headers", "future.check", "tools.call", "plain.answer", "cancel.stream", "tools.none"];
  expect(byTopic(names, (name) => name)).toEqual([
    ["answers", ["plain.answer"]],
    ["streams", ["cancel.stream"]],
    ["tools", ["tools.call", "tools.none"]],
    ["limits", ["rate.headers"]],
    ["other", ["future.check"]],
  ]);
});

test("a check that the page does not know keeps its own name", () => {
  expect(checkKey("tools.parallel")).toBe("check.tools.parallel");
  expect(checkKey("future.check")).toBeUndefined();
  expect(checkKey("toString")).toBeUndefined();
});

test("only a failed check takes calls away, and only where routing goes by it", () => {
  expect(effectKey({ outcome: "no", capability: "vision" })).toBe("that.vision");
  expect(effectKey({ outcome: "unclear", capability: "vision" })).toBeUndefined();
  expect(effectKey({ outcome: "skipped", capability: "vision" })).toBeUndefined();
  expect(effectKey({ outcome: "yes", capability: "vision" })).toBeUndefined();
  expect(effectKey({ outcome: "no" })).toBeUndefined();
});

test("outcomes that no check had are not counted", () => {
  expect(counts({ yes: 21, no: 0, unclear: 1, skipped: 0 })).toEqual([
    ["yes", 21],
    ["unclear", 1],
  ]);
});

test("a record of another address is told apart; the provider's own address says nothing", () => {
  const record = { address: "https://a.example/v1/" };
  expect(elsewhere(record, "https://b.example/v1")).toBe(true);
  expect(elsewhere(record, "https://a.example/v1")).toBe(false);
  expect(elsewhere(record, "")).toBe(false);
  expect(elsewhere(record, undefined)).toBe(false);
});

test("what the service says of every run is said in the page's language, other words stay", () => {
  expect(whyKey("The run had ended.")).toBe("why.ended");
  expect(whyKey("It said something else.")).toBeUndefined();
});
