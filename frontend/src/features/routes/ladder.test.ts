import { expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { bodyOf, changeTier, completed, moved, newTier, valuesOf } from "./ladder";

test("one of a list moves to its neighbour's place and not beyond the ends", () => {
  const list = ["a", "b", "c"];
  expect(moved(list, 0, 1)).toEqual(["b", "a", "c"]);
  expect(moved(list, 2, -1)).toEqual(["a", "c", "b"]);
  expect(moved(list, 0, -1)).toBe(list);
  expect(moved(list, 2, 1)).toBe(list);
});

const tiers: Schema<"Tier">[] = [
  { kind: "cache", fresh_s: 60, stale_s: 3600 },
  { strategy: "priority", targets: [{ upstream: "a", model: "m", weight: 3 }] },
  { strategy: "balanced", targets: [{ upstream: "b" }] },
  { strategy: "sticky", sticky_by: "header:X-Session-Id", when: "stream", targets: [{ upstream: "b" }] },
  { kind: "cache", percent: 20, sticky_by: "user" },
  { kind: "cache" },
  { kind: "hold", wait_ms: 5000 },
  { kind: "deferred", expire_s: 600 },
  { kind: "scripted", text: "Come back later." },
];

const silent = {
  temperature: null,
  top_p: null,
  max_tokens: 0,
  seed: null,
  presence_penalty: null,
  frequency_penalty: null,
  reasoning_effort: null,
  stop: [],
  user: "",
};
const parameters: Schema<"Parameters"> = {
  set: { ...silent, temperature: 0, max_tokens: 500, reasoning_effort: "low", user: "ann" },
  default: { ...silent, top_p: 0.5, seed: 0, stop: ["<end>"], presence_penalty: -1, frequency_penalty: 1 },
};

test("a route goes through the form unchanged", () => {
  const retry = { tries_per_tier: 2, budget_percent: 10, again_first_ms: 100, again_most_ms: 1000 };
  const fallback = {
    context_overflow: [{ upstream: "a", model: "large/with-slash" }, { upstream: "b" }],
    content_policy: [],
  };
  const route = {
    name: "fast",
    title: "Fast",
    deadline_ms: 5000,
    stream_deadline_ms: 600_000,
    hedge: true,
    translation: "strict" as const,
    parameters,
    retry,
    fallback,
    tiers,
  };
  const { name: _name, ...rest } = route;
  expect(bodyOf(valuesOf(route))).toEqual(rest);
});

test("what is left empty is left to the service", () => {
  const body = bodyOf(valuesOf({ name: "fast", tiers: [{ kind: "targets", targets: [{ upstream: "a" }] }] }));
  expect(body).toEqual({
    title: "",
    deadline_ms: 0,
    stream_deadline_ms: 0,
    hedge: false,
    translation: "warn",
    parameters: { set: silent, default: silent },
    retry: { tries_per_tier: 0, budget_percent: 0, again_first_ms: 0, again_most_ms: 0 },
    fallback: { context_overflow: [], content_policy: [] },
    tiers: [{ strategy: "weighted", targets: [{ upstream: "a" }] }],
  });
});

test("a tier that changes its kind is saved with what goes with that kind alone", () => {
  const values = valuesOf({ name: "fast", tiers });
  const changed = changeTier(values.tiers, 1, { kind: "hold" });
  expect(bodyOf({ ...values, tiers: changed }).tiers[1]).toEqual({ kind: "hold" });
  const back = changeTier(changed, 1, { kind: "targets" });
  expect(bodyOf({ ...values, tiers: back }).tiers[1]).toEqual(tiers[1]);
});

test("what a tier keeps by is saved only where it is of use", () => {
  const values = valuesOf({ name: "fast", tiers });
  const changed = changeTier(values.tiers, 3, { strategy: "weighted" });
  expect(bodyOf({ ...values, tiers: changed }).tiers[3]).toEqual({
    strategy: "weighted",
    when: "stream",
    targets: [{ upstream: "b" }],
  });
});

test("changing one tier leaves the others alone", () => {
  const before = [newTier("a"), newTier("b")];
  const changed = changeTier(before, 1, { strategy: "priority" });
  expect(changed[0]).toBe(before[0]);
  expect(changed[1]?.strategy).toBe("priority");
});

test("a draft of an earlier page is taken with what has come since", () => {
  const old = { name: "fast", tiers: [{ key: 1, strategy: "priority", targets: [] }] };
  const values = completed(old as never);
  expect(values.retry.tries_per_tier).toBe("");
  expect(values.tiers[0]).toMatchObject({ kind: "targets", strategy: "priority", text: "" });
});
