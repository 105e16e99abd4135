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
  const made = put(world, noun, { ...body, name });
  record(world, noun, made, "create");
  if (noun === "keys") return { ...shown(made), last4: "zZ9q", secret: `hw_${"k".repeat(36)}` };
  return shown(made);
}

function update(world: World, noun: Noun, params: Params) {
  const document = find(world, noun, params);
  const body = params.body ?? {};
  if (body.version !== undefined && body.version !== document.version) {
    throw refuse(409, "version_conflict", `"${document.name}" was changed meanwhile.`);
  }
  Object.assign(document, body, { version: document.version + 1, updated_by: "admin" });
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
