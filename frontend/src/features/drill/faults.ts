// The faults as the form offers them: in groups, each with the fields that go with it.

import type { Schema } from "@/rpc";

export type Fault = Schema<"DrillSpec">["fault"];

/** The groups of faults, in the order in which they are shown. */
export const faultGroups = [
  { id: "connection", faults: ["refused", "dns", "blackhole", "tls_expired", "slow_connect", "flapping"] },
  { id: "limits", faults: ["rate", "quota", "revoked_key", "overloaded_503", "overloaded_529"] },
  { id: "answers", faults: ["slow_first_token", "error_500", "html", "bad_json", "error_in_200"] },
  { id: "midStream", faults: ["stall", "cut"] },
  { id: "machine", faults: ["disk_full", "database_locked"] },
] as const satisfies readonly { id: string; faults: readonly Fault[] }[];

/** Whether a fault is this machine's: no upstream has it, and it knows no scope. */
export function ofMachine(fault: string): fault is "disk_full" | "database_locked" {
  return fault === "disk_full" || fault === "database_locked";
}

/** A field that goes with some faults only. */
export type ExtraField = "delay" | "retryAfter" | "flap";

const takers: Record<ExtraField, readonly Fault[]> = {
  delay: ["slow_connect", "slow_first_token"],
  retryAfter: ["rate", "quota", "overloaded_503", "overloaded_529"],
  flap: ["flapping"],
};

export function takes(fault: Fault, field: ExtraField): boolean {
  return takers[field].includes(fault);
}

/** What an empty field means. Source: the service's document. */
export const drillDefaults = {
  delay_ms: 5000,
  flap_s: 10,
  duration_s: 60,
  percent: 100,
  call_percent: 100,
  served_percent: 99,
} as const;

/** The longest drill in seconds. */
export const longest = 900;
