// The catalogue as the fake service has it: few models of each kind, own facts
// over them, and a file that is recognised by what it says.

import type { Params, Result, Schema } from "../call";
import { merged } from "./documents";
import { notFound, refuse } from "./refuse";
import type { World } from "./world";

type Entry = Schema<"ModelEntry">;
type Facts = Schema<"CatalogModel">;
type Own = Schema<"OwnModel">;

export interface Catalogue {
  facts: (Facts & { provider: string })[];
  own: Own[];
  file?: { as_of: string; at: string };
}

const boxDay = "2026-11-22";
const chat = { in: ["text", "image"], out: ["text"], tools: true, schema: true };

/** What the box knows; with many, as many as the real one. */
export function newCatalogue(many: boolean): Catalogue {
  const facts: Catalogue["facts"] = [
    {
      ...chat,
      provider: "openai",
      id: "gpt-4o-mini",
      name: "GPT-4o mini",
      context: 128_000,
      max_output: 16_384,
      price: { input: 0.15, output: 0.6, cache_read: 0.075 },
      released: "2024-07-18",
    },
    {
      ...chat,
      provider: "openai",
      id: "gpt-5",
      name: "GPT-5",
      context: 400_000,
      max_output: 128_000,
      reasoning: true,
      price: { input: 1.25, output: 10, cache_read: 0.125 },
      tiers: [{ above_context: 200_000, input: 2.5, output: 20 }],
      released: "2025-08-07",
    },
    {
      provider: "openai",
      id: "text-embedding-3-small",
      kind: "embedding",
      price: { input: 0.02, output: 0 },
    },
    { ...chat, provider: "openai", id: "gpt-4", name: "GPT-4", context: 8192, status: "deprecated" },
    { provider: "simulator", id: "practice", name: "Practice", price: { input: 0, output: 0 } },
  ];
  for (let i = 0; many && i < 5000; i++) {
    facts.push({
      ...chat,
      provider: "openai",
      id: `model-${i}`,
      context: 1000 + i,
      price: { input: i, output: i },
    });
  }
  return { facts, own: [] };
}

const labelOf = (one: { provider: string; model: string }) => `${one.provider}/${one.model}`;

function over(facts: Facts | undefined, own: Own | undefined, model: string): Facts {
  if (!own) return { ...(facts ?? { id: model }) };
  const said = Object.fromEntries(
    Object.entries(own).filter(
      ([field]) => !/^(provider|model|title|price|id|version|updated_.*)$/.test(field),
    ),
  );
  const price = Object.entries(own.price ?? {}).filter(([, value]) => value !== null);
  return {
    ...facts,
    ...said,
    id: model,
    ...(own.title ? { name: own.title } : {}),
    ...(price.length > 0
      ? { price: { input: 0, output: 0, ...facts?.price, ...Object.fromEntries(price) } }
      : {}),
  };
}

function entries(world: World): Entry[] {
  const { facts, own } = world.catalogue;
  const only = own.filter((one) => !facts.some((f) => f.provider === one.provider && f.id === one.model));
  const named = (provider: string) => world.providers.find((one) => one.id === provider)?.name ?? provider;
  const rows = facts.map(({ provider, ...one }) => ({
    provider,
    facts: one as Facts | undefined,
    model: one.id,
  }));
  for (const one of only) rows.push({ provider: one.provider, facts: undefined, model: one.model });
  return rows.map(({ provider, facts: known, model }): Entry => {
    const doc = own.find((one) => one.provider === provider && one.model === model);
    return {
      ...over(known, doc, model),
      provider,
      provider_name: named(provider),
      ...(doc
        ? {
            own: doc.id ?? "",
            own_fields: Object.keys(doc).filter((field) =>
              /^(title|kind|context|max_.*|price|in|out|tools|schema|reasoning|status)$/.test(field),
            ),
          }
        : {}),
      ...(doc && !known ? { own_only: true } : {}),
    };
  });
}

function able(one: Entry, ability: string): boolean {
  if (ability === "vision") return one.in?.includes("image") ?? false;
  return Boolean(one[ability as "tools"]);
}

