// Calls of the test console on one line: each has a name, and what arrives
// under it is its answer. A lost line is the end of them: nobody makes a call
// twice by himself.

import type { Push, Schema, Streams } from "./call";
import type { ConsoleCall, ConsoleListener } from "./line";
import { lineError, localCodes } from "./problems";

interface Entry {
  told: ConsoleListener;
  end(error?: unknown): void;
}

type Request = (method: string, params: unknown) => Promise<unknown>;

export class ConsoleCalls {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly request: Request) {}

  begin(name: string, input: Schema<"ConsoleInput">, told: ConsoleListener): ConsoleCall {
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
    this.entries.set(name, { told, end });
    const begun = this.request("console.send", { subscription: name, body: input });
    begun.catch(end);
    // What was not begun yet cannot be canceled: the order is kept here.
    const cancel = () =>
      void begun
        .then(() => this.entries.has(name) && this.request("console.cancel", { subscription: name }))
        .catch(() => undefined);
    return { done, cancel };
  }

  /** Hands on what belongs to a call; false when it does not. */
  push(params: unknown): boolean {
    const push = params as Push<keyof Streams>;
    const entry = this.entries.get(push.subscription);
    if (!entry) return false;
    for (const event of push.events) {
      const data = event.data as unknown as Schema<"ConsoleEvent">;
      entry.told(data);
      if (data.end) entry.end();
    }
    return true;
  }

  /** The line is gone, and with it every call. */
  lost(): void {
    for (const entry of [...this.entries.values()]) {
      entry.end(
        lineError(localCodes.lost, "Contact with the service was lost before the answer was complete."),
      );
    }
  }
}
