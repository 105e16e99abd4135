import { expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { usersOf } from "./users";

const to = (...upstreams: string[]): Schema<"RouteTarget">[] => upstreams.map((upstream) => ({ upstream }));

test("a route uses the upstreams of its tiers and those for refused requests", () => {
  const routes = [
    { name: "tiers", tiers: [{ targets: to("a", "b") }, { kind: "cache" as const }, { targets: to("c") }] },
    { name: "long", tiers: [{ targets: to("a") }], fallback: { context_overflow: to("d", "e") } },
    { name: "policy", tiers: [{ targets: to("a") }], fallback: { content_policy: to("e") } },
  ];
  expect(usersOf(routes, "a")).toEqual(["tiers", "long", "policy"]);
  expect(usersOf(routes, "c")).toEqual(["tiers"]);
  expect(usersOf(routes, "d")).toEqual(["long"]);
  expect(usersOf(routes, "e")).toEqual(["long", "policy"]);
  expect(usersOf(routes, "f")).toEqual([]);
});
