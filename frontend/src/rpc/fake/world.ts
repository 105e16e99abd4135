// What the fake service knows: documents as the service keeps them, and what
// is only ever observed. Everything changes through the handlers.

import type { Schema, Streams } from "../call";
import { pastRecords } from "./capabilities";
import { type Catalogue, newCatalogue } from "./catalogue";
import { pastDrills } from "./drills";
import { schedules } from "./schedules";

/** A document of any noun, with what the handlers need of it. */
export interface Document {
  id: string;
  name: string;
  tenant?: string;
  version: number;
  [field: string]: unknown;
}

export const nouns = [
  "upstreams",
  "credentials",
  "routes",
  "tenants",
  "apps",
  "keys",
  "members",
  "schedules",
] as const;
export type Noun = (typeof nouns)[number];

export interface World {
  documents: Record<Noun, Document[]>;
  setting: Schema<"Setting">;
  providers: Schema<"Provider">[];
  catalogue: Catalogue;
  health: Schema<"TargetHealth">[];
  events: Schema<"HealthEvent">[];
  calls: Schema<"Call">[];
  jobs: Schema<"Job">[];
  drills: Schema<"Drill">[];
  /** Newest first. */
  capabilities: Schema<"CapabilityRecord">[];
  changes: Schema<"Change">[];
  setupNeeded: boolean;
  role: "administrator" | "viewer";
  /** Tells followers of a stream. */
  publish<Name extends keyof Streams>(stream: Name, data: Streams[Name]): void;
}

export type Seed = "empty" | "practice" | "many";

const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();

/** How many documents "many" has of each long list. */
export const manyDocuments = 5000;

const states: [Schema<"TargetHealth">["state"], Schema<"Call">["attempts"][number]["class"] | undefined][] = [
  ["healthy", undefined],
  ["open", "unreachable"],
  ["quarantined", "auth"],
  ["throttled", "rate"],
  ["loading", "loading"],
  ["probing", "slow"],
  ["ramp", undefined],
  ["suspect", "slow"],
  ["degraded", "slow"],
  ["unknown", undefined],
];

/** Makes a world: nothing, a bit of everything, or very much. */
export function newWorld(seed: Seed): World {
  const world: World = {
    documents: {
      upstreams: [],
      credentials: [],
      routes: [],
      tenants: [],
      apps: [],
      keys: [],
      members: [],
      schedules: [],
    },
    setting: { name: "installation", version: 1 },
    providers: [
      {
        id: "openai",
        name: "OpenAI",
        dialect: "openai",
        base_url: "https://api.openai.com/v1",
        verified: "recording",
        verified_at: "2026-08",
      },
      { id: "openai-compatible", name: "OpenAI-compatible", dialect: "openai", verified: "preset" },
      { id: "simulator", name: "Practice simulator", dialect: "openai", practice: true },
    ] as Schema<"Provider">[],
    catalogue: newCatalogue(seed === "many"),
    health: [],
    events: [],
    calls: [],
    jobs: [],
    drills: [],
    capabilities: [],
    changes: [],
    setupNeeded: seed === "empty",
    role: "administrator",
    publish: () => undefined,
  };
  if (seed !== "empty") fill(world, seed === "many" ? manyDocuments : states.length);
  return world;
}

/** Puts a document in, as the service would have. */
export function put(world: World, noun: Noun, fields: Record<string, unknown> & { name: string }): Document {
  const made: Document = {
    ...fields,
    id: `${noun.slice(0, 3)}_${world.documents[noun].length + 1}`,
    version: 1,
    updated_at: at(60),
    updated_by: "admin",
  };
  world.documents[noun].push(made);
  return made;
}

