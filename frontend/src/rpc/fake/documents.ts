// The five operations that every noun has, with the service's rules: names are
// unique, a change says which version it is based on, lists come in pages.

import { atField, notFound, refuse } from "./refuse";
import { type Document, type Noun, put, type World } from "./world";

interface Params {
  ref?: string;
  tenant?: string;
  q?: string;
  limit?: number;
  after?: string;
  version?: number;
  body?: Record<string, unknown>;
}

const page = 50;
const plain = /^[a-z0-9][a-z0-9._:/*-]*$/i;

function find(world: World, noun: Noun, params: Params): Document {
  const found = world.documents[noun].find(
    (one) =>
      one.id === params.ref || (one.name === params.ref && (!params.tenant || one.tenant === params.tenant)),
  );
  if (!found) throw notFound(`${noun} "${params.ref}"`);
  return found;
}

/** Secrets go in and do not come out. */
function shown(document: Document): Document {
  const { secret: _secret, password: _password, ...rest } = document;
  return rest as Document;
}

function list(world: World, noun: Noun, params: Params) {
  const q = params.q?.toLowerCase() ?? "";
  const all = world.documents[noun]
    .filter((one) => one.name.toLowerCase().includes(q) && (!params.tenant || one.tenant === params.tenant))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const from = params.after ? all.findIndex((one) => one.id === params.after) + 1 : 0;
  const items = all.slice(from, from + (params.limit || page));
  const last = items.at(-1);
  const more = from + items.length < all.length;
  return { items: items.map(shown), total: all.length, ...(more && last ? { next: last.id } : {}) };
}

function create(world: World, noun: Noun, params: Params) {
  const body = params.body ?? {};
  const name = String(body.name ?? "");
  if (name === "") throw atField("name", "is missing");
  if (!plain.test(name)) throw atField("name", "holds characters that a name cannot have");
  if (world.documents[noun].some((one) => one.name === name && one.tenant === body.tenant)) {
    throw refuse(409, "taken", `There is a ${noun} "${name}" already.`, {
      errors: [{ location: "body.name", message: "is taken" }],
    });
  }
  check(noun, body);
  const made = put(world, noun, { ...body, name });
  record(world, noun, made, "create");
  if (noun === "keys") return { ...shown(made), last4: "zZ9q", secret: `hw_${"k".repeat(36)}` };
  return shown(made);
}

type Fields = Record<string, unknown>;

/** RFC 7396: null takes a field away, objects are merged. */
export function merged(before: Fields, patch: Fields): Fields {
  const next: Fields = { ...before };
  for (const [field, value] of Object.entries(patch)) {
    const there = next[field];
    if (value === null) delete next[field];
    else if (isObject(value) && isObject(there)) next[field] = merged(there, value);
    else next[field] = value;
  }
  return next;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What the service would not take. */
function check(noun: Noun, body: Fields): void {
  if (noun === "upstreams") checkUpstream(body);
  if (noun === "credentials" && /^\{(?!.*\}$)/s.test(String(body.secret ?? ""))) {
    throw atField("secret", "begins like JSON and is none");
  }
  if (noun === "routes") {
    ((body.tiers ?? []) as Fields[]).forEach((tier, i) => {
      checkTier(tier, `tiers[${i}]`);
    });
  }
}

function checkUpstream(body: Fields): void {
  if (body.maintenance_until && body.state !== "maintenance") {
    throw atField("maintenance_until", "goes with state maintenance");
  }
  const asked = (body.check ?? {}) as Fields;
  if (Boolean(asked.path) !== (asked.kind === "http")) {
    throw atField("check.path", "goes with kind http, which needs one");
  }
  const health = (body.health ?? {}) as Record<string, number>;
  if (health.wait_most_ms && (health.wait_first_ms ?? 0) > health.wait_most_ms) {
    throw atField("health.wait_most_ms", "must not be less than wait_first_ms");
  }
}

const tierFields: Record<string, string[]> = {
  targets: ["strategy", "targets"],
  cache: ["fresh_s", "stale_s"],
  hold: ["wait_ms"],
  deferred: ["expire_s"],
  scripted: ["text"],
};

function checkTier(tier: Fields, at: string): void {
  const kind = String(tier.kind || "targets");
  for (const [other, fields] of Object.entries(tierFields)) {
    const wrong = other === kind ? undefined : fields.find((field) => tier[field]);
    if (wrong) throw atField(`${at}.${wrong}`, `goes with kind ${other} only`);
  }
  if (kind === "scripted" && !String(tier.text ?? "").trim()) {
    throw atField(`${at}.text`, "is required: it is what callers get");
  }
  if (kind === "targets" && !(tier.targets as unknown[] | undefined)?.length) {
    throw atField(`${at}.targets`, "must have 1 to 100 targets");
  }
}

function update(world: World, noun: Noun, params: Params) {
  const document = find(world, noun, params);
  const body = params.body ?? {};
  if (body.version !== undefined && body.version !== document.version) {
    throw refuse(409, "version_conflict", `"${document.name}" was changed meanwhile.`);
  }
  const next = merged(document, body);
  check(noun, next);
  for (const field of Object.keys(document)) delete document[field];
  Object.assign(document, next, { version: Number(next.version) + 1, updated_by: "admin" });
  record(world, noun, document, "update");
  return shown(document);
}

function remove(world: World, noun: Noun, params: Params) {
  const document = find(world, noun, params);
  world.documents[noun] = world.documents[noun].filter((one) => one !== document);
  record(world, noun, document, "delete");
  return null;
}

function record(world: World, noun: Noun, document: Document, action: string): void {
  const generation = world.changes.length + 1;
  world.changes.unshift({
    id: `chg_${generation}`,
    generation,
    at: new Date().toISOString(),
    actor: "admin",
    action: `${noun}.${action}`,
    summary: "",
    items: [{ kind: noun.slice(0, -1), doc_id: document.id, name: document.name, after: document }],
  } as unknown as World["changes"][number]);
  world.publish("config.changed", { generation, actor: "admin", summary: `${action} ${document.name}` });
}

/** The handlers of one noun. */
export function documentHandlers(noun: Noun) {
  type Do = (params: Params, world: World) => unknown;
  const handlers: Record<string, Do> = {
    [`${noun}.list`]: (params, world) => list(world, noun, params),
    [`${noun}.get`]: (params, world) => shown(find(world, noun, params)),
    [`${noun}.create`]: (params, world) => create(world, noun, params),
    [`${noun}.update`]: (params, world) => update(world, noun, params),
    [`${noun}.delete`]: (params, world) => remove(world, noun, params),
  };
  return handlers;
}
