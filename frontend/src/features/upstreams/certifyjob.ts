// The one run of live checks that may be under way in the service.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";

type Job = Schema<"Job">;

/** What a run was started for. */
interface Subject {
  job: string;
  upstream: string;
  model: string;
}

// A job does not say what it is about: whoever started it here keeps that as long as the window lives.
const kept = "headwater.certify";
const key = [kept];

/** Keeps what a run was started for. */
export function useRemember(): (subject: Subject) => void {
  const client = useQueryClient();
  return (subject) => {
    sessionStorage.setItem(kept, JSON.stringify(subject));
    client.setQueryData(key, subject);
  };
}

/** What a job was started for, where that was done in this window. */
export function useSubject(job: Pick<Job, "id"> | undefined): Subject | undefined {
  const { data } = useQuery<Subject | null>({
    queryKey: key,
    queryFn: () => JSON.parse(sessionStorage.getItem(kept) ?? "null") as Subject | null,
  });
  return job && data?.job === job.id ? data : undefined;
}

/** A job by its id, or the run that is under way; followed, as the list of jobs is. */
export function useRun(id?: string): Job | undefined {
  const jobs = useRead("jobs.list", {});
  return jobs.data?.items.find((job) =>
    id === undefined ? job.kind === "upstreams.certify" && job.state === "running" : job.id === id,
  );
}
