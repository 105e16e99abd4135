import { expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { choiceOf, errorStatus, fallbacks } from "./standing";

const targets: Schema<"Tier"> = { targets: [{ upstream: "a" }] };

test("tiers that ask no upstream are not choices", () => {
  const route = { tiers: [{ kind: "cache" as const }, targets, targets] };
  expect(choiceOf(route, 3)).toBe(2);
  expect(choiceOf(undefined, 3)).toBe(3);
});

const explained = (...rows: [string, string?][]): Schema<"Explanation"> => ({
  ok: false,
  words: "",
  tiers: [],
  targets: rows.map(([state, reason]) => ({
    order: 0,
    tier: 1,
    upstream: "a",
    share: 1,
    words: "",
    state: state as "open",
    ...(reason ? { reason: reason as "rate" } : {}),
  })),
});

test.each([
  [429, explained(["throttled", "rate"], ["throttled", "rate"])],
  [502, explained(["quarantined", "auth"])],
  [502, explained(["quarantined", "quota"])],
  // A bad key here and no credit there are one cause, as they are for the gateway.
  [502, explained(["quarantined", "auth"], ["quarantined", "quota"])],
  [503, explained(["quarantined", "auth"], ["quarantined", "quota"], ["throttled", "rate"])],
  [504, explained(["open", "slow"])],
  [503, explained(["open", "unreachable"], ["throttled", "rate"])],
  [429, explained(["maintenance"], ["throttled", "rate"])],
  [503, explained(["disabled"])],
  [503, undefined],
])("callers are answered %i", (status, explanation) => {
  expect(errorStatus(explanation)).toBe(status);
});

test("what answers instead, in its order; after a text of one's own nothing comes", () => {
  expect(fallbacks({ tiers: [targets] })).toEqual([{ kind: "error", tier: 0 }]);
  const all: Schema<"Tier">[] = [
    { kind: "cache" },
    targets,
    { kind: "hold" },
    { kind: "deferred" },
    { kind: "scripted", text: "x" },
    { kind: "hold", wait_ms: 5 },
  ];
  expect(fallbacks({ tiers: all })).toEqual([
    { kind: "cache", tier: 1 },
    { kind: "hold", tier: 3, waitMs: 30_000 },
    { kind: "deferred", tier: 4 },
    { kind: "scripted", tier: 5 },
  ]);
});
