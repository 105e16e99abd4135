// Schedules of fire drills as the fake service has them: one for each thing that
// can come of the last time. Nothing is started by itself.

import type { Schema } from "../call";
import type { World } from "./world";

type State = Schema<"ScheduleState">;

const drill = {
  upstreams: ["up-0001"],
  fault: "refused",
  scope: { route: "route-1" },
  duration_s: 120,
} as const;

export const schedules = [
  { name: "nightly", title: "Every night", at: "02:30", drill },
  {
    name: "workdays",
    at: "06:00",
    days: ["mon", "thu"],
    drill: { ...drill, fault: "rate", retry_after_s: 5 },
  },
  { name: "third", at: "23:05", every_days: 3, first: "2026-01-01", drill: { fault: "disk_full" } },
  { name: "resting", at: "12:00", state: "disabled", drill: { ...drill, fault: "dns" } },
];

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

export function scheduleStates(world: World): { items: State[]; total: number } {
  const last: Record<string, State["last"]> = {
    nightly: { due: ago(20), result: "started", drill: "drl_5" },
    workdays: {
      due: ago(40),
      result: "skipped",
      cause: "busy",
      reason: "A drill of admin runs since 05:59:30: there is one at a time.",
    },
    third: {
      due: ago(60),
      result: "missed",
      cause: "off",
      reason: "Headwater did not run at that time. A missed drill is not made up for.",
      missed: 2,
    },
  };
  const items = world.documents.schedules.map((one): State => {
    const known = last[one.name];
    return {
      id: one.id,
      name: one.name,
      ...(one.state === "disabled" ? {} : { next: ago(-8) }),
      ...(known ? { last: known } : {}),
    };
  });
  return { items, total: items.length };
}