function fill(world: World, count: number): void {
  put(world, "members", { name: "admin", role: "administrator" });
  put(world, "members", { name: "eve", role: "viewer" });
  put(world, "tenants", { name: "acme", title: "Acme" });
  put(world, "apps", { name: "crm", title: "Customers", tenant: "acme", routes: ["*"] });
  for (let i = 0; i < count; i++) {
    const [state, reason] = states[i % states.length] ?? ["unknown", undefined];
    const name = `up-${String(i).padStart(4, "0")}`;
    put(world, "upstreams", { name, title: `Upstream ${i}`, provider: i % 2 ? "openai" : "simulator" });
    put(world, "routes", { name: `route-${i}`, tiers: [{ targets: [{ upstream: name, model: "m" }] }] });
    put(world, "keys", { name: `key-${i}`, tenant: "acme", app: "crm", last4: "abcd" });
    if (i % 2) put(world, "credentials", { name: `${name}-key`, upstream: name, last4: "wxyz" });
    world.health.push({
      target_id: `t${i}`,
      upstream: name,
      model: "m",
      state,
      words: `${state} since 14:02:11: 3 x connection refused`,
      in_flight: 0,
      since: at(20),
      ...(state === "unknown" ? {} : { first_p95_ms: 240 + 40 * (i % 40), asked: 100 + i }),
      ...(state === "throttled" ? { rate_limited: 12 } : {}),
      ...(reason ? { reason } : {}),
      ...(state === "open" ? { not_before: new Date(Date.now() + 8000).toISOString() } : {}),
    });
    world.calls.push(call(i));
  }
  if (count < manyDocuments) ladders(world);
  world.drills.push(...pastDrills());
  world.capabilities.push(...pastRecords());
  for (const one of schedules) put(world, "schedules", one);
  world.events.push({
    id: 1,
    at: at(20),
    scope: "https://127.0.0.1:9",
    kind: "endpoint",
    name: "127.0.0.1:9",
    upstreams: ["up-0001"],
    from: "healthy",
    to: "open",
    reason: "unreachable",
    words: "open since 14:02:11: 3 x connection refused; next probe in 5 s",
  });
  world.events.push({
    id: 2,
    at: at(24 * 60),
    scope: "https://127.0.0.1:9",
    kind: "endpoint",
    name: "127.0.0.1:9",
    upstreams: ["up-0001"],
    from: "healthy",
    to: "open",
    reason: "unreachable",
    words: "open since 09:30:00: 3 x connection refused; next probe in 5 s",
    drill: "drl_5",
  });
  world.events.push({
    id: 3,
    at: at(90),
    scope: "ups_6",
    kind: "upstream",
    name: "up-0005",
    upstreams: ["up-0005"],
    from: "enabled",
    to: "draining",
    words: "draining: calls under way end, new ones go elsewhere (set by lin)",
    by: "lin",
  });
  world.jobs.push(
    job("job_1", "upstreams.test", "done", "1 of 2 upstreams did not answer."),
    job("job_2", "audit.verify", "interrupted", "The service stopped before it was done. Start it again."),
  );
}

/** A route with a tier of every kind, and an upstream that a person took out of use. */
function ladders(world: World): void {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  put(world, "upstreams", {
    name: "resting",
    provider: "openai-compatible",
    base_url: "http://127.0.0.1:9/v1",
    local: true,
    state: "maintenance",
    maintenance_until: until,
    health: { trip_failures: 5, ramp_ms: 60_000 },
    check: { kind: "http", path: "/health", contains: "ok" },
  });
  world.health.push({
    target_id: "t-resting",
    upstream: "resting",
    model: "m",
    state: "healthy",
    words: "healthy since 14:02:11",
    in_flight: 2,
    since: at(20),
  });
  put(world, "routes", {
    name: "ladder",
    title: "Every kind of tier",
    deadline_ms: 60_000,
    hedge: true,
    retry: { tries_per_tier: 2 },
    tiers: [
      { kind: "cache", fresh_s: 60, stale_s: 7200 },
      { strategy: "priority", targets: [{ upstream: "resting", model: "m" }, { upstream: "up-0001" }] },
      { strategy: "balanced", targets: [{ upstream: "up-0000", model: "m", weight: 3 }] },
      { kind: "hold", wait_ms: 20_000 },
      { kind: "deferred" },
      { kind: "scripted", text: "All models are resting. Please try again in a few minutes." },
    ],
  });
}

