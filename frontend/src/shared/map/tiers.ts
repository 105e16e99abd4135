// What the map shows of a route, and the steps by which its order changes. All
// of it is pure: a step that changes nothing returns the very list it was given.

import type { Schema } from "@/rpc";
import type { HealthState } from "@/shared/ui";

/** One key of an upstream, or the upstream itself where it wants none. */
export interface MapCredential {
  name?: string;
  state: HealthState;
  /** The state as the service's sentence. */
  words?: string;
  /** Class behind the state; with not_before it tells the state in other languages. */
  reason?: string;
  not_before?: string;
  /** Place among those that would be asked now, from 1; 0 means skipped; absent means not known. */
  order?: number;
  /** Part of its tier's calls while all of it is well, 0 to 1. */
  share?: number;
}

export interface MapTarget {
  upstream: string;
  /** Whose mark it has; absent shows a plain server. */
  provider?: string;
  /** Empty or absent means the model that the caller asked for. */
  model?: string;
  weight?: number;
  /** Empty while nothing is known of it. */
  credentials: MapCredential[];
  /** Where it stands in the route that it was made from. */
  at?: Place;
}

/** The figures of a tier, as its document has them; which apply follows from its kind. */
export type TierFigures = Pick<
  Schema<"Tier">,
  "kind" | "fresh_s" | "stale_s" | "wait_ms" | "expire_s" | "text"
>;

export interface MapTier {
  /** "targets", "cache", "hold", "deferred" or "scripted". */
  kind: string;
  strategy?: string;
  targets: MapTarget[];
  /** Of a tier without targets: what it is set to. */
  figures?: TierFigures;
  /** Where it stands in the route that it was made from. */
  at?: number;
}

/** A target by its tier and its place there, both from 0. */
export interface Place {
  tier: number;
  target: number;
}

type Route = Pick<Schema<"Route">, "name" | "tiers">;
type Tier = Schema<"Tier">;
type Explained = Schema<"ExplainedTarget">;

/** The kind of tier that has targets, and to which a target can be moved. */
export const targetsKind = "targets";

/**
 * A route with what is known of its targets now. An explanation that is not of
 * this route, or none at all, leaves their states open. providers names the
 * provider of each upstream, for its mark.
 */
export function fromExplanation(
  route: Route,
  explanation: Schema<"Explanation"> | undefined,
  providers?: ReadonlyMap<string, string>,
): MapTier[] {
  const known = explanation?.route === route.name ? explanation.targets : undefined;
  return route.tiers.map((tier, t) => {
    const kind: string = tier.kind || targetsKind;
    const unclaimed = known?.filter((one) => one.tier === t + 1);
    return {
      kind,
      ...(kind === targetsKind ? { strategy: tier.strategy || "weighted" } : { figures: figuresOf(tier) }),
      targets: (tier.targets ?? []).map((target, i) => {
        const provider = providers?.get(target.upstream);
        return {
          upstream: target.upstream,
          ...(provider ? { provider } : {}),
          ...(target.model ? { model: target.model } : {}),
          ...(target.weight ? { weight: target.weight } : {}),
          credentials: unclaimed ? claim(unclaimed, target) : [],
          at: { tier: t, target: i },
        };
      }),
      at: t,
    };
  });
}

/** Whether an explanation is of the route in this very order: what is read apart may be of different moments. */
export function explains(route: Route, explanation: Schema<"Explanation"> | undefined): boolean {
  if (explanation?.route !== route.name) return false;
  return explanation.targets.every((row) =>
    route.tiers[row.tier - 1]?.targets?.some(
      (target) => target.upstream === row.upstream && (!target.model || target.model === (row.model ?? "")),
    ),
  );
}

function figuresOf({ targets: _targets, strategy: _strategy, ...figures }: Tier): TierFigures {
  return figures;
}

/**
 * Takes out of rows those of one target, a row for each of its credentials: of
 * two targets with the same upstream and model each gets its own.
 */
function claim(rows: Explained[], target: Schema<"RouteTarget">): MapCredential[] {
  const own = rows.filter((row) => row.upstream === target.upstream);
  const exact = own.filter((row) => (row.model ?? "") === (target.model ?? ""));
  const taken = new Map<string, Explained>();
  // A target without a model may be explained under the name that was asked for.
  for (const row of exact.length > 0 || target.model ? exact : own) {
    const name = row.credential ?? "";
    if (!taken.has(name)) taken.set(name, row);
  }
  for (const row of taken.values()) rows.splice(rows.indexOf(row), 1);
  // The service leaves out what is switched off: the upstream, or all its keys.
  if (taken.size === 0) return [{ state: "disabled", order: 0 }];
  // By name: the order in which they are asked changes while somebody looks.
  return [...taken.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => credentialOf(row));
}

