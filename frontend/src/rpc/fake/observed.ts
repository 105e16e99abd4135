// What is watched rather than configured: status, health, traffic, calls, jobs.

import type { Params, Result, Schema } from "../call";
import { notFound, refuse } from "./refuse";
import type { World } from "./world";

export const well = ["healthy", "unknown", "ramp", "degraded", "suspect"];
const byHand = ["draining", "maintenance", "disabled"];

/** Every target, with what a person said of its upstream before all else. */
export function health(world: World): Schema<"TargetHealth">[] {
  return world.health.map((target) => {
    const upstream = world.documents.upstreams.find((one) => one.name === target.upstream);
    const state = String(upstream?.state ?? "");
    const until = upstream?.maintenance_until as string | undefined;
    if (!byHand.includes(state) || (until && Date.parse(until) <= Date.now())) return target;
    const { reason: _reason, since: _since, not_before: _before, ...rest } = target;
    return { ...rest, state, words: state, ...(until ? { not_before: until } : {}) } as typeof target;
  });
}

/** The targets that are asked for, by upstream and by how they are. */
export function healthOf(world: World, params: Params<"health.list">): Schema<"TargetHealth">[] {
  const found = health(world).filter(
    (one) =>
      (!params.upstreams || params.upstreams.includes(one.upstream)) &&
      !(params.unwell && ["healthy", "unknown", "ramp"].includes(one.state)),
  );
  if (params.unwell)
    found.sort((a, b) => Number(byHand.includes(a.state)) - Number(byHand.includes(b.state)));
  return found.slice(0, params.limit || found.length);
}

/** What the targets and keys of upstreams come to. */
export function figures(world: World, params: Params<"health.upstreams">): Schema<"UpstreamFigures">[] {
  return world.documents.upstreams
    .filter((one) => !params.upstreams || params.upstreams.includes(one.name))
    .map(({ name }) => {
      const targets = world.health.filter((one) => one.upstream === name);
      const keys = world.documents.credentials.filter((one) => one.upstream === name);
      const sum = (of: "asked" | "rate_limited") => targets.reduce((n, one) => n + (one[of] ?? 0), 0);
      return {
        upstream: name,
        keys: keys.length,
        keys_off: keys.filter((one) => one.state === "disabled").length,
        first_p95_ms: Math.max(0, ...targets.map((one) => one.first_p95_ms ?? 0)),
        asked: sum("asked"),
        rate_limited: sum("rate_limited"),
      };
    });
}

/** The last day in quarters of an hour: as the targets are now, with an outage behind each third. */
export function strip(world: World, params: Params<"health.strip">): Result<"health.strip"> {
  const steps = 96;
  const step = 900;
  return {
    since: new Date(Date.now() - steps * step * 1000).toISOString(),
    step_s: step,
    upstreams: [...health(world).entries()]
      .filter(([i, target]) => params.upstreams?.includes(target.upstream) ?? i < 200)
      .map(([i, target]) => ({
        upstream: target.upstream,
        states: Array.from({ length: steps }, (_, at) => {
          if (at < 8) return "";
          if (at >= steps - 4) return target.state === "unknown" ? "healthy" : target.state;
          return i % 3 === 0 && at > 40 && at < 46 ? "open" : at === 60 ? "degraded" : "healthy";
        }),
      })),
  };
}

/** The routes that are not on their first choice: first those that nobody can answer, then by their depth. */
function standings(world: World): Schema<"RouteStanding">[] {
  const known = new Map(health(world).map((one) => [one.upstream, one]));
  const found = world.documents.routes.flatMap((route) => {
    const choices = (route.tiers as Schema<"Tier">[]).flatMap((tier, i) =>
      (tier.targets ?? []).map(({ upstream }) => ({ tier: i + 1, upstream, health: known.get(upstream) })),
    );
    const serving = choices.find((one) => well.includes(one.health?.state ?? "unknown"));
    if (choices.length === 0 || serving?.tier === choices[0]?.tier) return [];
    const since = choices[0]?.health?.since;
    return [
      {
        route: route.name,
        tier: serving?.tier ?? 0,
        ...(serving ? { upstream: serving.upstream } : {}),
        ...(since ? { since } : {}),
      },
    ];
  });
  const depth = (one: Schema<"RouteStanding">) => one.tier || Number.POSITIVE_INFINITY;
  return found.sort((a, b) => (depth(a) === depth(b) ? (a.route < b.route ? -1 : 1) : depth(b) - depth(a)));
}

export function status(world: World): Result<"status.get"> {
  const serving = health(world).filter((one) => !byHand.includes(one.state));
  const good = serving.filter((one) => well.includes(one.state)).length;
  const routes = world.documents.routes.length;
  const standing = standings(world);
  const verdict =
    routes === 0
      ? "empty"
      : serving.length === 0 || good === 0
        ? "down"
        : good === serving.length
          ? "serving"
          : "degraded";
  return {
    version: "1.2.3",
    generation: world.changes.length,
    started_at: new Date(Date.now() - 3_600_000).toISOString(),
    addresses: { data: "127.0.0.1:4100", admin: "127.0.0.1:4101", portal: "127.0.0.1:4102" },
    verdict,
    words: verdict,
    counts: (["upstream", "route", "app", "key"] as const).map((kind) => ({
      kind,
      count: world.documents[`${kind}s`].length,
    })) as Result<"status.get">["counts"],
    routes: standing.slice(0, 50),
    ...(standing.length > 50 ? { routes_more: standing.length - 50 } : {}),
    targets: serving.length,
    targets_well: good,
    calls_dropped: 0,
    ...(world.drills.some((one) => one.state === "running" && one.spec.fault === "disk_full")
      ? { calls_trouble: "disk_full" as const }
      : {}),
  };
}