export function listModels(world: World, params: Params<"models.list">): Result<"models.list"> {
  const words = (params.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const most = params.max_input_price ?? -1;
  const found = entries(world).filter((one) => {
    const text = `${one.provider} ${one.id} ${one.name ?? ""} ${one.provider_name}`.toLowerCase();
    return (
      words.every((word) => text.includes(word)) &&
      (!params.provider?.length || params.provider.includes(one.provider)) &&
      (!params.kind || params.kind === (one.kind ?? "chat")) &&
      (!params.status || params.status === (one.status ?? "active")) &&
      (params.ability ?? []).every((ability) => able(one, ability)) &&
      (most < 0 || (one.price !== undefined && one.price.input <= most)) &&
      (!params.own || one.own !== undefined)
    );
  });
  if (params.sort === "input") {
    const price = (one: Entry) => one.price?.input ?? Number.POSITIVE_INFINITY;
    found.sort((a, b) => price(a) - price(b));
  }
  const from = Number(params.after ?? 0);
  const to = from + (params.limit || 100);
  return {
    items: found.slice(from, to),
    total: found.length,
    ...(to < found.length ? { next: String(to) } : {}),
  };
}

export function showModel(world: World, params: Params<"models.show">): Result<"models.show"> {
  const found = entries(world).find((one) => one.provider === params.provider && one.id === params.model);
  if (!found) throw notFound(`model "${params.model}"`);
  const known = world.catalogue.facts.find(
    (one) => one.provider === params.provider && one.id === params.model,
  );
  const { provider: _, ...facts } = known ?? { provider: "", id: "" };
  return { ...found, as_of: catalogueState(world).as_of, ...(known ? { facts } : {}) };
}

function ownOf(world: World, ref: string): Own {
  const found = world.catalogue.own.find((one) => one.id === ref || labelOf(one) === ref);
  if (!found) throw notFound(`model "${ref}"`);
  return found;
}

export const ownModels = {
  get: (world: World, ref: string) => ownOf(world, ref),
  create(world: World, body: Own): Own {
    if (!world.providers.some((one) => one.id === body.provider)) {
      throw refuse(422, "invalid", "The provider is not in the catalogue.", {
        errors: [{ location: "body.provider", message: "is not in the catalogue" }],
      });
    }
    const made = { ...body, id: `mdl_${world.catalogue.own.length + 1}`, version: 1 };
    world.catalogue.own.push(made);
    return made;
  },
  update(world: World, params: Params<"models.update">): Own {
    const doc = ownOf(world, params.ref);
    if (params.body.version && params.body.version !== doc.version) {
      throw refuse(409, "version_conflict", `"${labelOf(doc)}" was changed meanwhile.`);
    }
    const next = merged(doc as never, params.body as never);
    for (const field of Object.keys(doc)) delete doc[field as "title"];
    return Object.assign(doc, next, { version: Number(next.version) + 1 });
  },
  remove(world: World, ref: string): null {
    const doc = ownOf(world, ref);
    world.catalogue.own = world.catalogue.own.filter((one) => one !== doc);
    return null;
  },
};

export function catalogueState(world: World): Result<"catalog.get"> {
  const { file, own } = world.catalogue;
  return {
    as_of: file?.as_of ?? boxDay,
    box_as_of: boxDay,
    source: file ? "file" : "box",
    providers: world.providers.length,
    models: entries(world).length,
    own: own.length,
    ...(file ? { layout: "headwater", refreshed_at: file.at, refreshed_by: "admin" } : {}),
  };
}

/** A file that is packed or says "models" is taken for a newer catalogue; anything else is none. */
export function readFile(
  world: World,
  params: Params<"catalog.preview">,
  applied: boolean,
): Result<"catalog.preview"> {
  const text = atob(params.body.file);
  if (!text.startsWith("\u001f\u008b") && !text.includes("models")) {
    throw refuse(422, "invalid", "The file is JSON, but in no layout that is known.");
  }
  const now = catalogueState(world).as_of;
  if (applied) world.catalogue.file = { as_of: "2027-02-01", at: new Date().toISOString() };
  const provider = {
    provider: "openai",
    name: "OpenAI",
    models: 5,
    added: 1,
    removed: 1,
    repriced: 1,
    deprecated: 1,
    changed: 0,
  };
  const none = { models: 1, added: 1, removed: 0, repriced: 0, deprecated: 0, changed: 0 };
  return {
    as_of: "2027-02-01",
    now,
    layout: "models.dev",
    digest: "0".repeat(64),
    models: 6,
    before: 5,
    added: 2,
    removed: 1,
    repriced: 1,
    deprecated: 1,
    changed: 0,
    providers: [
      provider,
      { ...none, provider: "fresh", name: "Fresh", new: true, address: "https://fresh.example/v1" },
    ],
    kept: 2,
    items: [
      {
        what: "price",
        provider: "openai",
        model: "gpt-4o-mini",
        before: { input: 0.15, output: 0.6 },
        after: { input: 0.1, output: 0.4 },
      },
      { what: "deprecated", provider: "openai", model: "gpt-5" },
      { what: "removed", provider: "openai", model: "gpt-4" },
      { what: "added", provider: "openai", model: "gpt-99", after: { input: 2, output: 8 } },
      { what: "added", provider: "fresh", model: "f-1" },
    ],
    skipped: [{ provider: "stranger", why: 'this program does not speak the dialect "@stranger/sdk"' }],
    applied,
    generation: 2,
  };
}

export function upstreamModels(world: World, ref: string): Result<"upstreams.models"> {
  const up = world.documents.upstreams.find((one) => one.name === ref);
  if (!up) throw notFound(`upstream "${ref}"`);
  const at = new Date().toISOString();
  const head = { upstream: ref, provider: String(up.provider), at, unknown: 1, deprecated: 1 };
  if (ref === "up-0001") {
    return {
      ...head,
      ok: false,
      words: 'OpenAI refused key "main" (401).',
      code: "HW-UP-401",
      items: [],
      unknown: 0,
      deprecated: 0,
    };
  }
  const known = entries(world).filter((one) => one.provider === up.provider);
  return {
    ...head,
    ok: true,
    items: [
      ...known.map((facts) => ({
        id: facts.id,
        known: facts.status === "deprecated" ? ("deprecated" as const) : ("known" as const),
        facts,
      })),
      { id: "mystery", known: "unknown" as const },
      { id: "m", known: "unknown" as const, routes: ["route-0"] },
    ],
  };
}
