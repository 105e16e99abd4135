// Fire drills as the fake service has them: one at a time, with figures that
// grow while it runs, and an end of its own.

import type { Schema } from "../call";
import { atField, notFound, refuse } from "./refuse";
import type { World } from "./world";

type Drill = Schema<"Drill">;
type Spec = Schema<"DrillSpec">;
type Report = Schema<"DrillReport">;

const ofMachine = (spec: Spec) => spec.fault === "disk_full" || spec.fault === "database_locked";

/** Four calls a second; the first three find the fault before a breaker opens. */
export function reportAt(drill: Drill, ms: number, over: boolean): Report {
  const calls = Math.floor(ms / 250);
  const hit = ofMachine(drill.spec) ? 0 : Math.min(calls, 3);
  const served = drill.spec.upstreams?.includes("alone") ? Math.max(0, calls - hit * 8) : calls;
  const failed = calls - served;
  const percent = calls > 0 ? (100 * served) / calls : 0;
  const want = drill.spec.objective?.served_percent || 99;
  const seen = hit >= 3;
  const where = drill.spec.upstreams?.[0] ?? "openai";
  return {
    calls,
    served,
    served_percent: percent,
    failed,
    interrupted: 0,
    undrilled_calls: calls * 2,
    undrilled_failed: 0,
    attempts: calls + hit,
    calls_per_call: calls > 0 ? (calls + hit) / calls : 0,
    p50_ms: calls > 0 ? 412.5 : 0,
    p99_ms: calls > 0 ? 1190 : 0,
    baseline_p50_ms: calls > 0 ? 380.1 : 0,
    baseline_p99_ms: calls > 0 ? 905 : 0,
    added_p50_ms: calls > 0 ? 32.4 : 0,
    added_p99_ms: calls > 0 ? 285 : 0,
    detect_ms: seen ? 1210 : 0,
    recover_ms: over && seen ? 4300 : 0,
    tokens_in: calls * 120,
    tokens_out: calls * 340,
    tiers:
      served === 0
        ? []
        : ofMachine(drill.spec)
          ? [{ tier: 1, kind: "targets", calls: served }]
          : [
              { tier: 2, kind: "targets", calls: Math.ceil(served * 0.8) },
              { tier: 3, kind: "cache", calls: served - Math.ceil(served * 0.8) },
            ],
    saw: [
      ...(served > 0 ? [{ status: 200, calls: served }] : []),
      ...(failed > 0 ? [{ status: 503, code: "no_healthy_upstream", calls: failed }] : []),
    ],
    health_events: seen
      ? [
          `+1.2 s: endpoint ${where}: open since 14:02:11: 3 x connection refused; next probe in 5 s`,
          ...(over
            ? [
                `${(ms / 1000 + 3.1).toFixed(1).replace(/^/, "+")} s: endpoint ${where}: healthy since 14:04:15`,
              ]
            : []),
        ]
      : [],
    passed: over && calls > 0 && percent >= want,
    findings:
      failed > 0
        ? [
            `Route fast has no second upstream: ${failed} of its ${calls} calls were not served. Add a target of another upstream, or a tier that answers without one.`,
            "Each call cost 1.80 upstream calls. Lower tries_per_tier of the route, or trip_failures of the upstream.",
          ]
        : [],
  };
}

/** A drill as it stands. */
function shown(drill: Drill, now = Date.now()): Drill {
  if (drill.state !== "running") return drill;
  return { ...drill, report: reportAt(drill, now - Date.parse(drill.started_at), false) };
}

export function listDrills(world: World): Drill[] {
  return world.drills.map((one) => {
    const { report, ...drill } = shown(one);
    return report ? { ...drill, report: { ...report, health_events: [] } } : drill;
  });
}

export function drillOf(world: World, id: string): Drill {
  const found = world.drills.find((one) => one.id === id);
  if (!found) throw notFound(`drill "${id}"`);
  return shown(found);
}

/** Starts a drill; it ends by itself. */
export function startDrill(world: World, spec: Spec): Drill {
  check(world, spec);
  if (world.drills.some((one) => one.state === "running")) {
    throw refuse(409, "taken", "A drill of admin runs since 14:02:11: there is one at a time.");
  }
  const lasts = (spec.duration_s || 60) * 1000;
  const drill: Drill = {
    id: `drl_${world.drills.length + 1}`,
    spec,
    state: "running",
    started_by: "admin",
    started_at: new Date().toISOString(),
    ends_at: new Date(Date.now() + lasts).toISOString(),
  };
  world.drills.unshift(drill);
  world.publish("drills.watch", shown(drill));
  setTimeout(() => end(world, drill.id, "ended", "It ran its time."), lasts);
  return shown(drill);
}

