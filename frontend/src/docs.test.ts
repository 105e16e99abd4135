// What the forms say of a field is what the service's own document says, and
// the default that stands in the empty field is the one that the service takes.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { appText } from "@/features/apps/text";
import { retryDefaults, strategies } from "@/features/routes/ladder";
import { efforts, figureBounds, parameterNames } from "@/features/routes/parameters";
import { takeText } from "@/features/routes/taketext";
import { routeText } from "@/features/routes/text";
import { settingsText } from "@/features/settings/text";
import { policyText } from "@/features/upstreams/policytext";
import { upstreamText } from "@/features/upstreams/text";
import { checkDefaults, healthDefaults } from "@/features/upstreams/values";
import { tierDefaults } from "@/shared/map";

interface Property {
  description?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
}
const { schemas } = (
  JSON.parse(readFileSync(resolve(import.meta.dirname, "rpc/openapi.json"), "utf8")) as {
    components: { schemas: Record<string, { properties?: Record<string, Property> }> };
  }
).components;

function property(schema: string, field: string): Property {
  const found = schemas[schema]?.properties?.[field];
  if (!found) throw new Error(`${schema} has no ${field}`);
  return found;
}

/** The sentence without its kind and without what zero or nothing means. */
function sentence(schema: string, field: string): string {
  const doc = property(schema, field).description ?? "";
  const said = doc.replace(/^Kind \w+: /, "").replace(/; (0|empty) means .*$/, "");
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

const zero = (schema: string, field: string) =>
  /; 0 means (\d+)$/.exec(property(schema, field).description ?? "")?.[1];

const fields = (schema: string) => Object.keys(schemas[schema]?.properties ?? {});

describe("help is the service's own sentence", () => {
  const { health, checks } = policyText.en;
  const { retry } = routeText.en;
  const rows: [string, string, string][] = [
    ...Object.entries(health).map(([field, { help }]): [string, string, string] => [
      "HealthPolicy",
      field,
      help,
    ]),
    ...Object.entries(checks).map(([field, { help }]): [string, string, string] => [
      "HealthCheck",
      field,
      help,
    ]),
    ...Object.entries(retry).map(([field, { help }]): [string, string, string] => ["Retry", field, help]),
    ["Route", "hedge", routeText.en.hedgeNote],
    ["Key", "drill", appText.en.drillNote],
    ["Credential", "requests_per_minute", upstreamText.en.requestsPerMinuteNote],
    ["Credential", "tokens_per_minute", upstreamText.en.tokensPerMinuteNote],
    ...parameterNames.map((name): [string, string, string] => [
      "ParameterValues",
      name,
      takeText.en.param[name].help,
    ]),
    ["Parameters", "set", takeText.en.setNote],
    ["Parameters", "default", takeText.en.defaultNote],
    ["Tier", "when", takeText.en.whenNote],
    ["Tier", "percent", takeText.en.percentNote],
    ["Tier", "sticky_by", takeText.en.stickyByNote],
    ["Tier", "fresh_s", routeText.en.freshNote],
    ["Tier", "stale_s", routeText.en.staleNote],
    ["Tier", "wait_ms", routeText.en.waitNote],
    ["Tier", "expire_s", routeText.en.expireNote],
    ["Route", "stream_deadline_ms", routeText.en.streamDeadlineNote],
    ["Setting", "max_calls", settingsText.en.maxCallsNote],
    ["Setting", "queue_calls", settingsText.en.queueCallsNote],
    ["Setting", "queue_ms", settingsText.en.queueMsNote],
    ["Setting", "fetch_media", settingsText.en.fetchMediaNote],
    ["Timeouts", "connect_ms", upstreamText.en.timeHelp.connectMs],
    ["Timeouts", "tls_ms", upstreamText.en.timeHelp.tlsMs],
    ["Timeouts", "first_byte_ms", upstreamText.en.timeHelp.firstByteMs],
    ["Timeouts", "idle_ms", upstreamText.en.timeHelp.idleMs],
  ];
  test.each(rows)("%s.%s", (schema, field, help) => {
    expect(help).toBe(sentence(schema, field));
  });
});

describe("defaults are the service's", () => {
  const rows: [string, string, number | null][] = [
    ...Object.entries(healthDefaults).map(([field, value]): [string, string, number] => [
      "HealthPolicy",
      field,
      value,
    ]),
    ...Object.entries(checkDefaults).map(([field, value]): [string, string, number | null] => [
      "HealthCheck",
      field,
      value,
    ]),
    ...Object.entries(retryDefaults).map(([field, value]): [string, string, number] => [
      "Retry",
      field,
      value,
    ]),
    ...Object.entries(tierDefaults).map(([field, value]): [string, string, number] => ["Tier", field, value]),
    ["Setting", "queue_calls", 1000],
    ["Setting", "queue_ms", 10_000],
    ["Setting", "call_retention_days", 30],
  ];
  test.each(rows)("%s.%s", (schema, field, value) => {
    expect(zero(schema, field)).toBe(value === null ? undefined : String(value));
  });
});

test("no field of the new documents is without its place in a form", () => {
  expect(Object.keys(policyText.en.health).sort()).toEqual(fields("HealthPolicy").sort());
  expect(Object.keys(policyText.en.checks).sort()).toEqual(fields("HealthCheck").sort());
  expect(Object.keys(routeText.en.retry).sort()).toEqual(fields("Retry").sort());
  expect(fields("Tier").sort()).toEqual(
    [
      ...["expire_s", "fresh_s", "kind", "percent", "stale_s", "sticky_by", "strategy", "targets", "text"],
      ...["wait_ms", "when"],
    ].sort(),
  );
  expect(Object.keys(appText.en.critical)).toEqual(property("App", "criticality").enum);
  expect([...strategies]).toEqual(property("Tier", "strategy").enum);
  expect([...parameterNames].sort()).toEqual(fields("ParameterValues").sort());
  expect([...efforts]).toEqual(property("ParameterValues", "reasoning_effort").enum);
  for (const [name, { least, most }] of Object.entries(figureBounds)) {
    if (name === "seed") continue; // any whole number
    const { minimum, maximum } = property("ParameterValues", name);
    expect([least, most], name).toEqual([minimum, maximum]);
  }
  expect(Object.keys(routeText.en.strategyNote).sort()).toEqual([...strategies].sort());
  expect(Object.keys(routeText.en.about)).toEqual(property("Tier", "kind").enum);
  expect(Object.keys(policyText.en.kinds)).toEqual(property("HealthCheck", "kind").enum);
});
