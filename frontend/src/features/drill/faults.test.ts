// Every fault that the service has is offered once, and an empty field means
// what the service says that it means.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { drillDefaults, faultGroups, longest } from "./faults";

interface Property {
  description?: string;
  enum?: string[];
  maximum?: number;
}
const { schemas } = (
  JSON.parse(readFileSync(resolve(import.meta.dirname, "../../rpc/openapi.json"), "utf8")) as {
    components: { schemas: Record<string, { properties: Record<string, Property> }> };
  }
).components;
const property = (schema: string, field: string): Property => {
  const found = schemas[schema]?.properties[field];
  if (!found) throw new Error(`${schema} has no ${field}`);
  return found;
};

test("every fault is in one group", () => {
  const offered = faultGroups.flatMap((group) => [...group.faults] as string[]);
  expect([...offered].sort()).toEqual([...(property("DrillSpec", "fault").enum ?? [])].sort());
});

test.each(Object.entries(drillDefaults))("an empty %s means what the service takes", (field, value) => {
  const schema = ["DrillSpec", "DrillScope", "DrillObjective"].find((one) => schemas[one]?.properties[field]);
  const said = / 0 means (\d+)$/.exec(property(schema ?? "", field).description ?? "")?.[1];
  expect(Number(said)).toBe(value);
});

test("the longest drill is the service's", () => {
  expect(property("DrillSpec", "duration_s").maximum).toBe(longest);
});

test("no field of a drill is without its place in the form", () => {
  expect(Object.keys(schemas.DrillSpec?.properties ?? {}).sort()).toEqual(
    [
      ...["all_cloud", "delay_ms", "duration_s", "fault", "flap_s", "model", "note", "objective", "percent"],
      ...["retry_after_s", "scope", "upstreams"],
    ].sort(),
  );
  expect(Object.keys(schemas.DrillScope?.properties ?? {}).sort()).toEqual(
    ["apps", "call_percent", "keys", "route", "tenant"].sort(),
  );
});
