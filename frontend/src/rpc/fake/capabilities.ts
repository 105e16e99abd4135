// Live checks of models: what past runs showed, and a run that is done a moment later.

import type { Schema } from "../call";
import { end } from "./observed";
import { notFound, refuse } from "./refuse";
import type { World } from "./world";

type Outcome = Schema<"CapabilityCheck">["outcome"];
type CapabilityRecord = Schema<"CapabilityRecord">;

/** Every check that a model of words can be put to, with the capability that routing goes by. */
const table: [name: string, capability?: string][] = [
  ["models.list"],
  ["plain.answer"],
  ["plain.system"],
  ["plain.turns"],
  ["plain.unicode"],
  ["plain.length"],
  ["plain.stop", "stop"],
  ["plain.usage"],
  ["stream.answer", "stream"],
  ["stream.usage"],
  ["stream.first"],
  ["cancel.stream"],
  ["tools.call", "tools"],
  ["tools.result", "tools"],
  ["tools.forced", "tool_choice"],
  ["tools.none"],
  ["tools.parallel", "parallel_tools"],
  ["tools.stream", "tools"],
  ["json.object", "json"],
  ["schema.answer", "schema"],
  ["vision.image", "vision"],
  ["document.pdf", "documents"],
  ["reasoning.tokens", "reasoning"],
  ["count.tokens"],
  ["errors.model"],
  ["errors.request"],
  ["errors.key"],
  ["rate.headers"],
  // One that the page has no words for.
  ["future.check"],
];

const said: Record<Outcome, string> = {
  yes: "The answer was as it should be.",
  no: "The upstream refused it.",
  unclear: "No answer came within 60 s.",
  skipped: "The model is not known to reason.",
};

const seen: Record<string, string> = {
  "vision.image":
    '{"error":{"message":"This model does not support image input.","type":"invalid_request_error"}}',
  "tools.parallel": '{"tool_calls":[{"function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]}',
};

const day = 86_400_000;

/** A run of some days ago, with the checks that did not pass. */
export function capabilityRecord(
  upstream: string,
  model: string,
  daysAgo: number,
  other: Record<string, Outcome> = {},
): CapabilityRecord {
  const checks = table.map(([name, capability], i) => {
    const outcome = other[name] ?? "yes";
    return {
      name,
      ...(capability ? { capability } : {}),
      outcome,
      ms: outcome === "skipped" ? 0 : outcome === "unclear" ? 60_000 : 180 + 37 * i,
      words: said[outcome],
      ...(outcome === "no" && seen[name] ? { seen: seen[name] } : {}),
      ...(outcome === "yes" ? { cost_usd: 0.000012 * (1 + (i % 5)) } : {}),
    };
  });
  const count = (outcome: Outcome) => checks.filter((one) => one.outcome === outcome).length;
  return {
    id: `cap_${upstream}_${model}_${daysAgo}`,
    // The fake numbers its documents from 1, and their names from 0.
    upstream_id: `ups_${Number(upstream.slice(-4)) + 1}`,
    upstream,
    provider: "openai",
    address: "https://api.openai.com/v1",
    model,
    credential: `${upstream}-key`,
    version: "1.2.3",
    at: new Date(Date.now() - daysAgo * day - 60_000).toISOString(),
    took_ms: 41_300,
    checks,
    yes: count("yes"),
    no: count("no"),
    unclear: count("unclear"),
    skipped: count("skipped"),
    tokens: { in: 2140, out: 611 },
    cost_usd: checks.reduce((sum, one) => sum + (one.cost_usd ?? 0), 0),
    price_known: true,
    drift: [],
  };
}

