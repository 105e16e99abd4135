// What the first run makes, so that a first call has somewhere to go. Each
// piece that is there already is taken as it is: the first run may be
// interrupted and begun again.

import { type Call, CallError, type Result, type Schema } from "@/rpc";
import type { Tester } from "@/rpc/testrun";

export interface Wish {
  provider: string;
  baseUrl: string;
  local: boolean;
  key: string;
  model: string;
}

export interface Made {
  app: string;
  model: string;
  secret: string;
  report: Schema<"TestReport">;
}

/** The wish behind "practice model". */
export const practiceWish: Wish = {
  provider: "simulator",
  baseUrl: "",
  local: false,
  key: "",
  model: "practice",
};

const tenant = "default";
const app = "first-app";

function isTaken(error: unknown): boolean {
  return error instanceof CallError && error.problem.code === "taken";
}

/** Creates, or leaves what has the name already. */
async function ensure<T>(create: () => Promise<T>): Promise<T | undefined> {
  try {
    return await create();
  } catch (error) {
    if (isTaken(error)) return undefined;
    throw error;
  }
}

function upstreamBody(wish: Wish) {
  return {
    name: wish.provider,
    provider: wish.provider,
    ...(wish.baseUrl ? { base_url: wish.baseUrl } : {}),
    ...(wish.local ? { local: true } : {}),
  };
}

async function connect(call: Call, wish: Wish): Promise<void> {
  const body = upstreamBody(wish);
  const made = await ensure(() => call("upstreams.create", { body }));
  if (!made) {
    // It was tried before with something else: the newest word counts.
    await call("upstreams.update", {
      ref: wish.provider,
      body: { base_url: wish.baseUrl, local: wish.local },
    });
  }
  if (!wish.key) return;
  const name = `${wish.provider}-key`;
  const credential = { name, upstream: wish.provider, secret: wish.key };
  if (!(await ensure(() => call("credentials.create", { body: credential })))) {
    await call("credentials.update", { ref: name, body: { secret: wish.key } });
  }
}

async function freshKey(call: Call): Promise<Result<"keys.create">> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? app : `${app}-${n}`;
    const made = await ensure(() => call("keys.create", { body: { name, tenant, app } }));
    if (made) return made;
  }
}

/**
 * Makes upstream, route, tenant and app, and tests the upstream with one real
 * call; gives nothing when that was given up.
 */
export async function makeFirst(
  call: Call,
  test: Tester["run"],
  wish: Wish,
): Promise<Schema<"TestReport"> | undefined> {
  await connect(call, wish);
  const tiers = [{ targets: [{ upstream: wish.provider, model: wish.model }] }];
  if (!(await ensure(() => call("routes.create", { body: { name: wish.model, tiers } })))) {
    await call("routes.update", { ref: wish.model, body: { tiers } });
  }
  await ensure(() => call("tenants.create", { body: { name: tenant, show_upstreams: true } }));
  await ensure(() => call("apps.create", { body: { name: app, tenant, routes: ["*"] } }));
  return test({ ref: wish.provider });
}

/** Makes the key that the endpoint screen shows this once. */
export async function finish(call: Call, wish: Wish, report: Schema<"TestReport">): Promise<Made> {
  const key = await freshKey(call);
  return { app, model: wish.model, secret: key.secret ?? "", report };
}
