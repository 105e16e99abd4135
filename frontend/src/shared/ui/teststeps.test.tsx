// A test of an upstream in words: every step of the service's list has a name,
// every code a cause and a next step, in both languages.

import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Schema } from "@/rpc";
import api from "@/rpc/openapi.json";
import { setLanguage } from "@/shared/i18n";
import { stepText, TestSteps } from "./teststeps";

afterEach(() => {
  cleanup();
  setLanguage("en");
});

const report: Schema<"TestReport"> = {
  upstream: "local",
  ok: false,
  steps: [
    { name: "address", ok: true, ms: 1, words: "engine.lan was found" },
    { name: "connect", ok: true, ms: 1, words: "connected" },
    { name: "auth", ok: true, ms: 0, words: 'key "main" is accepted' },
    { name: "models", ok: false, ms: 2, words: "engine.lan has no model list." },
  ],
  diagnosis: "engine.lan has no model list.",
  hint: "Check the end of the base URL: most end in /v1.",
  code: "HW-UP-404",
  total_ms: 4,
  at: "2026-01-01T00:00:00Z",
};

const show = (language: "en" | "zh", of = report) => {
  setLanguage(language);
  render(
    <MantineProvider>
      <TestSteps report={of} />
    </MantineProvider>,
  );
};

test("every step that the service can take has a name", () => {
  const steps = api.components.schemas.TestStep.properties.name.enum;
  expect(steps).toContain("models");
  for (const step of steps) {
    expect(stepText.en, step).toHaveProperty(step);
    expect(stepText.zh[step as "models"], step).toMatch(/\p{Script=Han}/u);
  }
});

test("English is the service's own", () => {
  show("en");
  for (const words of ["Models", "connected", report.diagnosis, `Next step: ${report.hint}`, "HW-UP-404"]) {
    screen.getByText(words);
  }
});

test("Chinese says cause and next step by the code, with the particulars beside", () => {
  show("zh");
  for (const words of [
    "模型",
    "已找到 engine.lan",
    "已连接",
    "密钥 main 已被接受",
    `此地址没有模型列表。（${report.diagnosis}）`,
    "下一步：请检查基础地址的结尾：大多以 /v1 结尾。",
    "HW-UP-404",
  ]) {
    screen.getByText(words);
  }
});

test("each key of an upstream takes the steps anew", () => {
  const { hint: _, code: __, ...rest } = report;
  show("zh", { ...rest, ok: true, steps: [...report.steps.slice(2, 3), { name: "auth", ok: true, ms: 0 }] });
  screen.getByText("密钥 main 已被接受");
  screen.getByText("不要求密钥");
});

test("a tiny completion says what came back and what it cost, in both languages", () => {
  const { hint: _, code: __, ...rest } = report;
  const done = (more: object) => ({
    ...rest,
    ok: true,
    steps: [{ name: "completion" as const, ok: true, ms: 210, words: "the service's words" }],
    completion: {
      model: "gpt-4o-mini",
      endpoint: "chat" as const,
      spent: true,
      text: "Hello",
      tokens: { in: 12, out: 1 },
      cost_usd: 0.0024,
      price_known: true,
      ...more,
    },
  });
  show("en", done({}));
  screen.getByText("the service's words");
  cleanup();
  show("zh", done({}));
  screen.getByText(/^gpt-4o-mini 的回答：Hello；输入 12 个词元，输出 1 个，\$0\.0024$/);
  cleanup();
  show("zh", done({ text: "", price_known: false }));
  screen.getByText(/没有给出内容，这是正常的；输入 12 个词元，输出 1 个，价格未知$/);
  cleanup();
  show("zh", done({ endpoint: "embeddings", tokens: { in: 0, out: 0, estimated: true } }));
  screen.getByText("gpt-4o-mini 给出了嵌入；未报告词元数");
});
