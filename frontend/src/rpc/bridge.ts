// The line of the window: its Go side holds the socket and the token, the page
// sees requests, pushes and the state of the connection.

import type { Params, Schema, Streams } from "./call";
import { Followers } from "./followers";
import type {
  Connection,
  ConsoleCall,
  ConsoleListener,
  Follower,
  Line,
  LinePhase,
  LineState,
  TestRun,
  WindowPowers,
} from "./line";
import { asCallError } from "./problems";

/** What the Go side tells of the connection. */
interface GoState {
  state: LinePhase;
  id?: string;
  address: string;
  remote?: boolean;
  /** RFC 3339; absent when no try is planned. */
  retry_at?: string;
  error?: string;
  member?: string;
  role?: "administrator" | "viewer";
}

/** The bound methods, as the window publishes them. */
export interface Bridge {
  Request(method: string, params: string): Promise<string>;
  Connection(): Promise<GoState>;
  Connections(): Promise<Connection[]>;
  AddConnection(address: string, fingerprint: string): Promise<void>;
  UseConnection(id: string): Promise<void>;
  RemoveConnection(id: string): Promise<void>;
  SignIn(name: string, password: string): Promise<void>;
  SetUp(code: string, name: string, password: string): Promise<void>;
  SignOut(): Promise<void>;
  Retry(): Promise<void>;
  StartService(): Promise<void>;
  CopyText(text: string): Promise<void>;
}

/** The window's event bus. */
export interface Runtime {
  EventsOn(name: string, handle: (...data: unknown[]) => void): () => void;
}

declare global {
  interface Window {
    go?: { main?: { Bridge?: Bridge } };
    runtime?: Runtime;
  }
}

export class BridgeLine implements Line {
  private current: LineState = { phase: "connecting", address: "", remote: false };
  private at = "";
  private readonly watchers = new Set<() => void>();
  private readonly followers = new Followers((method, params) => this.request(method, params));
  readonly window: WindowPowers;

  constructor(
    private readonly bridge: Bridge,
    runtime: Runtime,
  ) {
    runtime.EventsOn("connection", (state) => this.learn(state as GoState));
    runtime.EventsOn("frames", (frames) => {
      for (const frame of frames as { params: unknown }[]) this.followers.push(frame.params);
    });
    void bridge.Connection().then((state) => this.learn(state));
    this.window = {
      startService: () => bridge.StartService().catch(rethrow),
      connections: () => bridge.Connections().catch(rethrow),
      addConnection: (address, fingerprint) => bridge.AddConnection(address, fingerprint).catch(rethrow),
      changeTo: (id) => bridge.UseConnection(id).catch(rethrow),
      removeConnection: (id) => bridge.RemoveConnection(id).catch(rethrow),
    };
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
    try {
      return JSON.parse((await this.bridge.Request(method, JSON.stringify(params))) || "null");
    } catch (error) {
      throw asCallError(error);
    }
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.bridge.SignIn(name, password).catch(rethrow);
  }

  async setUp(code: string, name: string, password: string): Promise<void> {
    await this.bridge.SetUp(code, name, password).catch(rethrow);
  }

  async signOut(): Promise<void> {
    await this.bridge.SignOut().catch(rethrow);
  }

  retry(): void {
    void this.bridge.Retry();
  }

  copy(text: string): Promise<void> {
    return this.bridge.CopyText(text);
  }

  private learn(told: GoState): void {
    const before = this.current;
    if (told.id !== undefined && told.id !== this.at) {
      this.at = told.id;
      this.followers.forget();
    }
    const away = told.state === "lost" || told.state === "no_service";
    this.current = {
      phase: told.state,
      address: told.address,
      remote: told.remote ?? false,
      ...(told.retry_at ? { retryAt: Date.parse(told.retry_at) } : {}),
      ...(away ? { lostAt: before.lostAt ?? Date.now() } : {}),
      ...(told.member ? { member: told.member } : {}),
      ...(told.role ? { role: told.role } : {}),
      ...(told.error ? { error: told.error } : {}),
    };
    if (told.state === "online" && before.phase !== "online") this.followers.resume();
    if (told.state !== "online") this.followers.pause();
    for (const changed of this.watchers) changed();
  }
}

function rethrow(error: unknown): never {
  throw asCallError(error);
}
