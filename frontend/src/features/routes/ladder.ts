// The form's ladder of tiers: pure steps from one to the next.

import type { Schema } from "@/rpc";

export interface TargetValues {
  /** Stable while it is edited; not part of the document. */
  key: number;
  upstream: string;
  model: string;
  weight: number | "";
}

export interface TierValues {
  key: number;
  strategy: "weighted" | "priority";
  targets: TargetValues[];
}

export interface RouteValues {
  name: string;
  title: string;
  deadline: number | "";
  tiers: TierValues[];
}

let nextKey = 1;
const fresh = () => nextKey++;

export function newTarget(upstream = ""): TargetValues {
  return { key: fresh(), upstream, model: "", weight: "" };
}

export function newTier(upstream = ""): TierValues {
  return { key: fresh(), strategy: "weighted", targets: [newTarget(upstream)] };
}

export function valuesOf(route: Schema<"Route">): RouteValues {
  return {
    name: route.name,
    title: route.title ?? "",
    deadline: route.deadline_ms || "",
    tiers: route.tiers.map((tier) => ({
      key: fresh(),
      strategy: tier.strategy === "priority" ? "priority" : "weighted",
      targets: tier.targets.map((target) => ({
        key: fresh(),
        upstream: target.upstream,
        model: target.model ?? "",
        weight: target.weight || "",
      })),
    })),
  };
}

/** The form as the service takes it. */
export function bodyOf(values: RouteValues) {
  return {
    title: values.title,
    deadline_ms: values.deadline || 0,
    tiers: values.tiers.map((tier) => ({
      strategy: tier.strategy,
      targets: tier.targets.map((target) => ({
        upstream: target.upstream,
        ...(target.model ? { model: target.model } : {}),
        ...(target.weight ? { weight: target.weight } : {}),
      })),
    })),
  };
}

/** Swaps a tier with its neighbour; at the end nothing moves. */
export function moveTier(tiers: TierValues[], index: number, by: -1 | 1): TierValues[] {
  const to = index + by;
  const moved = tiers[index];
  const other = tiers[to];
  if (!moved || !other) return tiers;
  return tiers.map((tier, i) => (i === index ? other : i === to ? moved : tier));
}

export function changeTier(tiers: TierValues[], index: number, change: Partial<TierValues>): TierValues[] {
  return tiers.map((tier, i) => (i === index ? { ...tier, ...change } : tier));
}

export function changeTarget(tier: TierValues, index: number, change: Partial<TargetValues>): TargetValues[] {
  return tier.targets.map((target, i) => (i === index ? { ...target, ...change } : target));
}
