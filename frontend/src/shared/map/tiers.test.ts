import { describe, expect, test } from "vitest";
import type { Schema } from "@/rpc";
import {
  explains,
  fromExplanation,
  keysOf,
  type MapTier,
  moveTarget,
  moveTier,
  nobodyServes,
  servingPlace,
  shareOf,
  tiersOf,
} from "./tiers";

const explained = (
  tier: number,
  upstream: string,
  order: number,
  more: Partial<Schema<"ExplainedTarget">> = {},
): Schema<"ExplainedTarget"> => ({ tier, upstream, order, share: 1, state: "healthy", words: "", ...more });

const explanation = (...targets: Schema<"ExplainedTarget">[]): Schema<"Explanation"> => ({
  route: "fast",
  ok: true,
  words: "",
  tiers: [],
  targets,
});

const route: Pick<Schema<"Route">, "name" | "tiers"> = {
  name: "fast",
  tiers: [
    { targets: [{ upstream: "a", model: "m", weight: 3 }, { upstream: "b" }] },
    { kind: "targets", strategy: "priority", targets: [{ upstream: "a", model: "m" }] },
  ],
};

test("an explanation of another order, or of another route, is not taken for this one's", () => {
  const now = explanation(explained(1, "a", 1, { model: "m" }), explained(1, "b", 2, { model: "asked" }));
  expect(explains(route, now)).toBe(true);
  expect(explains(route, explanation(explained(2, "b", 1)))).toBe(false);
  expect(explains(route, explanation(explained(1, "a", 1, { model: "other" })))).toBe(false);
  expect(explains(route, { ...now, route: "slow" })).toBe(false);
  expect(explains(route, undefined)).toBe(false);
});

describe("a route with its explanation", () => {
  test("shows each target with its keys, by name", () => {
    const tiers = fromExplanation(
      route,
      explanation(
        explained(1, "a", 1, { model: "m", credential: "two", share: 0.25 }),
        explained(1, "b", 2, { share: 0.25 }),
        explained(2, "a", 3, { model: "m", credential: "one" }),
        explained(1, "a", 0, {
          model: "m",
          credential: "one",
          share: 0.5,
          state: "open",
          words: "open",
          reason: "failed",
          not_before: "2026-01-01T00:00:00Z",
        }),
      ),
      new Map([["a", "openai"]]),
    );
    expect(tiers).toEqual([
      {
        kind: "targets",
        strategy: "weighted",
        at: 0,
        targets: [
          {
            upstream: "a",
            provider: "openai",
            model: "m",
            weight: 3,
            at: { tier: 0, target: 0 },
            credentials: [
              {
                name: "one",
                state: "open",
                words: "open",
                reason: "failed",
                not_before: "2026-01-01T00:00:00Z",
                order: 0,
                share: 0.5,
              },
              { name: "two", state: "healthy", words: "", order: 1, share: 0.25 },
            ],
          },
          {
            upstream: "b",
            at: { tier: 0, target: 1 },
            credentials: [{ state: "healthy", words: "", order: 2, share: 0.25 }],
          },
        ],
      },
      {
        kind: "targets",
        strategy: "priority",
        at: 1,
        targets: [
          {
            upstream: "a",
            provider: "openai",
            model: "m",
            at: { tier: 1, target: 0 },
            credentials: [{ name: "one", state: "healthy", words: "", order: 3, share: 1 }],
          },
        ],
      },
    ]);
    expect(servingPlace(tiers)).toEqual({ tier: 0, target: 0 });
    expect(tiers[0]?.targets.map(shareOf)).toEqual([0.75, 0.25]);
  });

  test("shows as disabled what the service leaves out", () => {
    const tiers = fromExplanation(route, explanation(explained(1, "b", 1)));
    expect(tiers[0]?.targets[0]?.credentials).toEqual([{ state: "disabled", order: 0 }]);
    expect(tiers[1]?.targets[0]?.credentials).toEqual([{ state: "disabled", order: 0 }]);
  });

  test("says nothing of states without an explanation, or with another route's", () => {
    const other = { ...explanation(explained(1, "a", 1, { model: "m" })), route: "slow" };
    for (const none of [undefined, other, { ok: false, words: "", tiers: [], targets: [] }]) {
      const tiers = fromExplanation(route, none);
      expect(tiers.flatMap((tier) => tier.targets.flatMap((target) => target.credentials))).toEqual([]);
      expect(servingPlace(tiers)).toBeUndefined();
      expect(nobodyServes(tiers)).toBe(false);
      expect(shareOf(tiers[0]?.targets[0] ?? { upstream: "", credentials: [] })).toBeUndefined();
    }
  });

  test("gives each of two equal targets its own row", () => {
    const twins = { name: "fast", tiers: [{ targets: [{ upstream: "a" }, { upstream: "a" }] }] };
    const tiers = fromExplanation(twins, explanation(explained(1, "a", 1), explained(1, "a", 2)));
    expect(tiers[0]?.targets.map((target) => target.credentials.map((one) => one.order))).toEqual([[1], [2]]);
  });

  test("finds a target without a model under the name that was asked for", () => {
    const tiers = fromExplanation(route, explanation(explained(1, "b", 1, { model: "asked" })));
    expect(tiers[0]?.targets[1]?.credentials[0]?.order).toBe(1);
  });

  test("takes kinds that have no targets", () => {
    const later = { name: "fast", tiers: [...route.tiers, { kind: "cache" }] } as unknown as typeof route;
    const tiers = fromExplanation(later, explanation(explained(1, "b", 0, { state: "open" })));
    expect(tiers[2]).toEqual({ kind: "cache", figures: { kind: "cache" }, targets: [], at: 2 });
    // A cache may still answer.
    expect(nobodyServes(tiers)).toBe(false);
    expect(nobodyServes(tiers.slice(0, 2))).toBe(true);
  });
});

