// Answering a storm of news without drowning in it.

/** Work that is wanted again and again. */
export interface Turn {
  want(): void;
  stop(): void;
}

/**
 * Does the work at once when it is wanted, and once more for all that was
 * wanted meanwhile. Between two runs there is a rest of so many milliseconds,
 * and of four times as long as the work took: a slow service is not asked to
 * death. No run is begun before the last one has ended, so each gets through.
 */
export function inTurn(work: () => Promise<unknown>, rest: number): Turn {
  let state: "idle" | "busy" | "wanted" | "stopped" = "idle";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async () => {
    state = "busy";
    const begun = performance.now();
    // What failed says so where it is shown.
    await work().catch(() => undefined);
    if (stopped()) return;
    timer = setTimeout(
      () => {
        if (state === "wanted") void run();
        else state = "idle";
      },
      Math.max(rest, 4 * (performance.now() - begun)),
    );
  };
  // Not written as a comparison there: the work has changed the state meanwhile.
  const stopped = () => state === "stopped";
  return {
    want: () => {
      if (state === "idle") void run();
      else if (state === "busy") state = "wanted";
    },
    stop: () => {
      clearTimeout(timer);
      state = "stopped";
    },
  };
}
