import type { Schema } from "@/rpc";

type Figure = number | "";

/** The numbers of the breakers, and what an empty field means. Source: the service's document. */
export const healthDefaults = {
  trip_failures: 3,
  trip_percent: 50,
  trip_samples: 5,
  wait_first_ms: 5000,
  wait_most_ms: 60_000,
  ramp_ms: 30_000,
  suspect_after_ms: 1000,
  hint_most_ms: 300_000,
  auth_first_ms: 30_000,
  auth_most_ms: 600_000,
  quota_first_ms: 900_000,
  quota_most_ms: 21_600_000,
} as const;
export type HealthField = keyof typeof healthDefaults;

/** What tests a target that is out of use while another can answer. */
export const probes = ["call", "copy", "paid"] as const;
export type Probe = (typeof probes)[number];

/** The numbers of the free check, likewise; null where an empty field means none. */
export const checkDefaults = {
  interval_ms: 15_000,
  timeout_ms: 5000,
  rise: 2,
  fall: 3,
  slow_ms: null,
  status: null,
} as const;
export type CheckField = keyof typeof checkDefaults;

export const checkKinds = ["models", "connect", "http", "off"] as const;
export type CheckKind = (typeof checkKinds)[number];

/** What the form holds; an empty number is the default of the service. */
export interface Values {
  name: string;
  title: string;
  provider: string;
  baseUrl: string;
  local: boolean;
  inFlight: Figure;
  connectMs: Figure;
  tlsMs: Figure;
  firstByteMs: Figure;
  idleMs: Figure;
  ca: string;
  health: Record<HealthField, Figure>;
  probe: Probe;
  checkKind: CheckKind;
  checkPath: string;
  checkContains: string;
  check: Record<CheckField, Figure>;
}

const healthFields = Object.keys(healthDefaults) as HealthField[];
const checkFields = Object.keys(checkDefaults) as CheckField[];

function figures<Field extends string>(
  fields: readonly Field[],
  from: Partial<Record<Field, number>> | undefined,
): Record<Field, Figure> {
  return Object.fromEntries(fields.map((field) => [field, from?.[field] || ""])) as Record<Field, Figure>;
}

export const emptyValues: Values = {
  name: "",
  title: "",
  provider: "",
  baseUrl: "",
  local: false,
  inFlight: "",
  connectMs: "",
  tlsMs: "",
  firstByteMs: "",
  idleMs: "",
  ca: "",
  health: figures(healthFields, undefined),
  probe: "call",
  checkKind: "models",
  checkPath: "",
  checkContains: "",
  check: figures(checkFields, undefined),
};

export function valuesOf(upstream: Schema<"Upstream">): Values {
  return {
    name: upstream.name,
    title: upstream.title ?? "",
    provider: upstream.provider,
    baseUrl: upstream.base_url ?? "",
    local: upstream.local ?? false,
    inFlight: upstream.max_in_flight || "",
    connectMs: upstream.timeouts?.connect_ms || "",
    tlsMs: upstream.timeouts?.tls_ms || "",
    firstByteMs: upstream.timeouts?.first_byte_ms || "",
    idleMs: upstream.timeouts?.idle_ms || "",
    ca: upstream.ca_certificates ?? "",
    health: figures(healthFields, upstream.health),
    probe: upstream.health?.probe ?? "call",
    checkKind: upstream.check?.kind ?? "models",
    checkPath: upstream.check?.path ?? "",
    checkContains: upstream.check?.contains ?? "",
    check: figures(checkFields, upstream.check),
  };
}

/** The numbers of the free check that mean something for its kind. */
export function checkFieldsOf(kind: CheckKind): CheckField[] {
  if (kind === "off") return [];
  return checkFields.filter((field) => field !== "status" || kind !== "connect");
}

/** Whether an answer is looked at. */
export const readsAnswer = (kind: CheckKind): boolean => kind === "models" || kind === "http";

function zeros<Field extends string>(
  values: Record<Field, Figure>,
  kept: readonly string[] = Object.keys(values),
) {
  const rows = Object.entries(values) as [Field, Figure][];
  return Object.fromEntries(
    rows.map(([field, value]) => [field, kept.includes(field) ? value || 0 : 0]),
  ) as Record<Field, number>;
}

function checkOf(values: Values) {
  const kind = values.checkKind;
  return {
    kind,
    path: kind === "http" ? values.checkPath.trim() : "",
    contains: readsAnswer(kind) ? values.checkContains : "",
    ...zeros(values.check, checkFieldsOf(kind)),
  };
}

/** What an empty word means to the service. */
const usual: Record<string, unknown> = { kind: "models", probe: "call" };

/** A part with what is set in it alone. */
function setOf<Part extends Record<string, unknown>>(part: Part): Partial<Part> {
  const set = Object.entries(part).filter(([field, value]) => value && usual[field] !== value);
  return Object.fromEntries(set) as Partial<Part>;
}

/** Whether anything in a part differs from the service's defaults. */
const isSet = (part: Record<string, unknown>): boolean => Object.keys(setOf(part)).length > 0;

/** The form as the service takes it. A change also names what was emptied. */
export function bodyOf(values: Values, change: boolean) {
  const all = {
    title: values.title,
    base_url: values.baseUrl.trim(),
    local: values.local,
    max_in_flight: values.inFlight || 0,
    timeouts: {
      connect_ms: values.connectMs || 0,
      tls_ms: values.tlsMs || 0,
      first_byte_ms: values.firstByteMs || 0,
      idle_ms: values.idleMs || 0,
    },
    ca_certificates: values.ca,
    health: { ...zeros(values.health), probe: values.probe },
    check: checkOf(values),
  };
  if (change) return all;
  return {
    ...(all.title ? { title: all.title } : {}),
    ...(all.base_url ? { base_url: all.base_url } : {}),
    ...(all.local ? { local: true } : {}),
    ...(all.max_in_flight ? { max_in_flight: all.max_in_flight } : {}),
    ...(isSet(all.timeouts) ? { timeouts: all.timeouts } : {}),
    ...(all.ca_certificates ? { ca_certificates: all.ca_certificates } : {}),
    ...(isSet(all.health) ? { health: setOf(all.health) } : {}),
    ...(isSet(all.check) ? { check: setOf(all.check) } : {}),
  };
}

/** What the form holds for an engine that a scan found: the address only where it is not the usual one. */
export function engineValues(
  engine: Schema<"FoundEngine">,
  providers: readonly Schema<"Provider">[],
): Pick<Values, "name" | "provider" | "baseUrl" | "local"> {
  const usual = providers.find((one) => one.id === engine.provider)?.base_url;
  // Servers of one kind are told apart by their ports.
  const port = engine.address.slice(engine.address.lastIndexOf(":") + 1);
  const name = engine.provider === "openai-compatible" ? slug(engine.name) : engine.provider;
  return {
    provider: engine.provider,
    baseUrl: engine.base_url === usual ? "" : engine.base_url,
    local: true,
    name: engine.base_url === usual ? name : `${name}-${port}`,
  };
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
