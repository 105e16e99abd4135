// The test of an upstream as a component sees it: what it does now, since when,
// and how to end it. Who leaves the page ends it, too.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { CallError, Params, Schema } from "./call";
import type { TestRun } from "./line";
import { asCallError } from "./problems";
import { useLine } from "./react";

/** A test that goes on. */
export interface UnderTest {
  /** The step that runs; empty until the first has begun. */
  step: string;
  /** When it began, as milliseconds since 1970. */
  since: number;
}

export interface Tester {
  /** Undefined while none goes on. */
  running: UnderTest | undefined;
  /** Why the last one was not made. */
  error: CallError | undefined;
  /** True when the last one was given up. */
  canceled: boolean;
  /** Begins one, in place of one that goes on. Gives nothing when it was given up; rejects with a CallError. */
  run(params: Params<"upstreams.test">): Promise<Schema<"TestReport"> | undefined>;
  cancel(): void;
}

/** What a test may change: it is read anew afterwards. */
const touched = ["upstreams", "health", "status"];

export function useUpstreamTest(): Tester {
  const line = useLine();
  const client = useQueryClient();
  const [running, setRunning] = useState<UnderTest>();
  const [error, setError] = useState<CallError>();
  const [canceled, setCanceled] = useState(false);
  const current = useRef<TestRun>(undefined);
  // Whatever a test says that is not the latest, nobody wants to know.
  const latest = useRef(0);

  const leave = useCallback(() => {
    latest.current++;
    current.current?.cancel();
    current.current = undefined;
  }, []);
  const here = useRef(false);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
      // Strict mode leaves and comes back at once: that gives nothing up.
      setTimeout(() => here.current || leave());
    };
  }, [leave]);

  const cancel = useCallback(() => {
    if (!current.current) return;
    leave();
    setRunning(undefined);
    setCanceled(true);
  }, [leave]);

  const run = useCallback(
    async (params: Params<"upstreams.test">) => {
      leave();
      const own = latest.current;
      setError(undefined);
      setCanceled(false);
      setRunning({ step: "", since: Date.now() });
      const begun = line.test(params, (step) => {
        if (own === latest.current) setRunning((now) => now && { ...now, step });
      });
      current.current = begun;
      try {
        const report = await begun.done;
        if (own !== latest.current) return undefined;
        for (const noun of touched) void client.invalidateQueries({ queryKey: [noun] });
        if (!report) setCanceled(true);
        return report;
      } catch (reason) {
        if (own !== latest.current) return undefined;
        setError(asCallError(reason));
        throw asCallError(reason);
      } finally {
        if (own === latest.current) {
          current.current = undefined;
          setRunning(undefined);
        }
      }
    },
    [line, client, leave],
  );
  return { running, error, canceled, run, cancel };
}
