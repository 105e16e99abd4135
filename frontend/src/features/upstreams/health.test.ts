import { expect, test } from "vitest";
import { stateByUpstream } from "./health";

const target = (upstream: string, state: "healthy" | "open" | "unknown" | "throttled") => ({
  target_id: `${upstream}-${state}`,
  upstream,
  model: "m",
  state,
  words: "",
  in_flight: 0,
});

test("an upstream shows the worst of its targets", () => {
  const states = stateByUpstream([
    target("a", "healthy"),
    target("a", "open"),
    target("a", "throttled"),
    target("b", "unknown"),
    target("b", "healthy"),
  ]);
  expect(states.get("a")).toBe("open");
  expect(states.get("b")).toBe("healthy");
  expect(states.get("c")).toBeUndefined();
});

test("an upstream that only failed is not shown as unused", () => {
  const failed = { ...target("a", "unknown"), reason: "failed" as const };
  expect(stateByUpstream([target("a", "unknown"), failed]).get("a")).toBe("tried");
  expect(stateByUpstream([failed, target("a", "healthy")]).get("a")).toBe("healthy");
});
