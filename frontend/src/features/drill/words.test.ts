import { afterEach, describe, expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { type Language, setLanguage, translate } from "@/shared/i18n";
import { faultText } from "./faulttext";
import { drillText } from "./text";
import { missingIn, specOf, valuesOf } from "./values";
import { countdown, sentenceOf, toldOf, whoWords } from "./words";

afterEach(() => setLanguage("en"));

function say(spec: Schema<"DrillSpec">, language: Language = "en"): string {
  setLanguage(language);
  return sentenceOf(translate(drillText), translate(faultText), spec);
}

describe("what will happen is said", () => {
  const spec: Schema<"DrillSpec"> = {
    upstreams: ["openai"],
    fault: "refused",
    scope: { route: "fast", tenant: "acme" },
    duration_s: 120,
  };
  test("in one sentence", () => {
    expect(say(spec)).toBe(
      "Every call of route fast in acme will find openai refusing connections for 2 minutes. Nobody else is touched.",
    );
    expect(say(spec, "zh")).toBe(
      "2分钟内，租户 acme 中路由 fast 的每个调用都会遇到 openai 拒绝连接。其他调用不受影响。",
    );
  });
  test("with shares, delays and several names", () => {
    expect(
      say({
        upstreams: ["a", "b"],
        model: "m",
        fault: "slow_first_token",
        percent: 30,
        scope: { apps: ["x/crm", "x/hr"], keys: true, call_percent: 25 },
      }),
    ).toBe(
      "25% of the calls of the apps x/crm and x/hr with a key for drills will find model m of a and b beginning to answer 5 s late in 30% of attempts for 1 minute. Nobody else is touched.",
    );
    expect(
      say({ all_cloud: true, fault: "rate", retry_after_s: 30, scope: { keys: true }, duration_s: 90 }),
    ).toBe(
      "Every call with a key for drills will find every upstream that is not local answering 429 for 90 seconds, asking to wait for 30 seconds. Nobody else is touched.",
    );
  });
  test("of this machine's own faults, without upstream or scope", () => {
    expect(say({ fault: "disk_full" })).toBe(
      "The call log takes nothing for 1 minute, as if the disk were full. Calls should not notice.",
    );
  });
  test("of a scope that names nobody, with a gap", () => {
    expect(whoWords(translate(drillText), {})).toBe("…");
  });
});

describe("the form", () => {
  test("asks for nothing that the fault does not take", () => {
    const values = {
      ...valuesOf(),
      upstreams: ["a"],
      delay: 300 as const,
      flap: 5 as const,
      percent: 20 as const,
    };
    expect(specOf(values)).toEqual({
      fault: "refused",
      upstreams: ["a"],
      percent: 20,
      scope: { keys: true },
    });
    expect(specOf({ ...values, fault: "slow_connect" })).toMatchObject({ delay_ms: 300 });
    expect(specOf({ ...values, fault: "disk_full", duration: 30 })).toEqual({
      fault: "disk_full",
      duration_s: 30,
    });
    expect(specOf({ ...values, allCloud: true })).toMatchObject({ all_cloud: true });
    expect(specOf({ ...values, allCloud: true })).not.toHaveProperty("upstreams");
  });
  test("gives back what was asked for", () => {
    const spec: Schema<"DrillSpec"> = {
      upstreams: ["a"],
      model: "m",
      fault: "flapping",
      percent: 50,
      flap_s: 3,
      duration_s: 90,
      note: "why",
      scope: { apps: ["x/y"], route: "r", tenant: "t", call_percent: 10 },
      objective: { served_percent: 99.5, added_p99_ms: 100 },
    };
    expect(specOf(valuesOf(spec))).toEqual(spec);
  });
  test("knows what is missing", () => {
    expect(missingIn(valuesOf())).toEqual(["upstreams"]);
    expect(missingIn({ ...valuesOf(), keys: false, allCloud: true })).toEqual(["scope"]);
    expect(missingIn({ ...valuesOf(), keys: false, fault: "disk_full" })).toEqual([]);
  });
});

test("a countdown never shows less than nothing", () => {
  expect([countdown(72_000), countdown(900_000), countdown(400), countdown(-5)]).toEqual([
    "1:12",
    "15:00",
    "0:01",
    "0:00",
  ]);
});

test("what health did is taken apart", () => {
  expect(toldOf("+1.2 s: endpoint 127.0.0.1:9: open since 14:02:11: 3 x connection refused")).toEqual({
    at: 1200,
    kind: "endpoint",
    name: "127.0.0.1:9",
    state: "open",
    words: "open since 14:02:11: 3 x connection refused",
  });
  expect(toldOf("+63.0 s: model openai m: recovering since 14:02:11: takes 10 % of its share")).toMatchObject(
    {
      state: "ramp",
      name: "openai m",
    },
  );
  expect(toldOf("and 7 more")).toEqual({ words: "and 7 more" });
});
