import { expect, test } from "vitest";
import { asField, endOf, maintaining, operatorState } from "./operator";

const now = new Date(2026, 10, 28, 17, 30);

test("maintenance ends by itself, other words of a person do not", () => {
  const at = now.getTime();
  const until = (ms: number) => new Date(at + ms).toISOString();
  expect(operatorState({}, at)).toBe("enabled");
  expect(operatorState({ state: "draining" }, at)).toBe("draining");
  expect(operatorState({ state: "maintenance" }, at)).toBe("maintenance");
  expect(operatorState({ state: "maintenance", maintenance_until: until(1000) }, at)).toBe("maintenance");
  expect(operatorState({ state: "maintenance", maintenance_until: until(-1000) }, at)).toBe("enabled");
});

test("each choice has its end", () => {
  expect(endOf("hour", "", now)).toEqual(new Date(2026, 10, 28, 18, 30));
  expect(endOf("fourHours", "", now)).toEqual(new Date(2026, 10, 28, 21, 30));
  expect(endOf("tomorrow", "", now)).toEqual(new Date(2026, 10, 29, 8, 0));
  expect(endOf("custom", "2026-12-01T09:15", now)).toEqual(new Date(2026, 11, 1, 9, 15));
  expect(endOf("open", "2026-12-01T09:15", now)).toBeUndefined();
});

test("a moment that has passed, or none at all, is no end", () => {
  expect(endOf("custom", asField(new Date(2026, 10, 28, 17, 29)), now)).toBeUndefined();
  expect(endOf("custom", "soon", now)).toBeUndefined();
});

test("an end that was once set goes with the next word", () => {
  expect(maintaining(undefined)).toEqual({ state: "maintenance", maintenance_until: null });
  expect(maintaining(now)).toEqual({ state: "maintenance", maintenance_until: now.toISOString() });
});
