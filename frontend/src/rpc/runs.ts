// What goes on for a while on one line and is told in pieces: calls of the test
// console and tests of upstreams. Each has a name, and what arrives under it is
// its own. A lost line is the end of them: nobody begins one twice by himself.

import { CallError, type Params, type Push, type Schema, type Streams } from "./call";
import type { ConsoleCall, ConsoleListener, TestRun } from "./line";
import { lineError, localCodes } from "./problems";

interface Entry {
  told(data: unknown): void;
  end(error?: unknown): void;
}

type Request = (method: string, params: unknown) => Promise<unknown>;

interface Begun {
  method: string;
  params: unknown;
  /** The method that gives it up by its name. */
  cancel: string;
}

export class Runs {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly request: Request) {}

  /** A call of the test console. */
  console(name: string, input: Schema<"ConsoleInput">, told: ConsoleListener): ConsoleCall {
    const params = { subscription: name, body: input };
    return this.begin<Schema<"ConsoleEvent">>(
      name,
      { method: "console.send", params, cancel: "console.cancel" },
      told,
    );
  }

  /** A test of an upstream. */
  test(name: string, of: Params<"upstreams.test">, told: (step: string) => void): TestRun {
    let end: Schema<"TestEnd"> | undefined;
    const params = { ...of, subscription: name };
    const run = this.begin<Schema<"TestEvent">>(
      name,
      { method: "upstreams.test", params, cancel: "unsubscribe" },
      (event) => {
        if (event.step) told(event.step);
        end = event.end;
      },
    );
    const done = run.done.then(() => {
      if (end?.problem) throw new CallError(end.problem);
      return end?.report;
    });
    return { done, cancel: run.cancel };
  }

  /** Hands on what belongs to a run; false when it does not. */
  push(params: unknown): boolean {
    const push = params as Push<keyof Streams>;
    const entry = this.entries.get(push.subscription);
    if (!entry) return false;
    for (const event of push.events) {
      const data = event.data as unknown as { end?: unknown };
      entry.told(data);
      if (data.end) entry.end();
    }
    return true;
  }

  /** The line is gone, and with it every run. */
  lost(): void {
    for (const entry of [...this.entries.values()]) {
      entry.end(
        lineError(localCodes.lost, "Contact with the service was lost before the answer was complete."),
      );
    }
  }

  private begin<Event>(name: string, what: Begun, told: (event: Event) => void): ConsoleCall {
    let resolve: () => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const done = new Promise<void>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    const end = (error?: unknown) => {
      this.entries.delete(name);
      if (error === undefined) resolve();
      else reject(error);
    };
    // What comes under its name is what its method says.
    this.entries.set(name, { told: (data) => told(data as Event), end });
    const begun = this.request(what.method, what.params);
    begun.catch(end);
    // What was not begun yet cannot be canceled: the order is kept here.
    const cancel = () =>
      void begun
        .then(() => this.entries.has(name) && this.request(what.cancel, { subscription: name }))
        .catch(() => undefined);
    return { done, cancel };
  }
}
