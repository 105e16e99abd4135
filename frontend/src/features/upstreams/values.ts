import type { Schema } from "@/rpc";

/** What the form holds; an empty number is the default of the service. */
export interface Values {
  name: string;
  title: string;
  provider: string;
  baseUrl: string;
  local: boolean;
  inFlight: number | "";
  connectMs: number | "";
  tlsMs: number | "";
  firstByteMs: number | "";
  idleMs: number | "";
  ca: string;
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
  };
}

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
  };
  if (change) return all;
  return {
    ...(all.title ? { title: all.title } : {}),
    ...(all.base_url ? { base_url: all.base_url } : {}),
    ...(all.local ? { local: true } : {}),
    ...(all.max_in_flight ? { max_in_flight: all.max_in_flight } : {}),
    ...(Object.values(all.timeouts).some(Boolean) ? { timeouts: all.timeouts } : {}),
    ...(all.ca_certificates ? { ca_certificates: all.ca_certificates } : {}),
  };
}
