// What a person has decided about an upstream, and until when.

import type { Params, Schema } from "@/rpc";

type Upstream = Schema<"Upstream">;
type Body = Params<"upstreams.update">["body"];

/** The word of a person that holds now; "enabled" when it may be used. */
export function operatorState(
  upstream: Pick<Upstream, "state" | "maintenance_until">,
  now: number,
): "enabled" | "draining" | "maintenance" | "disabled" {
  const state = upstream.state ?? "enabled";
  const until = upstream.maintenance_until;
  // The document stays as it was written; the time in it ends it by itself.
  if (state === "maintenance" && until && Date.parse(until) <= now) return "enabled";
  return state;
}

export const pausing: Body = { state: "disabled", maintenance_until: null };
export const draining: Body = { state: "draining", maintenance_until: null };
export const resuming: Body = { state: "enabled", maintenance_until: null };

/** Maintenance until a moment, or until a person ends it. */
export function maintaining(until: Date | undefined): Body {
  return { state: "maintenance", maintenance_until: until ? until.toISOString() : null };
}

export const untils = ["hour", "fourHours", "tomorrow", "custom", "open"] as const;
export type Until = (typeof untils)[number];

/** The hour at which people are back. */
const morning = 8;

/** The end of a choice; undefined when a person ends it, or nothing usable was typed. */
export function endOf(choice: Until, typed: string, now: Date): Date | undefined {
  switch (choice) {
    case "hour":
      return new Date(now.getTime() + 3_600_000);
    case "fourHours":
      return new Date(now.getTime() + 4 * 3_600_000);
    case "tomorrow":
      return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, morning);
    case "custom": {
      const chosen = new Date(typed);
      return Number.isNaN(chosen.getTime()) || chosen <= now ? undefined : chosen;
    }
    case "open":
      return undefined;
  }
}

/** A moment as a field of type datetime-local holds it. */
export function asField(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