export function traffic(world: World, params: Params<"traffic.get">): Result<"traffic.get"> {
  const minutes = params.minutes || 60;
  const since = Date.now() - minutes * 60_000;
  const calls = world.calls.filter((one) => Date.parse(one.started_at) > since);
  const failed = calls.filter((one) => one.status >= 500).length;
  const buckets = Array.from({ length: 60 }, (_, i) => ({
    at: new Date(since + (i * minutes * 60_000) / 60).toISOString(),
    calls: i === 59 ? calls.length : 0,
    failed: i === 59 ? failed : 0,
    p95_ms: 0,
  }));
  const empty = calls.length === 0;
  return {
    minutes,
    per_second: calls.length / 60,
    calls: calls.length,
    failed,
    refused: calls.filter((one) => one.status >= 400 && one.status < 500).length,
    failed_over: 0,
    tokens_in: calls.length * 5,
    tokens_out: calls.length * 9,
    p50_ms: empty ? 0 : 20,
    p95_ms: empty ? 0 : 120,
    first_p95_ms: empty ? 0 : 40,
    buckets,
  };
}

export function calls(world: World, params: Params<"calls.list">): Result<"calls.list"> {
  const chosen = world.calls.filter(
    (one) =>
      (!params.app || one.app === params.app) &&
      (!params.model || one.asked === params.model) &&
      (!params.status || one.status === params.status) &&
      (!params.status_class || Math.floor(one.status / 100) === params.status_class) &&
      (!params.errors || one.status >= 400),
  );
  const from = Number(params.cursor || 0);
  const items = chosen.slice(from, from + (params.limit || 50));
  const next = from + items.length;
  return { items, ...(next < chosen.length ? { next: String(next) } : {}) };
}

export function callOf(world: World, id: string): Schema<"Call"> {
  const found = world.calls.find((one) => one.id === id);
  if (!found) throw notFound(`call "${id}"`);
  return found;
}

export function history(world: World, params: Params<"health.history">): Result<"health.history"> {
  return {
    items: world.events.filter(
      (event) =>
        (!params.upstream || event.upstreams.includes(params.upstream)) &&
        (!params.since || Date.parse(event.at) >= Date.parse(params.since)) &&
        (!params.until || Date.parse(event.at) < Date.parse(params.until)),
    ),
  };
}

export function test(world: World, ref: string, model?: string): Result<"upstreams.test"> {
  const tried = tiny(model);
  const found = health(world).find((one) => one.upstream === ref);
  const ok = !found || well.includes(found.state);
  return {
    upstream: ref,
    ok,
    steps: [
      { name: "address", ok: true, ms: 0.4, words: "127.0.0.1" },
      { name: "connect", ok, ms: 1.2, words: ok ? "connected" : "connection refused" },
      ...(ok && tried ? [tried.step] : []),
    ],
    ...(ok && tried ? { completion: tried.completion } : {}),
    diagnosis: ok ? "The upstream answered." : "127.0.0.1:9 refused the connection.",
    ...(ok ? {} : { hint: "Check that the engine is running and the port is right.", code: "HW-UP-REFUSED" }),
    total_ms: 1.6,
    at: new Date().toISOString(),
  };
}

/** What one tiny completion of a model gives; nothing where none was named. */
function tiny(model: string | undefined) {
  if (!model) return undefined;
  const completion: Schema<"TestCompletion"> = {
    model,
    endpoint: "chat",
    credential: "main",
    spent: true,
    text: "Hello",
    tokens: { in: 12, out: 1 },
    cost_usd: 0.0000024,
    price_known: true,
  };
  const words = `${model} answered "Hello"; 12 tokens in, 1 out, $0.0000024`;
  return { completion, step: { name: "completion" as const, ok: true, ms: 210, words } };
}

/** Starts a job that is done a moment later. */
export function startJob(world: World, kind: Schema<"Job">["kind"]): Schema<"Job"> {
  if (world.jobs.some((one) => one.kind === kind && one.state === "running")) {
    throw refuse(409, "taken", "This is being done already.");
  }
  const job: Schema<"Job"> = {
    id: `job_${world.jobs.length + 1}`,
    kind,
    state: "running",
    actor: "admin",
    started_at: new Date().toISOString(),
    done: 0,
    total: 10,
  };
  world.jobs.unshift(job);
  world.publish("jobs.watch", job);
  setTimeout(() => end(world, job.id, "done", "All is well."), 200);
  return job;
}

export function end(world: World, id: string, state: Schema<"Job">["state"], words: string): Schema<"Job"> {
  const at = world.jobs.findIndex((one) => one.id === id);
  const job = world.jobs[at];
  if (!job) throw notFound(`job "${id}"`);
  if (job.state !== "running") return job;
  const ended: Schema<"Job"> = { ...job, state, words, done: 10, ended_at: new Date().toISOString() };
  world.jobs[at] = ended;
  world.publish("jobs.watch", ended);
  return ended;
}
