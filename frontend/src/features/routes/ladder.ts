// The form's ladder of tiers: pure steps from one to the next.

import type { Schema } from "@/rpc";
import { type ParametersValues, parametersBody, parametersOf } from "./parameters";

type Figure = number | "";

export const tierKinds = ["targets", "cache", "hold", "deferred", "scripted"] as const;
export type TierKind = (typeof tierKinds)[number];

export const strategies = [
  "weighted",
  "priority",
  "balanced",
  "affinity",
  "latency",
  "busy",
  "cost",
  "sticky",
] as const;
export type Strategy = (typeof strategies)[number];

/** What is tried for one call, and what an empty field means. Source: the service's document. */
export const retryDefaults = {
  tries_per_tier: 3,
  budget_percent: 20,
  again_first_ms: 250,
  again_most_ms: 8000,
} as const;
export type RetryField = keyof typeof retryDefaults;
export const retryFields = Object.keys(retryDefaults) as RetryField[];

/** Why a request itself may be refused, so that others are asked. */
export const refusals = ["context_overflow", "content_policy"] as const;
export type Refusal = (typeof refusals)[number];

export interface TargetValues {
  /** Stable while it is edited; not part of the document. */
  key: number;
  upstream: string;
  model: string;
  weight: Figure;
}

/** A tier of any kind. What goes with other kinds than its own is kept while it is edited, and not saved. */
export interface TierValues {
  key: number;
  kind: TierKind;
  /** Which calls it takes. */
  when: string;
  percent: Figure;
  stickyBy: string;
  strategy: Strategy;
  targets: TargetValues[];
  fresh: Figure;
  stale: Figure;
  wait: Figure;
  expire: Figure;
  text: string;
}

export interface RouteValues {
  name: string;
  title: string;
  deadline: Figure;
  streamDeadline: Figure;
  hedge: boolean;
  strict: boolean;
  parameters: ParametersValues;
  retry: Record<RetryField, Figure>;
  /** Targets as upstream/model. */
  fallback: Record<Refusal, string[]>;
  tiers: TierValues[];
}

let nextKey = 1;
const fresh = () => nextKey++;

export function newTarget(upstream = ""): TargetValues {
  return { key: fresh(), upstream, model: "", weight: "" };
}

export function newTier(upstream = "", kind: TierKind = "targets"): TierValues {
  return {
    key: fresh(),
    kind,
    when: "",
    percent: "",
    stickyBy: "",
    strategy: "weighted",
    targets: [newTarget(upstream)],
    fresh: "",
    stale: "",
    wait: "",
    expire: "",
    text: "",
  };
}

/** A new route; with a start, to a model of an upstream and called as it is. */
export function newRoute(start?: { upstream: string; model: string }): RouteValues {
  const tier = newTier(start?.upstream);
  return {
    name: start?.model ?? "",
    title: "",
    deadline: "",
    streamDeadline: "",
    hedge: false,
    strict: false,
    parameters: parametersOf(undefined),
    retry: retryOf(undefined),
    fallback: fallbackOf(undefined),
    tiers: [{ ...tier, targets: tier.targets.map((one) => ({ ...one, model: start?.model ?? "" })) }],
  };
}

/** The targets of a fallback as one writes them. */
export function fallbackOf(fallback: Schema<"Fallback"> | undefined): Record<Refusal, string[]> {
  const written = (refusal: Refusal) =>
    (fallback?.[refusal] ?? []).map((one) => (one.model ? `${one.upstream}/${one.model}` : one.upstream));
  return { context_overflow: written("context_overflow"), content_policy: written("content_policy") };
}

/** An upstream ends at the first slash: names of models hold slashes, too. */
function targetOf(written: string): Schema<"RouteTarget"> {
  const at = written.indexOf("/");
  if (at < 0) return { upstream: written.trim() };
  return { upstream: written.slice(0, at).trim(), model: written.slice(at + 1).trim() };
}

function retryOf(retry: Schema<"Retry"> | undefined): Record<RetryField, Figure> {
  return Object.fromEntries(retryFields.map((field) => [field, retry?.[field] || ""])) as Record<
    RetryField,
    Figure
  >;
}