/** What the fake service knows at first: a model that lost an ability, one that was cut short, one run of before. */
export function pastRecords(): CapabilityRecord[] {
  const before = capabilityRecord("up-0003", "gpt-4o-mini", 9, { "reasoning.tokens": "skipped" });
  const now: CapabilityRecord = {
    ...capabilityRecord("up-0003", "gpt-4o-mini", 0, {
      "vision.image": "no",
      "tools.parallel": "no",
      "rate.headers": "unclear",
      "reasoning.tokens": "skipped",
    }),
    drift: [
      { check: "tools.parallel", before: "yes", after: "no" },
      { check: "vision.image", before: "yes", after: "no" },
    ],
    before: before.at,
  };
  const rest: Record<string, Outcome> = Object.fromEntries(table.slice(9).map(([name]) => [name, "skipped"]));
  const short: CapabilityRecord = {
    ...capabilityRecord("up-0003", "mystery-model-with-a-long-name-2026-11-20", 2, rest),
    price_known: false,
    cost_usd: 0,
    stopped: "The next check could have gone beyond the $0.0100 that the run may cost.",
  };
  return [now, short, before];
}

/** The newest record of each model. */
export function listCapabilities(world: World, upstream: string | undefined): CapabilityRecord[] {
  const models = new Set<string>();
  return world.capabilities.filter((one) => {
    const key = `${one.upstream}\n${one.model}`;
    const newest = !models.has(key) && (!upstream || one.upstream === upstream);
    models.add(key);
    return newest;
  });
}

export function showCapability(world: World, id: string): CapabilityRecord {
  const found = world.capabilities.find((one) => one.id === id);
  if (!found) throw notFound(`record "${id}"`);
  return found;
}

export function capabilityHistory(world: World, upstream: string, model: string): CapabilityRecord[] {
  return world.capabilities
    .filter((one) => [one.upstream, one.upstream_id].includes(upstream) && one.model === model)
    .map((one) => ({ ...one, checks: [] }));
}

type Input = Schema<"CertifyInput">;

/** What a run would do; "mystery" has no price. */
export function certifyPlan(world: World, upstream: string, input: Input): Schema<"CertifyPlan"> {
  if (!world.documents.upstreams.some((one) => one.name === upstream)) {
    throw notFound(`upstream "${upstream}"`);
  }
  const last = world.capabilities.find((one) => one.upstream === upstream && one.model === input.model);
  const priced = input.model !== "mystery";
  return {
    upstream,
    model: input.model,
    ...(input.credential ? { credential: input.credential } : {}),
    checks: table.map(([name]) => name).filter((name) => name !== "reasoning.tokens"),
    skipped: ["reasoning.tokens", "embeddings.vector"],
    requests: 31,
    tokens_in: 4300,
    tokens_out: 2100,
    ...(priced ? { max_cost_usd: 0.0019, price: { input: 0.15, output: 0.6 } } : {}),
    ...(last ? { last: last.at } : {}),
  };
}

/** How long a run takes that nobody ends before, in milliseconds. */
const runTakes = 4000;

/** Begins a run; it ends by itself, or when finishRun says so. */
export function certify(world: World, upstream: string, input: Input): Schema<"Job"> {
  const kind = "upstreams.certify";
  if (world.jobs.some((one) => one.kind === kind && one.state === "running")) {
    throw refuse(409, "taken", "This is being done already.");
  }
  const made = { ...capabilityRecord(upstream, input.model, 0), id: `cap_of_job_${world.jobs.length + 1}` };
  const job: Schema<"Job"> = {
    id: `job_${world.jobs.length + 1}`,
    kind,
    subject: `${upstream}/${input.model}`,
    state: "running",
    actor: "admin",
    started_at: new Date().toISOString(),
    done: 12,
    total: 28,
    result: made,
  };
  world.jobs.unshift(job);
  world.publish("jobs.watch", job);
  setTimeout(() => finishRun(world), runTakes);
  return job;
}

/** Ends the run that is under way, as if all its checks were made. */
export function finishRun(world: World): void {
  const job = world.jobs.find((one) => one.kind === "upstreams.certify" && one.state === "running");
  if (!job) return;
  const made = job.result as CapabilityRecord;
  world.capabilities.unshift(made);
  end(world, job.id, "done", `${made.yes} of ${made.checks.length} checks passed.`);
}
