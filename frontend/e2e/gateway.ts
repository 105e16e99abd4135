// A real service in a folder of its own, on ports the system gives.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const binary = process.env.HEADWATER_BINARY ?? resolve(import.meta.dirname, "../../build/bin/headwater");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
}

/** Asks until it is so; what it waits for says a failure. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | false | undefined>,
  ms = 20_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((later) => setTimeout(later, 25));
  }
}

export class Gateway {
  private process: ChildProcess | undefined;
  private log = "";

  private constructor(
    readonly state: string,
    readonly admin: string,
    readonly data: string,
    readonly portal: string,
  ) {}

  static async start(): Promise<Gateway> {
    const [admin, data, portal] = [await freePort(), await freePort(), await freePort()];
    const gateway = new Gateway(
      mkdtempSync(join(tmpdir(), "headwater-e2e-")),
      `127.0.0.1:${admin}`,
      `127.0.0.1:${data}`,
      `127.0.0.1:${portal}`,
    );
    await gateway.run();
    return gateway;
  }

  get url(): string {
    return `http://${this.admin}/`;
  }

  /** Starts the process and waits until it serves. */
  async run(): Promise<void> {
    const args = ["run", "--state-dir", this.state, "--admin-listen", this.admin];
    this.process = spawn(binary, [...args, "--listen", this.data, "--portal-listen", this.portal], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.log = (this.log + chunk.toString()).slice(-20_000);
      });
    }
    await until("the service", async () => (await fetch(`http://${this.admin}/api/v1/setup`)).ok);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const { process } = this;
    // A process that a signal has ended has no exit code.
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((done) => process.once("exit", done));
    process.kill(signal);
    await ended;
  }

  async close(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.state, { recursive: true, force: true });
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  tail(): string {
    return this.log;
  }

  /** The setup code of a fresh installation. */
  setupCode(): string {
    return readFileSync(join(this.state, "setup.code"), "utf8").split("\n")[0] ?? "";
  }

  /** An operation over REST, as the local administrator. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const token = readFileSync(join(this.state, "admin.token"), "utf8").trim();
    const answer = await fetch(`http://${this.admin}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : null) as T;
  }

  /** Makes the first administrator without the page. */
  async administrator(
    name = "admin",
    password = "correct horse battery",
  ): Promise<{ name: string; password: string }> {
    const answer = await fetch(`http://${this.admin}/api/v1/setup`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: this.setupCode(), name, password }),
    });
    if (!answer.ok) throw new Error(`setup: ${await answer.text()}`);
    return { name, password };
  }

  /** A practice upstream, route, tenant, app and key; answers the key's secret. */
  async practice(): Promise<string> {
    await this.api("POST", "/config/apply", { yaml: practice });
    const key = await this.api<{ secret: string }>("POST", "/keys", {
      name: "k1",
      tenant: "acme",
      app: "crm",
    });
    return key.secret;
  }

  /** One call as an app makes it. */
  async chat(
    secret: string,
    model = "fast",
    content = "Hello",
    more: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`http://${this.data}/v1/chat/completions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json", ...more },
      body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
    });
  }
}

// Two upstreams: the practice model, and one where nobody listens.
const practice = `
tenants: [{name: acme, title: Acme, show_upstreams: true}]
upstreams:
  - {name: sim, provider: simulator}
  - {name: gone, provider: openai-compatible, base_url: "http://127.0.0.1:9/v1", local: true}
routes:
  - name: fast
    tiers: [{targets: [{upstream: sim, model: practice}]}]
  - name: laddered
    tiers: [{targets: [{upstream: gone, model: big}]}, {targets: [{upstream: sim, model: practice}]}]
  - name: hopeless
    tiers: [{targets: [{upstream: gone, model: big}]}]
  - name: kinds
    title: Every kind of tier
    tiers:
      - {kind: cache, fresh_s: 60}
      - {strategy: priority, targets: [{upstream: gone, model: big}]}
      - {kind: hold, wait_ms: 50}
      - {kind: deferred, expire_s: 3600}
      - {kind: scripted, text: All models are resting.}
apps: [{name: crm, tenant: acme, routes: ["*"]}]
`;
