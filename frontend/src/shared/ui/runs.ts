// What a strip of the last day shows: runs of one state, and the figures in its words.

/** What callers got of an upstream in a state: the strip's colour and height. */
export type Served = "well" | "less" | "none" | "byHand" | "unknown";

const served: Record<string, Served> = {
  healthy: "well",
  degraded: "less",
  suspect: "less",
  ramp: "less",
  open: "none",
  quarantined: "none",
  probing: "none",
  tried: "none",
  throttled: "none",
  loading: "none",
  draining: "byHand",
  maintenance: "byHand",
  disabled: "byHand",
};

export const servedKinds: Served[] = ["well", "less", "none", "byHand", "unknown"];

export function servedIn(state: string): Served {
  return served[state] ?? "unknown";
}

/** Steps next to each other in which the same state was noted. */
export interface Run<State extends string = string> {
  state: State;
  /** The first step, and the one after the last. */
  from: number;
  to: number;
}

export function runsOf<State extends string>(states: readonly State[]): Run<State>[] {
  const runs: Run<State>[] = [];
  states.forEach((state, i) => {
    const last = runs.at(-1);
    if (last?.state === state) last.to = i + 1;
    else runs.push({ state, from: i, to: i + 1 });
  });
  return runs;
}

/** Of the steps of which something is known, those in which calls were taken throughout. */
export function stepsServed(states: readonly string[]): { good: number; known: number } {
  const known = states.map(servedIn).filter((one) => one !== "unknown");
  return { good: known.filter((one) => one === "well" || one === "less").length, known: known.length };
}
