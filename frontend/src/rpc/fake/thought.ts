// Calls that are only thought of: what a route and a condition say to them.

import type { Params, Result, Schema } from "../call";
import { health, well } from "./observed";
import type { World } from "./world";

/** A condition of the fake is "true", "false", "stream" or 'app == "…"'; "headers…" cannot be evaluated. */
export function condition(params: Params<"routes.condition">): Result<"routes.condition"> {
  const text = params.when.trim();
  const app = /^app == "(.*)"$/.exec(text);
  if (app) return { ok: true, holds: params.app === app[1] };
  if (text === "stream") return { ok: true, holds: params.stream === true };
  if (text === "true" || text === "false") return { ok: true, holds: text === "true" };
  if (text.startsWith("headers")) return { ok: true, holds: false, error: "no such key: x-tier" };
  const error = `line 1, column 1: undeclared reference to '${text}'`;
  return { ok: false, holds: false, error, line: 1, column: 1 };
}

export function explain(world: World, params: Params<"routes.explain">): Result<"routes.explain"> {
  const route = world.documents.routes.find((one) => one.name === params.model);
  if (!route) {
    return {
      ok: false,
      code: "unknown_model",
      words: "No route answers this model.",
      tiers: [],
      targets: [],
    };
  }
  const documents = route.tiers as Schema<"Route">["tiers"];
  const known = health(world);
  const tiers = documents.map((tier, i) => explainTier(tier, i + 1, params));
  const lacking = documents.map((tier) => (tier.targets ?? []).map((one) => lacksOf(world, one, params)));
  const able = lacking.some((tier) => tier.some((one) => !one.lacks));
  const over = able || route.translation === "strict";
  let order = 0;
  const targets = documents.flatMap((tier, i) =>
    (tier.targets ?? []).map((target, j) => {
      const found = known.find((one) => one.upstream === target.upstream);
      const lacks = lacking[i]?.[j] ?? {};
      const usable = (!found || well.includes(found.state)) && !tiers[i]?.passed && !(over && lacks.lacks);
      return {
        ...lacks,
        ...(lacks.lacks && over ? { passed_over: true } : {}),
        order: usable ? ++order : 0,
        tier: i + 1,
        upstream: target.upstream,
        model: target.model ?? "",
        share: 1,
        state: found?.state ?? "unknown",
        words: found?.words ?? "not used yet",
        ...(found?.reason ? { reason: found.reason } : {}),
        ...(found?.not_before ? { not_before: found.not_before } : {}),
      };
    }),
  );
  const ok = order > 0;
  const ill = able ? "no_healthy_upstream" : "unsupported";
  const code = tiers.every((tier) => tier.passed) ? "forbidden" : ill;
  return { route: route.name, ok, words: "", tiers, targets, ...(ok ? {} : { code }) };
}

/** What a target was found to lack of what a call needs. */
function lacksOf(
  world: World,
  target: { upstream: string; model?: string },
  params: Params<"routes.explain">,
): Pick<Schema<"ExplainedTarget">, "lacks" | "certified_at"> {
  const record = world.capabilities.find(
    (one) => one.upstream === target.upstream && one.model === target.model,
  );
  const lacks = (params.needs ?? []).filter((need) =>
    record?.checks.some((check) => check.capability === need && check.outcome === "no"),
  );
  return record && lacks.length > 0 ? { lacks, certified_at: record.at } : {};
}

function explainTier(
  tier: Schema<"Tier">,
  n: number,
  params: Params<"routes.explain">,
): Schema<"ExplainedTier"> {
  const kind = tier.kind ?? "targets";
  const base = { tier: n, kind, ...(kind === "targets" ? { strategy: tier.strategy ?? "weighted" } : {}) };
  if (tier.when) {
    const { holds, error } = condition({ ...params, when: tier.when });
    if (!holds) return { ...base, passed: "when", ...(error ? { error } : {}) };
  }
  return tier.percent && tier.percent < 50 ? { ...base, passed: "percent" } : base;
}