const tier = (...upstreams: string[]): MapTier => ({
  kind: "targets",
  targets: upstreams.map((upstream) => ({ upstream, credentials: [] })),
});
const names = (tiers: MapTier[]) =>
  tiers.map((one) => one.targets.map((target) => target.upstream).join("") || one.kind).join(" ");
const cache: MapTier = { kind: "cache", targets: [] };

describe("a tier", () => {
  const tiers = [tier("a"), tier("b"), cache];
  test.each([
    [0, 1, "b a cache"],
    [0, 2, "b cache a"],
    [2, 0, "cache a b"],
  ])("moves from %i to %i", (from, to, result) => {
    expect(names(moveTier(tiers, from, to))).toBe(result);
    expect(names(tiers)).toBe("a b cache");
  });
  test.each([
    [0, -1],
    [2, 3],
    [1, 1],
    [7, 0],
  ])("does not move from %i to %i", (from, to) => expect(moveTier(tiers, from, to)).toBe(tiers));
});

describe("a target", () => {
  const tiers = [tier("a", "b", "c"), tier("d"), cache];
  test.each([
    ["within its tier", [0, 0], [0, 2], "bca d cache"],
    ["within its tier, up", [0, 2], [0, 1], "acb d cache"],
    ["to another tier", [0, 1], [1, 0], "ac bd cache"],
    ["to the end of another tier", [0, 1], [1, 1], "ac db cache"],
    ["and the tier that it leaves empty goes", [1, 0], [0, 3], "abcd cache"],
  ] as const)("moves %s", (_, from, to, result) => {
    const next = moveTarget(tiers, { tier: from[0], target: from[1] }, { tier: to[0], target: to[1] });
    expect(names(next)).toBe(result);
    expect(names(tiers)).toBe("abc d cache");
  });
  test.each([
    ["to where it is", [0, 1], [0, 1]],
    ["above the first", [0, 0], [0, -1]],
    ["below the last", [0, 2], [0, 3]],
    ["into a cache", [0, 0], [2, 0]],
    ["out of the route", [0, 0], [3, 0]],
  ] as const)("does not move %s", (_, from, to) => {
    const next = moveTarget(tiers, { tier: from[0], target: from[1] }, { tier: to[0], target: to[1] });
    expect(next).toBe(tiers);
  });
});

test("the new order keeps all that the map does not show", () => {
  const full = {
    name: "fast",
    tiers: [
      { strategy: "weighted" as const, targets: [{ upstream: "a", weight: 2 }, { upstream: "b" }] },
      { kind: "cache", ttl_s: 60 },
      { targets: [{ upstream: "c", region: "eu" }] },
    ],
  } as unknown as typeof route;
  const drawn = fromExplanation(full, undefined);
  expect(tiersOf(full, drawn)).toEqual(full.tiers);
  const next = moveTarget(moveTier(drawn, 1, 0), { tier: 2, target: 0 }, { tier: 1, target: 1 });
  expect(tiersOf(full, next)).toEqual([
    { kind: "cache", ttl_s: 60 },
    {
      strategy: "weighted",
      targets: [{ upstream: "a", weight: 2 }, { upstream: "c", region: "eu" }, { upstream: "b" }],
    },
  ]);
});

test("keys stay with what they name, and are unique", () => {
  const before = keysOf([tier("a", "b"), tier("a"), cache, cache]);
  const after = keysOf([cache, tier("a", "b"), tier("a"), cache]);
  const all = before.flatMap((one) => [one.tier, ...one.targets]);
  expect(new Set(all).size).toBe(all.length);
  expect(after[1]).toEqual(before[0]);
});
