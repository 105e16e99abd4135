// The one run of live checks that may be under way in the service.

import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";

type Job = Schema<"Job">;

/** Which model behind which upstream a run is about; the names of models may have strokes of their own. */
export function subjectOf(
  job: Pick<Job, "subject"> | undefined,
): { upstream: string; model: string } | undefined {
  const [upstream, ...model] = job?.subject?.split("/") ?? [];
  return upstream && model.length > 0 ? { upstream, model: model.join("/") } : undefined;
}

/** A job by its id, or the run that is under way; followed, as the list of jobs is. */
export function useRun(id?: string): Job | undefined {
  const jobs = useRead("jobs.list", {});
  return jobs.data?.items.find((job) =>
    id === undefined ? job.kind === "upstreams.certify" && job.state === "running" : job.id === id,
  );
}
