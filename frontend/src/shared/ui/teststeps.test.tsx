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

const auth = { name: "auth" as const, ok: true, ms: 0 };

// Its diagnosis has no keys, as in what an earlier version kept; its steps have.
const report: Schema<"TestReport"> = {
  upstream: "local",
  ok: false,
  steps: [
    {
      name: "address",
      ok: true,
      ms: 1,
      words: "engine.lan was found",
      words_said: [{ key: "address.found", args: { host: "engine.lan" } }],
    },
    { name: "connect", ok: true, ms: 1, words: "connected", words_said: [{ key: "connect.made" }] },
    {
      ...auth,
      words: 'key "main" is accepted',
      words_said: [{ key: "auth.accepted", args: { key: "main" } }],
    },
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
  const open = { ...auth, words: "it asks for no key", words_said: [{ key: "auth.none" }] };
  show("zh", { ...rest, ok: true, steps: [...report.steps.slice(2, 3), open] });
  screen.getByText("密钥 main 已被接受");
  screen.getByText("不要求密钥");
});

test("a tiny completion says what came back and what it cost, in both languages", () => {
  const { hint: _, code: __, ...rest } = report;
  const tokens = { in: "12", out: "1" };
  const done = (words: string, ...said: Schema<"Said">[]) => ({
    ...rest,
    ok: true,
    steps: [{ name: "completion" as const, ok: true, ms: 210, words, words_said: said }],
  });
  const model = "gpt-4o-mini";
  const text = { key: "completion.text", args: { model, text: "Hello" } };
  show("en", done("the service's words"));
  screen.getByText("the service's words");
  cleanup();
  const paid = { key: "completion.cost", args: { ...tokens, cost: "$0.0024" } };
  show("en", done("the service's words", text, paid));
  screen.getByText('gpt-4o-mini answered "Hello"; 12 tokens in, 1 out, $0.0024');
  cleanup();
  show("zh", done("", text, paid));
  screen.getByText(/^gpt-4o-mini 的回答：Hello；输入 12 个词元，输出 1 个，\$0\.0024$/);
  cleanup();
  show(
    "zh",
    done("", { key: "completion.silent", args: { model } }, { key: "completion.unpriced", args: tokens }),
  );
  screen.getByText(/没有给出内容，这是正常的；输入 12 个词元，输出 1 个，价格未知$/);
  cleanup();
  show(
    "zh",
    done("", { key: "completion.embedding", args: { model, size: "1536" } }, { key: "completion.untold" }),
  );
  screen.getByText("gpt-4o-mini 给出了 1536 维的嵌入；未报告词元数");
});

test("a failed step of encryption is Chinese through and through on a Chinese page", () => {
  const english = "engine.lan presented a certificate signed by House CA, which this machine does not trust.";
  const args = { host: "engine.lan", issuer: "House CA" };
  const failed: Schema<"TestReport"> = {
    ...report,
    steps: [{ name: "tls", ok: false, ms: 3, words: english, words_said: [{ key: "tls.untrusted", args }] }],
    diagnosis: english,
    diagnosis_said: [{ key: "tls.untrusted", args }],
    hint: "Add the issuer's certificate to the upstream's trusted certificates.",
    hint_said: [{ key: "tls.trust_it" }],
    code: "HW-UP-TLS",
  };
  show("zh", failed);
  screen.getByText("加密");
  screen.getByText("engine.lan 出示的证书由 House CA 签发，本机不信任该签发者。");
  screen.getByText("下一步：请将签发者的证书加入该上游的受信任证书。");
  expect(document.body.textContent).not.toMatch(/certificate|issuer|trust/);
  cleanup();
  show("en", failed);
  screen.getByText(english);
});

test("the hint of the code is said in the page's language where the service has none of its own", () => {
  const { hint: _, ...rest } = report;
  show("zh", {
    ...rest,
    diagnosis: "engine.lan presented a certificate for another name.",
    diagnosis_said: [{ key: "tls.other_name", args: { host: "engine.lan" } }],
    hint: "Trust the certificate's issuer in the upstream.",
    code: "HW-UP-TLS",
  });
  screen.getByText("engine.lan 出示的证书属于另一个名称。");
  screen.getByText(/^下一步：请在该上游中信任其证书的签发者/);
});
