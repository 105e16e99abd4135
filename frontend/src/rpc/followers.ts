// Subscriptions that survive the line: each remembers the last number it saw
// and goes on from there when the line is back.

import type { Params, Push, Schema, Streams } from "./call";
import type { ConsoleCall, ConsoleListener, Follower, TestRun } from "./line";
import { Runs } from "./runs";

interface Entry {
  stream: keyof Streams;
  follower: Follower<keyof Streams>;
  after: number;
}

type Request = (method: string, params: unknown) => Promise<unknown>;

export class Followers {
  private readonly entries = new Map<string, Entry>();
  private next = 1;
  private online = false;
  private readonly runs: Runs;

  constructor(private readonly request: Request) {
    this.runs = new Runs(request);
  }

  /** A call of the test console: it is not made again on another line. */
  console(input: Schema<"ConsoleInput">, told: ConsoleListener): ConsoleCall {
    return this.runs.console(`c${this.next++}`, input, told);
  }

  /** A test of an upstream, likewise. */
  test(params: Params<"upstreams.test">, told: (step: string) => void): TestRun {
    return this.runs.test(`t${this.next++}`, params, told);
  }

  follow<Name extends keyof Streams>(stream: Name, follower: Follower<Name>): () => void {
    const name = `s${this.next++}`;
    // A follower of one stream is only ever given that stream's pushes.
    this.entries.set(name, { stream, follower: follower as Follower<keyof Streams>, after: 0 });
    if (this.online) this.subscribe(name);
    return () => {
      this.entries.delete(name);
      if (this.online) this.request("unsubscribe", { subscription: name }).catch(() => undefined);
    };
  }

  /** The line is signed in: everything is followed anew. */
  resume(): void {
    this.online = true;
    for (const name of this.entries.keys()) this.subscribe(name);
  }

  /** The line is gone. */
  pause(): void {
    this.online = false;
    this.runs.lost();
  }

  /** Another service numbers its events anew. */
  forget(): void {
    for (const entry of this.entries.values()) entry.after = 0;
  }

  /** Hands a notification to whoever follows it. */
  push(params: unknown): void {
    const push = params as Push<keyof Streams>;
    if (this.runs.push(params)) return;
    const entry = this.entries.get(push.subscription);
    if (!entry) return;
    if (push.seq > 0) entry.after = push.seq;
    entry.follower(push);
  }

  private subscribe(name: string): void {
    const entry = this.entries.get(name);
    if (!entry) return;
    const params = entry.after > 0 ? { subscription: name, after: entry.after } : { subscription: name };
    // A refused subscription (a viewer's, a lost line's) leaves the follower
    // quiet; the operations beside it say why.
    this.request(entry.stream, params).catch(() => undefined);
  }
}