function job(
  id: string,
  kind: Schema<"Job">["kind"],
  state: Schema<"Job">["state"],
  words: string,
): Schema<"Job"> {
  const result =
    kind === "upstreams.test"
      ? { failed: 1, reports: [{ upstream: "up-0001", ok: false, diagnosis: "It is down.", steps: [] }] }
      : undefined;
  return {
    id,
    kind,
    state,
    words,
    actor: "admin",
    started_at: at(5),
    ended_at: at(4),
    done: 2,
    total: 2,
    ...(result ? { result } : {}),
  };
}

type Attempt = Schema<"Call">["attempts"][number];

/** A call that a tier without targets answered, or one with a hedge under a drill. */
export function steppedCall(what: "cache" | "hold" | "deferred" | "scripted" | "hedge"): Schema<"Call"> {
  const upstream = { tier: 2, upstream: "up-0001", model: "m", target_id: "t1" };
  const failed: Attempt = {
    ...upstream,
    start_ms: 0,
    total_ms: 8,
    connect_ms: 8,
    class: "unreachable",
    cause: "connection refused",
  };
  const step = (kind: string, tier: number, more: Partial<Attempt> = {}): Attempt => ({
    start_ms: 8,
    total_ms: 0.4,
    upstream: "",
    model: "",
    target_id: "",
    class: "ok",
    tier,
    kind,
    ...more,
  });
  const answered: Attempt = {
    ...upstream,
    start_ms: 300,
    total_ms: 40,
    head_ms: 20,
    status: 200,
    class: "ok",
  };
  const { upstream: _upstream, model: _model, tier: _tier, ...plain } = call(0);
  const made = { ...plain, id: `req_${what.padEnd(32, "0")}`, asked: "ladder", route: "ladder" };
  switch (what) {
    case "cache":
      return {
        ...made,
        tier: 1,
        attempts: [step("cache", 1, { start_ms: 0, cause: "answered 12s ago by up-0000" })],
      };
    case "hold": {
      const held = step("hold", 4, { total_ms: 292, cause: "waited for a target to recover" });
      return { ...made, upstream: "up-0001", model: "m", tier: 2, attempts: [failed, held, answered] };
    }
    case "deferred":
      return { ...made, status: 202, attempts: [failed, step("deferred", 5, { cause: "kept as dfr_0198" })] };
    case "scripted": {
      const waited = step("hold", 4, { class: "neutral", cause: "waited for a target to recover" });
      const said = step("scripted", 6, { start_ms: 9, cause: "answered with the route's own text" });
      return { ...made, tier: 6, attempts: [failed, waited, said] };
    }
    case "hedge": {
      const late: Attempt = {
        ...upstream,
        start_ms: 0,
        total_ms: 350,
        class: "neutral",
        cause: "lost to the other",
      };
      const second = { ...answered, upstream: "up-0000", hedge: true, drill: "slow_first_token" };
      return { ...made, upstream: "up-0000", model: "m", tier: 2, attempts: [late, second] };
    }
  }
}

const outcomes = [200, 503, 429, 404, 200] as const;

/** A call of the past; every outcome comes by. */
export function call(i: number): Schema<"Call"> {
  const status = outcomes[i % outcomes.length] ?? 200;
  return {
    id: `req_${String(i).padStart(32, "0")}`,
    started_at: at(i / 10),
    tenant: "acme",
    app: "crm",
    asked: `route-${i % 10}`,
    route: `route-${i % 10}`,
    status,
    total_ms: 12.5 + i,
    first_byte_ms: 4,
    bytes_in: 100,
    bytes_out: 2000,
    tokens_in: 5,
    tokens_out: 9,
    ...(status === 200
      ? { upstream: "up-0000", model: "m", tier: 1 }
      : { error: "No target could answer.", code: "no_healthy_upstream" }),
    attempts: [
      {
        start_ms: 0,
        total_ms: 12,
        tier: 1,
        upstream: "up-0000",
        model: "m",
        target_id: "t0",
        status,
        class: status === 200 ? "ok" : "failed",
      },
    ] as Schema<"Call">["attempts"],
  };
}
