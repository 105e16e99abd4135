// A service in this page's memory, for development and tests: the same
// operations, rules and refusals. It is told to fail by names, not by patching:
// whatever asks for something named fail-… fails in that way.

import type { Params, Push, Schema, Streams } from "../call";
import type { ConsoleCall, ConsoleListener, Follower, Line, LinePhase, LineState, TestRun } from "../line";
import { lineError, localCodes } from "../problems";
import { answerOf } from "./console";
import { handlers } from "./handlers";
import { refuse } from "./refuse";
import { newWorld, type Seed, type World } from "./world";

export { finishRun } from "./capabilities";
export { call as fakeCall, type Seed, steppedCall, type World } from "./world";

const changes =
  /\.(create|update|delete|start|cancel|abort|test|apply|revoke|renew|preview|refresh|reset|certify|certify_plan)$|^upstreams\.models$/;

export class FakeLine implements Line {
  readonly world: World;
  private current: LineState = {
    phase: "online",
    address: "fake",
    remote: false,
    member: "admin",
    role: "administrator",
  };
  private readonly watchers = new Set<() => void>();
  private readonly followers = new Map<Follower<keyof Streams>, keyof Streams>();
  private seq = 0;
  /** What was asked, in order, for who wants to know. */
  readonly asked: { method: string; params: unknown }[] = [];

  constructor(
    seed: Seed = "practice",
    private readonly latency = 0,
  ) {
    this.world = newWorld(seed);
    this.world.publish = (stream, data) => this.publish(stream, data);
  }

  state(): LineState {
    return this.current;
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  follow<Name extends keyof Streams>(stream: Name, follower: Follower<Name>): () => void {
    const any = follower as Follower<keyof Streams>;
    this.followers.set(any, stream);
    return () => this.followers.delete(any);
  }

  async request(method: string, params: unknown): Promise<unknown> {
    this.asked.push({ method, params });
    return this.answer(method, params);
  }

  private async answer(method: string, params: unknown): Promise<unknown> {
    const text = JSON.stringify(params ?? {});
    if (this.latency || text.includes("fail-slow")) await wait(this.latency || 3000);
    // Long enough for whoever waits to show it, short enough for a test.
    else await wait(0);
    if (this.current.phase !== "online" || text.includes("fail-lost")) {
      throw lineError(localCodes.lost, "There is no contact with the service.");
    }
    if (text.includes("fail-timeout"))
      throw lineError(localCodes.timeout, "The service did not answer in time.");
    if (text.includes("fail-500")) throw refuse(500, "internal", "Headwater could not complete this.");
    if (this.world.role === "viewer" && changes.test(method)) {
      throw refuse(403, "forbidden", "eve may not do this.");
    }
    const handler = handlers[method];
    if (!handler) throw refuse(404, "not_found", `There is no method ${method}.`);
    return structuredClone(await handler((params ?? {}) as never, this.world));
  }

  console(input: Schema<"ConsoleInput">, told: ConsoleListener): ConsoleCall {
    this.asked.push({ method: "console.send", params: input });
    let gaveUp: () => void = () => undefined;
    const canceled = new Promise<"canceled">((now) => {
      gaveUp = () => now("canceled");
    });
    const done = (async () => {
      if (this.current.phase !== "online")
        throw lineError(localCodes.lost, "There is no contact with the service.");
      if (this.world.role === "viewer") throw refuse(403, "forbidden", "eve may not do this.");
      await answerOf(this.world, input, told, canceled);
    })();
    return { done, cancel: gaveUp };
  }

  /** An upstream named fail-silent says nothing until its test is given up. */
  test(params: Params<"upstreams.test">, told: (step: string) => void): TestRun {
    this.asked.push({ method: "upstreams.test", params });
    let gaveUp: () => void = () => undefined;
    const canceled = new Promise<undefined>((now) => {
      gaveUp = () => {
        this.asked.push({ method: "unsubscribe", params });
        now(undefined);
      };
    });
    const done = (async () => {
      await wait(0);
      told("connect");
      if (params.ref.includes("fail-silent")) {
        told("answer");
        return canceled;
      }
      const report = this.answer("upstreams.test", params) as Promise<Schema<"TestReport">>;
      return Promise.race([report, canceled]);
    })();
    return { done, cancel: gaveUp };
  }

  async signIn(name: string, password: string): Promise<void> {
    if (password.length < 12) throw refuse(401, "unauthenticated", "Name or password is wrong.");
    this.set({ phase: "online", member: name });
  }

  async setUp(): Promise<void> {
    this.world.setupNeeded = false;
    this.set({ phase: "online", member: "admin" });
  }

  async signOut(): Promise<void> {
    this.set({ phase: "signed_out" });
  }

  retry(): void {
    this.set({ phase: "online" });
  }

  async copy(): Promise<void> {}

  /** A call has just ended. */
  ended(one: World["calls"][number]): void {
    this.world.calls.unshift(one);
    this.publish("calls.tail", one);
  }

  /** Loses contact, or finds it again; becomes a viewer. */
  set(change: Partial<LineState> & { phase?: LinePhase }): void {
    if (change.role) this.world.role = change.role;
    this.current = { ...this.current, role: this.world.role, ...change };
    for (const changed of this.watchers) changed();
  }

  private publish<Name extends keyof Streams>(stream: Name, data: Streams[Name]): void {
    const event = { seq: ++this.seq, at: new Date().toISOString(), data };
    for (const [follower, followed] of this.followers) {
      if (followed === stream) {
        follower({ subscription: "fake", seq: event.seq, events: [event] } as Push<keyof Streams>);
      }
    }
  }
}

const wait = (ms: number) => new Promise((later) => setTimeout(later, ms));
