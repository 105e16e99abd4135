import { describe, expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { criteriaOf, mayRecover, outcomeOf } from "./outcome";

const report = (change: Partial<Schema<"DrillReport">> = {}) =>
  ({
    calls: 10,
    served: 9,
    failed: 1,
    interrupted: 0,
    served_percent: 90,
    ...change,
  }) as Schema<"DrillReport">;

const drill = (state: Schema<"Drill">["state"], of?: Schema<"DrillReport">): Schema<"Drill"> => ({
  id: "drl_1",
  spec: { fault: "refused", objective: { served_percent: 90, added_p99_ms: 500 } },
  state,
  started_by: "admin",
  started_at: "2026-01-01T00:00:00Z",
  ends_at: "2026-01-01T00:01:00Z",
  ...(of ? { report: of } : {}),
});

describe("a drill", () => {
  test.each([
    ["running", drill("running", report({ passed: true })), "running"],
    ["passed", drill("ended", report({ passed: true })), "passed"],
    ["failed", drill("ended", report({ passed: false })), "failed"],
    [
      "without verdict when no call took part",
      drill("ended", report({ calls: 0, served: 0, failed: 0 })),
      "none",
    ],
    ["without verdict when a person ended it", drill("aborted", report()), "none"],
    ["without verdict when the service stopped", drill("interrupted"), "none"],
    ["failed when others had to be protected from it", drill("auto_aborted", report()), "failed"],
  ] as const)("is %s", (_, one, outcome) => {
    expect(outcomeOf(one)).toBe(outcome);
  });

  test("is judged by what it was to show", () => {
    const known = report({ baseline_p99_ms: 100, added_p99_ms: 600 });
    expect(criteriaOf(drill("ended", known))).toEqual([
      { id: "served", met: true, is: 90, want: 90 },
      { id: "added", met: false, is: 600, want: 500 },
    ]);
    expect(criteriaOf(drill("ended", report({ baseline_p99_ms: 0, added_p99_ms: 0 })))[1]).toMatchObject({
      id: "addedUnknown",
      met: false,
    });
  });

  test("may recover for half an hour", () => {
    const end = Date.parse("2026-01-01T00:01:00Z");
    expect(mayRecover(drill("ended"), end + 60_000)).toBe(true);
    expect(mayRecover(drill("ended"), end + 31 * 60_000)).toBe(false);
  });
});
