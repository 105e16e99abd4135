// What the service tells of drills, in what the page knows of them.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { CallError, Schema } from "@/rpc";
import { useCommand, useFollow, useRead } from "@/rpc/react";

type Drill = Schema<"Drill">;

/** Puts a drill where it is looked up; one that nobody has seen yet comes first. */
export function keep(client: QueryClient, drill: Drill): void {
  client.setQueryData(["drills", "drills.get", { id: drill.id }], drill);
  client.setQueryData(["drills", "drills.list", {}], (page: { items: Drill[] } | undefined) => {
    if (!page) return page;
    const known = page.items.some((one) => one.id === drill.id);
    return {
      ...page,
      items: known ? page.items.map((one) => (one.id === drill.id ? drill : one)) : [drill, ...page.items],
    };
  });
}

/** The drill that runs, whoever started it. */
export function useRunning(): Drill | undefined {
  const drills = useRead("drills.list", {});
  return drills.data?.items.find((one) => one.state === "running");
}

/** The same, kept true by what the service tells; to be used once on a page. */
export function useNews(): Drill | undefined {
  const client = useQueryClient();
  const running = useRunning();
  useFollow("drills.watch", (push) => {
    for (const { data } of push.events) keep(client, data);
    // One that a schedule has started is what came of that schedule.
    void client.invalidateQueries({ queryKey: ["schedules", "schedules.states"] });
    if (push.dropped) void client.invalidateQueries({ queryKey: ["drills"] });
  });
  // Should the word of its end be lost, asking finds it out.
  const asked = useRead(
    "drills.get",
    { id: running?.id ?? "" },
    { enabled: running !== undefined, every: 5000 },
  );
  const ended = asked.data && asked.data.id === running?.id && asked.data.state !== "running";
  useEffect(() => {
    if (ended && asked.data) keep(client, asked.data);
  }, [ended, asked.data, client]);
  return ended ? undefined : running;
}

/** Ends a drill at once. */
export function useEnd(id: string): { end: () => void; pending: boolean; error: CallError | undefined } {
  const client = useQueryClient();
  const abort = useCommand("drills.abort");
  // Where somebody else was quicker, there is nothing left to do.
  const error = abort.error?.problem.code === "taken" ? undefined : abort.error;
  return {
    end: () =>
      abort.mutate({ id }, { onError: () => void client.invalidateQueries({ queryKey: ["drills"] }) }),
    pending: abort.isPending,
    error: error ?? undefined,
  };
}
