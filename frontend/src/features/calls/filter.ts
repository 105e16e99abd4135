// The filter of the call log: one line of words, the service's parameters, and
// the same meaning for calls that arrive live.

import type { Params, Schema } from "@/rpc";

type Call = Schema<"Call">;
export type CallFilter = Omit<Params<"calls.list">, "limit" | "cursor" | "since" | "until">;

const texts = ["model", "route", "app", "tenant", "upstream", "key", "code"] as const;

export interface Parsed {
  filter: CallFilter;
  /** The first word that looks like a filter and is none. */
  unknown?: string;
}

/** Reads `status:5xx model:fast errors rest of the text`. */
export function parse(line: string): Parsed {
  const filter: CallFilter = {};
  const rest: string[] = [];
  let unknown: string | undefined;
  for (const word of line.trim().split(/\s+/).filter(Boolean)) {
    const [name = "", ...parts] = word.split(":");
    const value = parts.join(":");
    const field = texts.find((one) => one === name);
    if (word === "errors") filter.errors = true;
    else if (field && value) filter[field] = value;
    else if (name === "status" && value) {
      if (!readStatus(value, filter)) unknown ??= word;
    } else if (parts.length > 0) unknown ??= word;
    else rest.push(word);
  }
  if (rest.length > 0) filter.q = rest.join(" ");
  return unknown === undefined ? { filter } : { filter, unknown };
}

function readStatus(value: string, filter: CallFilter): boolean {
  if (/^[1-5]xx$/i.test(value)) filter.status_class = Number(value[0]);
  else if (/^[1-5]\d\d$/.test(value)) filter.status = Number(value);
  else return false;
  return true;
}

const lower = (text: string | undefined) => (text ?? "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether a call is one of those the service would list for this filter. */
export function matches(call: Call, filter: CallFilter): boolean {
  const { status, status_class: group, q } = filter;
  if (status && call.status !== status) return false;
  if (group && Math.floor(call.status / 100) !== group) return false;
  if (filter.errors && call.status < 400 && !call.interrupted) return false;
  if (filter.code && call.code !== filter.code) return false;
  if (filter.route && call.route !== filter.route) return false;
  if (filter.tenant && call.tenant !== filter.tenant) return false;
  if (filter.app && call.app !== filter.app) return false;
  if (filter.key && call.key_id !== filter.key) return false;
  if (filter.model && call.asked !== filter.model && call.model !== filter.model) return false;
  if (filter.upstream && !touched(call, filter.upstream)) return false;
  return !q || [call.id, call.asked, call.error].some((text) => lower(text).includes(lower(q)));
}

function touched(call: Call, upstream: string): boolean {
  return call.upstream === upstream || call.attempts.some((attempt) => attempt.upstream === upstream);
}
