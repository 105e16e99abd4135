// Every operation of the service's table, answered from a world. A new row of
// the table does not compile here until it has an answer.

import type { OperationId, Params, Result } from "../call";
import { capabilityHistory, certify, certifyPlan, listCapabilities, showCapability } from "./capabilities";
import { catalogueState, listModels, ownModels, readFile, showModel, upstreamModels } from "./catalogue";
import { documentHandlers, merged } from "./documents";
import { abortDrill, drillOf, listDrills, startDrill } from "./drills";
import {
  callOf,
  calls,
  end,
  figures,
  healthOf,
  history,
  startJob,
  status,
  strip,
  test,
  traffic,
} from "./observed";
import { notFound, refuse } from "./refuse";
import { scan, scanRange } from "./scan";
import { scheduleStates } from "./schedules";
import { condition, explain } from "./thought";
import { type Noun, nouns, type World } from "./world";

type Handler<Id extends OperationId> = (params: Params<Id>, world: World) => Result<Id> | Promise<Result<Id>>;

/** What the nouns have in common; the rest is below, one by one. */
type DocumentId = Extract<OperationId, `${Noun}.${"list" | "get" | "create" | "update" | "delete"}`>;
type Own = { [Id in Exclude<OperationId, DocumentId>]: Handler<Id> };

const session = (world: World) => ({ member: world.role === "viewer" ? "eve" : "admin", role: world.role });

const own: Own = {
  "audit.verify": () => ({ ok: true, links: 3, words: "All 3 links are in place and unaltered." }),
  "calls.list": (params, world) => calls(world, params),
  "calls.get": (params, world) => callOf(world, params.id),
  "capabilities.list": (params, world) => ({ items: listCapabilities(world, params.upstream) }),
  "capabilities.show": (params, world) => showCapability(world, params.id),
  "capabilities.history": (params, world) => ({
    items: capabilityHistory(world, params.upstream, params.model),
  }),
  "catalog.get": (_, world) => catalogueState(world),
  "catalog.preview": (params, world) => readFile(world, params, false),
  "catalog.refresh": (params, world) => readFile(world, params, true),
  "catalog.reset": (_, world) => {
    delete world.catalogue.file;
    return catalogueState(world);
  },
  "models.list": (params, world) => listModels(world, params),
  "models.show": (params, world) => showModel(world, params),
  "models.get": (params, world) => ownModels.get(world, params.ref),
  "models.create": (params, world) => ownModels.create(world, params.body),
  "models.update": (params, world) => ownModels.update(world, params),
  "models.delete": (params, world) => ownModels.remove(world, params.ref),
  "upstreams.models": (params, world) => upstreamModels(world, params.ref),
  "changes.list": (params, world) => ({
    items: world.changes.filter(
      (one) => !params.doc_id || one.items.some((item) => item.doc_id === params.doc_id),
    ),
  }),
  "config.export": () => ({ yaml: "upstreams: []\n" }),
  "config.diff": (params) => plan(params.body.yaml, false),
  "config.apply": (params) => plan(params.body.yaml, true),
  "routes.explain": (params, world) => explain(world, params),
  "routes.condition": (params) => condition(params),
  "health.list": (params, world) => ({ items: healthOf(world, params) }),
  "health.upstreams": (params, world) => ({ items: figures(world, params) }),
  "health.strip": (params, world) => strip(world, params),
  "health.history": (params, world) => history(world, params),
  "schedules.states": (_, world) => scheduleStates(world),
  "drills.list": (_, world) => ({ items: listDrills(world) }),
  "drills.get": (params, world) => drillOf(world, params.id),
  "drills.start": (params, world) => startDrill(world, params.body),
  "drills.abort": (params, world) => abortDrill(world, params.id),
  "jobs.list": (_, world) => ({ items: world.jobs }),
  "jobs.get": (params, world) => {
    const found = world.jobs.find((one) => one.id === params.id);
    if (!found) throw notFound(`job "${params.id}"`);
    return found;
  },
  "jobs.start": (params, world) => startJob(world, params.body.kind),
  "jobs.cancel": (params, world) => end(world, params.id, "canceled", "It was canceled."),
  "providers.list": (_, world) => ({ items: world.providers, total: world.providers.length }),
  "sessions.list": (_, world) => ({ items: [{ id: "ses_1", current: true, ...session(world) }] }),
  "sessions.create": (_, world) => ({ token: "fake", session: session(world) }),
  "sessions.end": () => null,
  "sessions.current": (_, world) => session(world),
  "sessions.revoke": () => null,
  "settings.get": (_, world) => world.setting,
  "settings.update": (params, world) => {
    const based = params.body.version;
    if (based !== undefined && based !== null && based !== world.setting.version) {
      throw refuse(409, "version_conflict", "The settings were changed meanwhile.");
    }
    const version = (world.setting.version ?? 0) + 1;
    world.setting = merged(world.setting, { ...params.body, version }) as World["setting"];
    return world.setting;
  },
  "setup.get": (_, world) => ({ needed: world.setupNeeded, version: "1.2.3" }),
  "setup.redeem": (_, world) => {
    world.setupNeeded = false;
    return { token: "fake", session: session(world) };
  },
  "setup.renew": () => ({
    code: "AAAA-BBBB-CCCC-DDDD",
    expires_at: new Date(Date.now() + 900_000).toISOString(),
  }),
  "status.get": (_, world) => status(world),
  "traffic.get": (params, world) => traffic(world, params),
  "upstreams.certify_plan": (params, world) => certifyPlan(world, params.ref, params.body),
  "upstreams.certify": (params, world) => certify(world, params.ref, params.body),
  "upstreams.test": (params, world) => test(world, params.ref, params.model),
  "upstreams.scan": (_, world) => scan(world),
  "upstreams.scan_range": (params, world) => scanRange(world, params.body.range),
};

function plan(yaml: string, applied: boolean): Result<"config.apply"> {
  if (!yaml.includes(":")) throw refuse(422, "invalid", "The file is not a mapping.");
  return { items: [], creates: 0, updates: 0, deletes: 0, applied, generation: 1 };
}

type Any = (params: never, world: World) => unknown;

/** Every handler by its operation. */
export const handlers: Record<string, Any> = Object.assign({}, own, ...nouns.map(documentHandlers));
