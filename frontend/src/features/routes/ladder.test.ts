import { expect, test } from "vitest";
import { bodyOf, changeTier, moveTier, newTier, valuesOf } from "./ladder";

test("a tier moves to its neighbour's place and not beyond the ends", () => {
  const tiers = [newTier("a"), newTier("b"), newTier("c")];
  const names = (list: typeof tiers) => list.map((tier) => tier.targets[0]?.upstream).join("");
  expect(names(moveTier(tiers, 0, 1))).toBe("bac");
  expect(names(moveTier(tiers, 2, -1))).toBe("acb");
  expect(names(moveTier(tiers, 0, -1))).toBe("abc");
  expect(names(moveTier(tiers, 2, 1))).toBe("abc");
});

test("a route goes through the form unchanged", () => {
  const route = {
    name: "fast",
    title: "Fast",
    deadline_ms: 5000,
    tiers: [
      { strategy: "priority" as const, targets: [{ upstream: "a", model: "m", weight: 3 }] },
      { strategy: "weighted" as const, targets: [{ upstream: "b" }] },
    ],
  };
  expect(bodyOf(valuesOf(route))).toEqual({ title: "Fast", deadline_ms: 5000, tiers: route.tiers });
});

test("changing one tier leaves the others alone", () => {
  const tiers = [newTier("a"), newTier("b")];
  const changed = changeTier(tiers, 1, { strategy: "priority" });
  expect(changed[0]).toBe(tiers[0]);
  expect(changed[1]?.strategy).toBe("priority");
});
