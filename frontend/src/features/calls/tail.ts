// The calls on the screen: what arrived live, newest first, then what was read
// from the log. It lives outside of React and tells it at most every tenth of a
// second, however fast calls arrive.

import type { Schema } from "@/rpc";
import { type CallFilter, matches } from "./filter";

type Call = Schema<"Call">;

/** How many live calls are held; the log has the rest. */
export const mostLive = 50_000;
/** The ring is cut back in pieces, so that cutting costs next to nothing a call. */
const slack = 5_000;
const interval = 100;

export interface TailView {
  /** Changes whenever rows do. */
  revision: number;
  count: number;
  paused: boolean;
  /** Live calls held back while it is paused. */
  held: number;
  /** Calls that the service could not deliver in time. */
  lost: number;
}

export class Tail {
  /** Oldest first: appending is cheap. */
  private live: Call[] = [];
  private held: Call[] = [];
  /** Newest first, as the log answers. */
  private older: Call[] = [];
  private view: TailView = { revision: 0, count: 0, paused: false, held: 0, lost: 0 };
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private dirty: Partial<TailView> = {};

  constructor(private readonly filter: CallFilter) {}

  snapshot = (): TailView => this.view;

  watch = (changed: () => void): (() => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };

  /** The row at a place, counted from the newest. */
  at(index: number): Call | undefined {
    const live = this.live.length;
    return index < live ? this.live[live - 1 - index] : this.older[index - live];
  }

  /** Calls that have just finished. */
  add(calls: Call[], dropped = 0): void {
    const into = this.view.paused ? this.held : this.live;
    for (const call of calls) if (matches(call, this.filter)) into.push(call);
    trim(into);
    this.tell({ lost: this.view.lost + dropped });
  }

  /** What the log holds; calls that arrived live meanwhile are not shown twice. */
  setOlder(calls: Call[]): void {
    const shown = new Set(this.live.concat(this.held).map((call) => call.id));
    this.older = calls.filter((call) => !shown.has(call.id));
    this.tell({});
  }

  pause(): void {
    if (!this.view.paused) this.flush({ paused: true });
  }

  resume(): void {
    if (!this.view.paused) return;
    for (const call of this.held) this.live.push(call);
    trim(this.live);
    this.held = [];
    this.flush({ paused: false });
  }

  forgetLost(): void {
    this.flush({ lost: 0 });
  }

  /** Nobody looks any more; who looks again later is told again. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tell(change: Partial<TailView>): void {
    this.dirty = { ...this.dirty, ...change };
    this.timer ??= setTimeout(() => this.flush({}), interval);
  }

  private flush(change: Partial<TailView>): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { dirty } = this;
    this.dirty = {};
    this.view = {
      ...this.view,
      ...dirty,
      ...change,
      revision: this.view.revision + 1,
      count: this.live.length + this.older.length,
      held: this.held.length,
    };
    for (const changed of this.watchers) changed();
  }
}

function trim(calls: Call[]): void {
  if (calls.length > mostLive + slack) calls.splice(0, calls.length - mostLive);
}
