// The values of a schedule's form, and what they ask the service for.

import type { Schema } from "@/rpc";
import { missingIn, specOf, type Values, valuesOf } from "./values";

type Schedule = Schema<"DrillSchedule">;
type Spec = Schema<"DrillSpec">;
export type Weekday = NonNullable<Schedule["days"]>[number];

/** The days of the week, as the service calls them. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const satisfies Weekday[];

/** The most days between two drills. */
export const everyMost = 365;

export const rhythms = ["daily", "weekly", "every"] as const;
export type Rhythm = (typeof rhythms)[number];

export interface ScheduleValues {
  name: string;
  title: string;
  at: string;
  rhythm: Rhythm;
  days: Weekday[];
  every: number | "";
  first: string;
  drill: Values;
}

export function scheduleValuesOf(schedule?: Schedule): ScheduleValues {
  return {
    name: schedule?.name ?? "",
    title: schedule?.title ?? "",
    at: schedule?.at ?? "",
    rhythm: rhythmOf(schedule),
    days: schedule?.days ?? [],
    every: schedule?.every_days || "",
    first: schedule?.first ?? "",
    drill: valuesOf(schedule?.drill),
  };
}

export function rhythmOf(schedule: Schedule | undefined): Rhythm {
  if (schedule?.every_days) return "every";
  return schedule?.days?.length ? "weekly" : "daily";
}

/** What a drill is when nothing is said: a change names all of it, since the service merges what it is sent. */
export const nothingSaid = {
  upstreams: [],
  all_cloud: false,
  model: "",
  percent: 0,
  delay_ms: 0,
  retry_after_s: 0,
  flap_s: 0,
  scope: { keys: false, apps: [], route: "", tenant: "", call_percent: 0 },
  duration_s: 0,
  note: "",
  objective: { served_percent: 0, added_p99_ms: 0 },
} satisfies Omit<Required<Spec>, "fault">;

/** A schedule as it is saved, but for its name. */
export function scheduleOf(values: ScheduleValues) {
  const { rhythm } = values;
  const drill = specOf(values.drill);
  // Days in the order of the week, however they were ticked.
  const days = rhythm === "weekly" ? weekdays.filter((day) => values.days.includes(day)) : [];
  return {
    title: values.title,
    at: values.at,
    days,
    every_days: rhythm === "every" ? Number(values.every) : 0,
    // Left out, the service keeps the day, or counts from the next time on.
    ...(rhythm === "every" ? (values.first ? { first: values.first } : {}) : { first: "" }),
    drill: {
      ...nothingSaid,
      ...drill,
      scope: { ...nothingSaid.scope, ...drill.scope },
      objective: { ...nothingSaid.objective, ...drill.objective },
    },
  };
}

export type MissingField = "name" | "at" | "days" | "every" | "drill.upstreams" | "drill.scope";

/** What is missing before it can be saved. */
export function missingOf(values: ScheduleValues): MissingField[] {
  return [
    ...(values.name.trim() ? [] : (["name"] as const)),
    ...(values.at ? [] : (["at"] as const)),
    ...(values.rhythm === "weekly" && values.days.length === 0 ? (["days"] as const) : []),
    ...(values.rhythm === "every" && !values.every ? (["every"] as const) : []),
    ...missingIn(values.drill).map((field) => `drill.${field}` as const),
  ];
}
