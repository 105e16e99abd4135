import { expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { bodyOf, emptyValues, engineValues, valuesOf } from "./values";

const upstream: Schema<"Upstream"> = {
  name: "engine",
  provider: "openai-compatible",
  health: { trip_failures: 5, wait_first_ms: 1000 },
  check: { kind: "http", path: "/health", status: 204, contains: "ok", rise: 1 },
};

test("numbers of breakers and checks go through the form unchanged, what is empty as zero", () => {
  const body = bodyOf(valuesOf(upstream), true);
  expect(body).toMatchObject({ health: { ...upstream.health, trip_percent: 0, hint_most_ms: 0 } });
  expect(body.check).toEqual({ ...upstream.check, fall: 0, interval_ms: 0, timeout_ms: 0, slow_ms: 0 });
});

test("a new upstream names only what was set", () => {
  expect(bodyOf({ ...emptyValues, title: "Engine" }, false)).toEqual({ title: "Engine" });
  const values = { ...emptyValues, health: { ...emptyValues.health, trip_failures: 5 } };
  expect(bodyOf(values, false)).toEqual({ health: { trip_failures: 5 } });
  expect(bodyOf({ ...emptyValues, checkKind: "off" }, false)).toEqual({ check: { kind: "off" } });
});

test.each([
  ["connect", { path: "", status: 0, contains: "", rise: 1 }],
  ["models", { path: "", status: 204, contains: "ok", rise: 1 }],
  ["off", { path: "", status: 0, contains: "", rise: 0 }],
] as const)("a check of kind %s is saved without what does not go with it", (checkKind, expected) => {
  expect(bodyOf({ ...valuesOf(upstream), checkKind }, true).check).toMatchObject({
    kind: checkKind,
    ...expected,
  });
});

test("an engine that was found fills the form: its usual address stays unsaid", () => {
  const engine = {
    name: "Ollama",
    provider: "ollama",
    dialect: "ollama",
    address: "127.0.0.1:11434",
    base_url: "http://127.0.0.1:11434",
    models: [],
  };
  const ollama = { id: "ollama", name: "Ollama", dialect: "ollama", base_url: engine.base_url };
  expect(engineValues(engine, [ollama as never])).toEqual({
    name: "ollama",
    provider: "ollama",
    baseUrl: "",
    local: true,
  });
  const elsewhere = { ...engine, address: "192.168.1.7:11434", base_url: "http://192.168.1.7:11434" };
  expect(engineValues(elsewhere, [ollama as never])).toMatchObject({
    name: "ollama-11434",
    baseUrl: "http://192.168.1.7:11434",
  });
  const other = { ...engine, name: "text-generation-webui", provider: "openai-compatible" };
  expect(engineValues(other, []).name).toBe("text-generation-webui-11434");
});
