// The line of a browser: a socket to where the page came from. The session's
// token lives in this tab alone and ends with it.

import { WebSocket as Reconnecting } from "partysocket";
import type { Params, Schema, Streams } from "./call";
import { Followers } from "./followers";
import type { ConsoleCall, ConsoleListener, Follower, Line, LineState, TestRun } from "./line";
import { asCallError, lineError, localCodes } from "./problems";

const tokenKey = "headwater.session";
/** How long a request may take; long work is a job and answers at once. */
const requestTimeout = 90_000;
// Who has just started the service of this machine looks at the page.
const here = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname);
const backOff = {
  minReconnectionDelay: 250,
  maxReconnectionDelay: here ? 700 : 8000,
  reconnectionDelayGrowFactor: 1.6,
};

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  timer: ReturnType<typeof setTimeout>;
}

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

export class SocketLine implements Line {
  private current: LineState;
  private readonly watchers = new Set<() => void>();
  private readonly waiting = new Map<number, Waiting>();
  private readonly followers = new Followers((method, params) => this.send(method, params));
  private socket: Reconnecting | undefined;
  private nextId = 1;
  private delay = backOff.minReconnectionDelay;
  private probing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: string = location.host) {
    this.current = { phase: "connecting", address: host, remote: false };
    if (this.token()) this.open();
    else void this.probe();
  }

  state(): LineState {
    return this.current;
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  follow<Name extends keyof Streams>(stream: Name, follower: Follower<Name>): () => void {
    return this.followers.follow(stream, follower);
  }

  console(input: Schema<"ConsoleInput">, told: ConsoleListener): ConsoleCall {
    return this.followers.console(input, told);
  }

  test(params: Params<"upstreams.test">, told: (step: string) => void): TestRun {
    return this.followers.test(params, told);
  }

  async request(method: string, params: unknown): Promise<unknown> {
    if (this.current.phase === "online") return this.send(method, params);
    if (method === "setup.get") return this.rest("GET", "/api/v1/setup");
    if (this.current.phase === "connecting") await this.settled();
    if (this.state().phase === "online") return this.send(method, params);
    throw lineError(localCodes.lost, "There is no contact with the service.");
  }

  async signIn(name: string, password: string): Promise<void> {
    this.admit(await this.rest("POST", "/api/v1/sessions", { name, password }));
  }

  async setUp(code: string, name: string, password: string): Promise<void> {
    this.admit(await this.rest("POST", "/api/v1/setup", { code, name, password }));
  }

  async signOut(): Promise<void> {
    await this.send("sessions.end", {}).catch(() => undefined);
    this.signedOut();
  }

  retry(): void {
    if (this.socket) this.socket.reconnect();
    else void this.probe();
  }

  async copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
  }

  private token(): string | null {
    return sessionStorage.getItem(tokenKey);
  }

  private admit(answer: unknown): void {
    const { token } = answer as { token: string };
    sessionStorage.setItem(tokenKey, token);
    this.open();
  }

  private signedOut(): void {
    sessionStorage.removeItem(tokenKey);
    this.socket?.close();
    this.socket = undefined;
    this.followers.pause();
    this.fail("The session has ended.");
    this.set({
      phase: "signed_out",
      member: undefined,
      role: undefined,
      retryAt: undefined,
      error: undefined,
    });
  }

  private open(): void {
    clearTimeout(this.probing);
    this.socket?.close();
    this.set({ phase: this.current.phase === "lost" ? "lost" : "connecting" });
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new Reconnecting(`${scheme}://${this.host}/ws`, [], {
      ...backOff,
      connectionTimeout: 8000,
    });
    this.socket = socket;
    socket.addEventListener("open", () => void this.authenticate());
    socket.addEventListener("message", (event) => this.receive(String(event.data)));
    socket.addEventListener("close", () => {
      if (socket === this.socket) this.lost();
    });
  }

  private async authenticate(): Promise<void> {
    try {
      const who = (await this.send("auth", { token: this.token() })) as {
        member: string;
        role: "administrator" | "viewer";
      };
      this.delay = backOff.minReconnectionDelay;
      this.set({
        phase: "online",
        member: who.member,
        role: who.role,
        retryAt: undefined,
        lostAt: undefined,
        error: undefined,
      });
      this.followers.resume();
    } catch (error) {
      if (asCallError(error).problem.status === 401) this.signedOut();
    }
  }

  private lost(): void {
    this.followers.pause();
    this.fail("Contact with the service was lost before it answered.");
    this.delay = Math.min(this.delay * backOff.reconnectionDelayGrowFactor, backOff.maxReconnectionDelay);
    this.set({
      phase: "lost",
      lostAt: this.current.lostAt ?? Date.now(),
      retryAt: Date.now() + this.delay,
    });
  }

  /** Without a token there is no socket: the one public operation says whether anyone is there. */
  private async probe(): Promise<void> {
    try {
      await this.rest("GET", "/api/v1/setup");
      this.set({ phase: "signed_out", retryAt: undefined, error: undefined });
    } catch (error) {
      this.delay = Math.min(this.delay * backOff.reconnectionDelayGrowFactor, backOff.maxReconnectionDelay);
      this.set({ phase: "no_service", error: String(error), retryAt: Date.now() + this.delay });
      this.probing = setTimeout(() => void this.probe(), this.delay);
    }
  }

  private async rest(method: string, path: string, body?: unknown): Promise<unknown> {
    const init: RequestInit = { method, signal: AbortSignal.timeout(requestTimeout), cache: "no-store" };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    let answer: Response;
    try {
      answer = await fetch(path, init);
    } catch {
      throw lineError(localCodes.lost, "The service does not answer.");
    }
    const json: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw asCallError(json ?? lineError(localCodes.unreadable, `HTTP ${answer.status}`));
    return json;
  }

  private send(method: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.socket?.readyState !== WebSocket.OPEN) {
        reject(lineError(localCodes.lost, "There is no contact with the service."));
        return;
      }
      const id = this.nextId++;
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(lineError(localCodes.timeout, "The service did not answer in time."));
      }, requestTimeout);
      this.waiting.set(id, { resolve, reject, timer });
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  private receive(text: string): void {
    const messages = JSON.parse(text) as Message | Message[];
    for (const message of Array.isArray(messages) ? messages : [messages]) {
      if (message.method !== undefined) this.followers.push(message.params);
      else this.settle(message);
    }
  }

  private settle(message: Message): void {
    const waiting = message.id === undefined ? undefined : this.waiting.get(message.id);
    if (!waiting || message.id === undefined) return;
    this.waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (!message.error) {
      waiting.resolve(message.result);
      return;
    }
    const error = asCallError(message.error.data ?? message.error.message);
    waiting.reject(error);
    // The session ended while we were at it (expired, revoked, member gone).
    if (error.problem.status === 401 && this.current.phase === "online") this.signedOut();
  }

  private fail(why: string): void {
    for (const [id, waiting] of this.waiting) {
      clearTimeout(waiting.timer);
      waiting.reject(lineError(localCodes.lost, why));
      this.waiting.delete(id);
    }
  }

  private settled(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, 10_000);
      const stop = this.watch(() => {
        if (this.current.phase !== "connecting") done();
      });
      function done() {
        clearTimeout(timer);
        stop();
        resolve();
      }
    });
  }

  /** Changes the state; what is undefined is no longer known. */
  private set(change: { [Key in keyof LineState]?: LineState[Key] | undefined }): void {
    const known = Object.entries({ ...this.current, ...change }).filter(([, value]) => value !== undefined);
    this.current = Object.fromEntries(known) as unknown as LineState;
    for (const changed of this.watchers) changed();
  }
}