export function valuesOf(route: Schema<"Route">): RouteValues {
  return {
    name: route.name,
    title: route.title ?? "",
    deadline: route.deadline_ms || "",
    streamDeadline: route.stream_deadline_ms || "",
    hedge: route.hedge ?? false,
    strict: route.translation === "strict",
    parameters: parametersOf(route.parameters),
    retry: retryOf(route.retry),
    fallback: fallbackOf(route.fallback),
    tiers: route.tiers.map((tier) => {
      const targets = (tier.targets ?? []).map((target) => ({
        key: fresh(),
        upstream: target.upstream,
        model: target.model ?? "",
        weight: target.weight || ("" as const),
      }));
      return {
        ...newTier(),
        kind: tier.kind ?? "targets",
        when: tier.when ?? "",
        percent: tier.percent || "",
        stickyBy: tier.sticky_by ?? "",
        strategy: tier.strategy ?? "weighted",
        ...(targets.length > 0 ? { targets } : {}),
        fresh: tier.fresh_s || "",
        stale: tier.stale_s || "",
        wait: tier.wait_ms || "",
        expire: tier.expire_s || "",
        text: tier.text ?? "",
      };
    }),
  };
}

/** A draft that an earlier page kept, with what has come since. */
export function completed(draft: Partial<RouteValues>): RouteValues {
  const base = newRoute();
  const tiers = draft.tiers?.map((tier) => ({ ...newTier(), ...tier }));
  return { ...base, ...draft, ...(tiers ? { tiers } : {}) };
}

function tierOf(tier: TierValues): Schema<"Tier"> {
  return { ...kindOf(tier), ...takesOf(tier) };
}

/** Which calls a tier takes, as far as it is said. What keeps is of use to a share and to sticky only. */
function takesOf(tier: TierValues): Pick<Schema<"Tier">, "when" | "percent" | "sticky_by"> {
  const keeps = tier.percent || (tier.kind === "targets" && tier.strategy === "sticky");
  return {
    ...(tier.when ? { when: tier.when } : {}),
    ...(tier.percent ? { percent: tier.percent } : {}),
    ...(tier.stickyBy && keeps ? { sticky_by: tier.stickyBy } : {}),
  };
}

function kindOf(tier: TierValues): Schema<"Tier"> {
  switch (tier.kind) {
    case "cache":
      return {
        kind: "cache",
        ...(tier.fresh ? { fresh_s: tier.fresh } : {}),
        ...(tier.stale ? { stale_s: tier.stale } : {}),
      };
    case "hold":
      return { kind: "hold", ...(tier.wait ? { wait_ms: tier.wait } : {}) };
    case "deferred":
      return { kind: "deferred", ...(tier.expire ? { expire_s: tier.expire } : {}) };
    case "scripted":
      return { kind: "scripted", text: tier.text };
    case "targets":
      return {
        strategy: tier.strategy,
        targets: tier.targets.map((target) => ({
          upstream: target.upstream,
          ...(target.model ? { model: target.model } : {}),
          ...(target.weight ? { weight: target.weight } : {}),
        })),
      };
  }
}

/** The form as the service takes it. */
export function bodyOf(values: RouteValues) {
  return {
    title: values.title,
    deadline_ms: values.deadline || 0,
    stream_deadline_ms: values.streamDeadline || 0,
    hedge: values.hedge,
    translation: values.strict ? ("strict" as const) : ("warn" as const),
    parameters: parametersBody(values.parameters),
    retry: Object.fromEntries(retryFields.map((field) => [field, values.retry[field] || 0])) as Record<
      RetryField,
      number
    >,
    fallback: {
      context_overflow: values.fallback.context_overflow.map(targetOf),
      content_policy: values.fallback.content_policy.map(targetOf),
    },
    tiers: values.tiers.map(tierOf),
  };
}

/** Swaps one of a list with its neighbour; at the ends nothing moves. */
export function moved<One>(list: One[], index: number, by: -1 | 1): One[] {
  const to = index + by;
  const one = list[index];
  const other = list[to];
  if (one === undefined || other === undefined) return list;
  return list.map((each, i) => (i === index ? other : i === to ? one : each));
}

export function changeTier(tiers: TierValues[], index: number, change: Partial<TierValues>): TierValues[] {
  return tiers.map((tier, i) => (i === index ? { ...tier, ...change } : tier));
}

export function changeTarget(tier: TierValues, index: number, change: Partial<TargetValues>): TargetValues[] {
  return tier.targets.map((target, i) => (i === index ? { ...target, ...change } : target));
}