function credentialOf(row: Explained): MapCredential {
  return {
    ...(row.credential ? { name: row.credential } : {}),
    state: row.state,
    words: row.words,
    ...(row.reason ? { reason: row.reason } : {}),
    ...(row.not_before ? { not_before: row.not_before } : {}),
    order: row.order,
    share: row.share,
  };
}

/**
 * The tiers of a route's document in the order of next, with everything of them
 * that the map does not show. route is the one that next was made from.
 */
export function tiersOf(route: Pick<Route, "tiers">, next: MapTier[]): Tier[] {
  return next.flatMap((tier) => {
    const was = tier.at === undefined ? undefined : route.tiers[tier.at];
    if (!was) return [];
    const targets = tier.targets.flatMap(
      ({ at }) => (at && route.tiers[at.tier]?.targets?.[at.target]) || [],
    );
    return [was.targets ? { ...was, targets } : was];
  });
}

/** Puts a tier at another place of the list. */
export function moveTier(tiers: MapTier[], from: number, to: number): MapTier[] {
  const moved = tiers[from];
  if (!moved || from === to || to < 0 || to >= tiers.length) return tiers;
  return tiers.toSpliced(from, 1).toSpliced(to, 0, moved);
}

/**
 * Puts a target at another place of its tier, or into another one that has
 * targets. A tier that it leaves empty goes: without a target it answers nothing.
 */
export function moveTarget(tiers: MapTier[], from: Place, to: Place): MapTier[] {
  const moved = tiers[from.tier]?.targets[from.target];
  const goal = tiers[to.tier];
  if (!moved || !goal || goal.kind !== targetsKind) return tiers;
  const within = from.tier === to.tier;
  if (to.target < 0 || to.target > goal.targets.length - (within ? 1 : 0)) return tiers;
  if (within && from.target === to.target) return tiers;
  return tiers.flatMap((tier, i) => {
    if (i !== from.tier && i !== to.tier) return [tier];
    let targets = tier.targets;
    if (i === from.tier) targets = targets.toSpliced(from.target, 1);
    if (i === to.tier) targets = targets.toSpliced(to.target, 0, moved);
    return targets.length === 0 ? [] : [{ ...tier, targets }];
  });
}

/** Where a target is; the object itself is looked for. */
export function placeOf(tiers: MapTier[], target: MapTarget): Place | undefined {
  for (const [t, tier] of tiers.entries()) {
    const i = tier.targets.indexOf(target);
    if (i >= 0) return { tier: t, target: i };
  }
  return undefined;
}

/** The target that a call would go to now. */
export function servingPlace(tiers: MapTier[]): Place | undefined {
  for (const tier of tiers) {
    const serving = tier.targets.find((target) => target.credentials.some((one) => one.order === 1));
    if (serving) return placeOf(tiers, serving);
  }
  return undefined;
}

/** True when it is known that no target would be asked, and nothing else could answer. */
export function nobodyServes(tiers: MapTier[]): boolean {
  const all = tiers.flatMap((tier) => tier.targets.flatMap((target) => target.credentials));
  return (
    tiers.every((tier) => tier.kind === targetsKind) &&
    all.some((one) => one.order !== undefined) &&
    all.every((one) => !one.order)
  );
}

/** A target's part of its tier's calls over all its credentials; undefined when not known. */
export function shareOf(target: MapTarget): number | undefined {
  const shares = target.credentials.flatMap((one) => one.share ?? []);
  return shares.length === 0 ? undefined : shares.reduce((sum, one) => sum + one, 0);
}

/**
 * Names by which tiers and targets are known while they move: made of what they
 * are, not of where they stand.
 */
export function keysOf(tiers: MapTier[]): { tier: string; targets: string[] }[] {
  const seen = new Map<string, number>();
  const unique = (key: string) => {
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return `${key}#${count}`;
  };
  const keyOf = (target: MapTarget) => `${target.upstream}/${target.model ?? ""}`;
  return tiers.map((tier) => {
    const first = tier.targets[0];
    return {
      tier: unique(`tier:${tier.kind}:${first ? keyOf(first) : ""}`),
      targets: tier.targets.map((target) => unique(`target:${keyOf(target)}`)),
    };
  });
}
