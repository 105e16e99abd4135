// The form's values and what they ask the service for.

import type { Schema } from "@/rpc";
import { type Fault, ofMachine, takes } from "./faults";

type Spec = Schema<"DrillSpec">;
type Count = number | "";

export interface Values {
  upstreams: string[];
  allCloud: boolean;
  model: string;
  fault: Fault;
  percent: Count;
  delay: Count;
  retryAfter: Count;
  flap: Count;
  keys: boolean;
  apps: string[];
  route: string;
  tenant: string;
  callPercent: Count;
  duration: Count;
  served: Count;
  added: Count;
  note: string;
}

const filled = (value: number | undefined): Count => value || "";

/** A drill as it was asked for, to be asked for again; without one, the least that can be rehearsed. */
export function valuesOf(spec?: Spec): Values {
  const { scope, objective } = spec ?? {};
  return {
    upstreams: spec?.upstreams ?? [],
    allCloud: spec?.all_cloud ?? false,
    model: spec?.model ?? "",
    fault: spec?.fault ?? "refused",
    percent: filled(spec?.percent),
    delay: filled(spec?.delay_ms),
    retryAfter: filled(spec?.retry_after_s),
    flap: filled(spec?.flap_s),
    // Who says nothing harms nobody: keys that were made for it.
    keys: spec ? (scope?.keys ?? false) : true,
    apps: scope?.apps ?? [],
    route: scope?.route ?? "",
    tenant: scope?.tenant ?? "",
    callPercent: filled(scope?.call_percent),
    duration: filled(spec?.duration_s),
    served: filled(objective?.served_percent),
    added: filled(objective?.added_p99_ms),
    note: spec?.note ?? "",
  };
}

/** The fields that are set, by the names that the service has for them. */
function set<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], "" | false> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== "" && value !== false && value !== 0),
  ) as never;
}

export function specOf(values: Values): Spec {
  const { fault } = values;
  const objective = set({ served_percent: values.served, added_p99_ms: values.added });
  const common = {
    fault,
    ...set({ duration_s: values.duration, note: values.note.trim() }),
    ...(Object.keys(objective).length > 0 ? { objective } : {}),
  };
  if (ofMachine(fault)) return common;
  return {
    ...common,
    ...(values.allCloud ? { all_cloud: true } : { upstreams: values.upstreams }),
    ...set({
      model: values.model.trim(),
      percent: values.percent,
      delay_ms: takes(fault, "delay") && values.delay,
      retry_after_s: takes(fault, "retryAfter") && values.retryAfter,
      flap_s: takes(fault, "flap") && values.flap,
    }),
    scope: {
      ...(values.apps.length > 0 ? { apps: values.apps } : {}),
      ...set({
        keys: values.keys,
        route: values.route,
        tenant: values.tenant,
        call_percent: values.callPercent,
      }),
    },
  };
}

/** What is missing before it can be said what would happen. */
export function missingIn(values: Values): ("upstreams" | "scope")[] {
  if (ofMachine(values.fault)) return [];
  const { allCloud, upstreams, keys, apps, route, tenant } = values;
  return [
    ...(allCloud || upstreams.length > 0 ? [] : (["upstreams"] as const)),
    ...(keys || apps.length > 0 || route || tenant ? [] : (["scope"] as const)),
  ];
}
