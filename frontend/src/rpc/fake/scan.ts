// What a scan finds: an engine without a key and one with, on this machine; one
// on a network. Whatever is connected to their addresses already is named.

import type { Result, Schema } from "../call";
import { refuse } from "./refuse";
import type { World } from "./world";

type Engine = Schema<"FoundEngine">;

const here: Engine[] = [
  {
    name: "Ollama",
    provider: "ollama",
    dialect: "ollama",
    version: "0.12.6",
    address: "127.0.0.1:11434",
    base_url: "http://127.0.0.1:11434",
    models: ["gemma3:latest", "qwen3:0.6b", "nomic-embed-text:latest"],
  },
  {
    name: "LiteLLM",
    provider: "openai-compatible",
    dialect: "openai",
    address: "127.0.0.1:4000",
    base_url: "http://127.0.0.1:4000/v1",
    models: [],
    needs_key: true,
  },
];

function report(world: World, found: Engine[], range?: string): Schema<"ScanReport"> {
  const named = (engine: Engine) =>
    world.documents.upstreams.find((up) => String(up.base_url ?? "").startsWith(`http://${engine.address}`));
  return {
    ...(range ? { range } : {}),
    addresses: range ? 254 : 2,
    ports: 14,
    silent: 1,
    found: found.map((engine) => {
      const upstream = named(engine)?.name;
      return upstream ? { ...engine, upstream } : engine;
    }),
    took_ms: 310,
    at: new Date().toISOString(),
  };
}

export const scan = (world: World): Result<"upstreams.scan"> => report(world, world.setupNeeded ? [] : here);

/** A scan of a network, which is over at once. */
export function scanRange(world: World, range: string): Result<"upstreams.scan_range"> {
  if (!/^(10\.|192\.168\.)/.test(range)) {
    const message = `${range} is not a private address: only networks of one's own are scanned.`;
    throw refuse(400, "bad_request", message, { errors: [{ location: "body.range", message }] });
  }
  const engine: Engine = {
    name: "vLLM",
    provider: "openai-compatible",
    dialect: "openai",
    version: "0.11.0",
    address: "192.168.1.7:8000",
    base_url: "http://192.168.1.7:8000/v1",
    models: ["Qwen/Qwen3-32B-AWQ"],
  };
  const at = new Date().toISOString();
  const job: Schema<"Job"> = {
    id: `job_${world.jobs.length + 1}`,
    kind: "upstreams.scan",
    state: "done",
    actor: "admin",
    started_at: at,
    ended_at: at,
    done: 3556,
    total: 3556,
    words: `One engine was found at ${range}.`,
    result: report(world, [engine], range),
  };
  world.jobs.unshift(job);
  world.publish("jobs.watch", job);
  return job;
}
