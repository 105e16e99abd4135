// What came of a drill.

import type { Schema } from "@/rpc";
import { drillDefaults } from "./faults";

type Drill = Schema<"Drill">;

export type Outcome = "running" | "passed" | "failed" | "none";

/** Calls of which the drill can say whether they were served. */
export function judged(report: Schema<"DrillReport"> | undefined): number {
  return report ? report.served + report.failed + report.interrupted : 0;
}

/**
 * A drill that a person or a restart cut short says nothing; one that was ended
 * to protect others has failed, whatever its own calls got.
 */
export function outcomeOf(drill: Drill): Outcome {
  if (drill.state === "running") return "running";
  if (drill.state === "auto_aborted") return "failed";
  if (drill.state !== "ended" || judged(drill.report) === 0) return "none";
  return drill.report?.passed ? "passed" : "failed";
}

/** One part of the objective, and whether it was met. */
export interface Criterion {
  id: "served" | "added" | "addedUnknown";
  met: boolean;
  is: number;
  want: number;
}

export function criteriaOf(drill: Drill): Criterion[] {
  const { report } = drill;
  if (!report || judged(report) === 0) return [];
  const want = drill.spec.objective?.served_percent || drillDefaults.served_percent;
  const found: Criterion[] = [
    { id: "served", met: report.served_percent >= want, is: report.served_percent, want },
  ];
  const most = drill.spec.objective?.added_p99_ms ?? 0;
  if (most > 0) {
    const known = report.baseline_p99_ms > 0;
    found.push({
      id: known ? "added" : "addedUnknown",
      met: known && report.added_p99_ms <= most,
      is: report.added_p99_ms,
      want: most,
    });
  }
  return found;
}

/** How long recovery is looked for after the end. Source: the service's drill runner. */
const recoverWatch = 30 * 60_000;

/** Whether the drill may still see its upstreams recover. */
export function mayRecover(drill: Drill, now: number): boolean {
  return drill.state === "running" || now - Date.parse(drill.ended_at ?? drill.ends_at) < recoverWatch;
}
