import { expect, test } from "vitest";
import { parts } from "./waterfall";

const attempt = { start_ms: 5, tier: 1, upstream: "a", model: "m", target_id: "t", class: "ok" as const };

test("an attempt is cut where connection, head and content came", () => {
  expect(parts({ ...attempt, connect_ms: 2, head_ms: 10, first_byte_ms: 12, total_ms: 30 })).toEqual([
    { part: "connect", from: 0, to: 2 },
    { part: "head", from: 2, to: 10 },
    { part: "content", from: 10, to: 12 },
    { part: "stream", from: 12, to: 30 },
  ]);
});

test("what never came takes no room", () => {
  expect(parts({ ...attempt, total_ms: 3 })).toEqual([{ part: "stream", from: 0, to: 3 }]);
  expect(parts({ ...attempt, total_ms: 0 })).toEqual([]);
});
