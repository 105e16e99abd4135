// A schedule in words.

import type { Schema } from "@/rpc";
import { locale, type Translate, useT } from "@/shared/i18n";
import { scheduleText } from "./scheduletext";
import { rhythmOf, type Weekday, weekdays } from "./schedulevalues";
import { joined } from "./words";

type Schedule = Schema<"DrillSchedule">;
type Outcome = Schema<"ScheduleOutcome">;
type T = Translate<(typeof scheduleText)["en"]>;

/** "Mon", or "Monday" where there is room, in the page's language. */
export function dayWord(day: Weekday, weekday: "short" | "long" = "short"): string {
  // 1 January 2024 was a Monday.
  const date = new Date(Date.UTC(2024, 0, 1 + weekdays.indexOf(day)));
  return new Intl.DateTimeFormat(locale(), { weekday, timeZone: "UTC" }).format(date);
}

/** "Mon and Thu at 02:30". */
function whenWords(t: T, schedule: Pick<Schedule, "at" | "days" | "every_days" | "name" | "drill">): string {
  const at = schedule.at || "…";
  switch (rhythmOf(schedule)) {
    case "every":
      return t("every", { count: schedule.every_days ?? 0, at });
    case "weekly":
      return t("weekly", { days: joined((schedule.days ?? []).map((day) => dayWord(day))), at });
    default:
      return t("daily", { at });
  }
}

/** Why the last time started nothing: "another drill ran". */
function causeWords(t: T, last: Outcome): string {
  const cause = last.cause ? t(`cause.${last.cause}`) : (last.reason ?? "");
  return (last.missed ?? 0) > 1 ? `${t("missed", { count: last.missed ?? 0 })}; ${cause}` : cause;
}

export function useScheduleWords() {
  const t = useT(scheduleText);
  return {
    when: (schedule: Parameters<typeof whenWords>[1]) => whenWords(t, schedule),
    cause: (last: Outcome) => causeWords(t, last),
  };
}