export function abortDrill(world: World, id: string): Drill {
  const ended = end(world, id, "aborted", "admin aborted it.");
  if (!ended) throw refuse(409, "taken", "This drill has ended already.");
  return ended;
}

function end(world: World, id: string, state: Drill["state"], reason: string): Drill | undefined {
  const drill = drillOf(world, id);
  if (drill.state !== "running") return undefined;
  const at = Date.now();
  const over: Drill = { ...drill, state, reason, ended_at: new Date(at).toISOString() };
  over.report = reportAt(over, at - Date.parse(drill.started_at), true);
  over.report.passed &&= state === "ended";
  world.drills = world.drills.map((one) => (one.id === id ? over : one));
  world.publish("drills.watch", over);
  return over;
}

/** What the service would not take. */
function check(world: World, spec: Spec): void {
  const { upstreams, apps, routes, tenants } = world.documents;
  const scope = spec.scope ?? {};
  const unknown = (field: string, kind: string, name: string) =>
    atField(field, `names ${kind} "${name}", which does not exist`);
  if (!ofMachine(spec)) {
    if (!spec.upstreams?.length === !spec.all_cloud) {
      throw atField("upstreams", "must name at least one, or none with all_cloud");
    }
    if (!scope.keys && !scope.apps?.length && !scope.route && !scope.tenant) {
      throw atField("scope", "must name whose calls take part: keys, apps, route or tenant");
    }
  }
  if ((spec.duration_s ?? 0) > 900) throw atField("duration_s", "must be between 1 and 900");
  for (const name of spec.upstreams ?? []) {
    if (!upstreams.some((one) => one.name === name)) throw unknown("upstreams", "upstream", name);
  }
  for (const name of scope.apps ?? []) {
    if (!apps.some((one) => name === one.name || name === `${one.tenant}/${one.name}`)) {
      throw unknown("scope.apps", "app", name);
    }
  }
  if (scope.route && !routes.some((one) => one.name === scope.route)) {
    throw unknown("scope.route", "route", scope.route);
  }
  if (scope.tenant && !tenants.some((one) => one.name === scope.tenant)) {
    throw unknown("scope.tenant", "tenant", scope.tenant);
  }
}

const day = 86_400_000;

/** Drills of the past, one for each end that a drill can have. */
export function pastDrills(): Drill[] {
  const past = (
    n: number,
    daysAgo: number,
    spec: Spec,
    state: Drill["state"],
    reason: string,
    seconds: number,
  ): Drill => {
    const began = Date.now() - daysAgo * day;
    const drill: Drill = {
      id: `drl_${n}`,
      spec,
      state,
      started_by: "admin",
      started_at: new Date(began).toISOString(),
      ends_at: new Date(began + (spec.duration_s ?? 60) * 1000).toISOString(),
      ended_at: new Date(began + seconds * 1000).toISOString(),
      reason,
    };
    drill.report = reportAt(drill, seconds * 1000, true);
    drill.report.passed &&= state === "ended";
    return drill;
  };
  const scope = { route: "fast", tenant: "acme" };
  return [
    past(
      5,
      1,
      {
        upstreams: ["openai"],
        fault: "refused",
        scope,
        duration_s: 120,
        objective: { added_p99_ms: 500 },
        note: "Before the release",
      },
      "ended",
      "It ran its time.",
      120,
    ),
    past(
      4,
      3,
      { upstreams: ["alone"], fault: "error_500", scope, percent: 30, duration_s: 60 },
      "ended",
      "It ran its time.",
      60,
    ),
    past(
      3,
      8,
      { all_cloud: true, fault: "blackhole", scope: { keys: true }, duration_s: 300 },
      "aborted",
      "mei aborted it.",
      20,
    ),
    past(
      2,
      9,
      {
        all_cloud: true,
        fault: "rate",
        retry_after_s: 30,
        scope: { apps: ["acme/crm"], call_percent: 25 },
        duration_s: 60,
      },
      "auto_aborted",
      "Calls outside the drill failed: 5 of 40, against 1 of 200 in the five minutes before.",
      31,
    ),
    past(
      1,
      30,
      { fault: "disk_full", duration_s: 60 },
      "interrupted",
      "The service stopped while it ran. It ended with the service.",
      0,
    ),
  ];
}
