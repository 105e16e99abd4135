// What a route that is not on its first choice means for its callers.

import type { Schema } from "@/rpc";

type Route = Pick<Schema<"Route">, "tiers">;
type Explanation = Schema<"Explanation">;

const isTargets = (tier: Schema<"Tier">): boolean => !tier.kind || tier.kind === "targets";

/** Which choice a tier is: those that ask no upstream are not choices. */
export function choiceOf(route: Route | undefined, tier: number): number {
  // A document that has changed meanwhile says nothing of it.
  if (!route || tier > route.tiers.length) return tier;
  return route.tiers.slice(0, tier).filter(isTargets).length || tier;
}

/** The status of the honest error, by the cause that all targets share. Source: the health design, section 6. */
const statuses: Record<string, number> = { rate: 429, auth: 502, quota: 502, slow: 504 };
const outage = 503;

/** What callers are answered while no target can: the shared cause, else an outage. */
export function errorStatus(explanation: Explanation | undefined): number {
  const counted = (explanation?.targets ?? []).filter(
    (target) => !["draining", "maintenance", "disabled"].includes(target.state),
  );
  const found = new Set(counted.map((target) => statuses[target.reason ?? ""] ?? outage));
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : outage;
}

export interface Fallback {
  kind: "cache" | "hold" | "deferred" | "scripted" | "error";
  /** Counting from 1. */
  tier: number;
  waitMs?: number;
}

/** What callers get while no target can answer, in the order in which it is tried; the last one always answers. */
export function fallbacks(route: Route | undefined): Fallback[] {
  const found: Fallback[] = [];
  for (const [i, { kind, wait_ms }] of (route?.tiers ?? []).entries()) {
    if (!kind || kind === "targets") continue;
    found.push({ kind, tier: i + 1, ...(kind === "hold" ? { waitMs: wait_ms || 30_000 } : {}) });
    if (kind === "scripted") return found;
  }
  return [...found, { kind: "error", tier: 0 }];
}
