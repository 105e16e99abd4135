// A report of live checks in the language that was chosen, and one that an
// earlier version kept, which has no keys.

import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { FakeLine } from "@/rpc/fake";
import { newQueryClient, ServiceProvider } from "@/rpc/react";
import { setLanguage } from "@/shared/i18n";
import { RecordView } from "./certifyreport";

afterEach(() => {
  cleanup();
  setLanguage("en");
});

const record: Schema<"CapabilityRecord"> = {
  id: "cap_1",
  upstream_id: "up_1",
  upstream: "local",
  provider: "ollama",
  address: "http://engine.lan:11434",
  model: "tiny",
  version: "1",
  at: "2026-01-01T00:00:00Z",
  took_ms: 20,
  checks: [
    {
      name: "plain.length",
      outcome: "no",
      ms: 9,
      words: 'The answer was to be cut at 16 tokens, and ended with "stop".',
      words_said: [{ key: "saw.no_length", args: { tokens: "16", finish: "stop" } }],
    },
    {
      name: "plain.answer",
      outcome: "yes",
      ms: 9,
      words: "It answered.",
      words_said: [{ key: "saw.answer" }],
    },
  ],
  yes: 1,
  no: 1,
  unclear: 0,
  skipped: 0,
  stopped: 'The key "main" was refused. It answered 401.',
  stopped_said: [
    { key: "stopped.key", args: { key: "main" } },
    { key: "trouble.status", args: { status: "401" } },
  ],
  tokens: { in: 10, out: 20 },
  cost_usd: 0,
  price_known: false,
  drift: [],
};

const show = (language: "en" | "zh", of = record) => {
  setLanguage(language);
  render(
    <MantineProvider>
      <ServiceProvider line={new FakeLine("practice")} client={newQueryClient()}>
        <RecordView record={of} />
      </ServiceProvider>
    </MantineProvider>,
  );
};

test("a failed check and the end of a run are Chinese on a Chinese page", () => {
  show("zh");
  screen.getByText("回答应在 16 个词元处截断，但结束原因为“stop”。");
  screen.getByText("它作出了回答。");
  screen.getByText("密钥 main 被拒绝。它回答了 401。");
  expect(document.body.textContent).not.toMatch(/answer was|It answered|refused/);
});

test("English says what the service says", () => {
  show("en");
  for (const { words } of record.checks) screen.getByText(words);
  screen.getByText(record.stopped ?? "");
});

test("a record of an earlier version has its English, and what every run says in Chinese", () => {
  const { stopped_said: _, ...old } = record;
  const [first, second] = record.checks.map(({ words_said: __, ...check }) => check);
  if (!first || !second) throw new Error("the record has two checks");
  const skipped = { ...first, name: "plain.stop", outcome: "skipped" as const, words: "The run had ended." };
  show("zh", { ...old, checks: [first, second, skipped] });
  screen.getByText(first.words);
  screen.getByText("运行已结束。");
  screen.getByText(record.stopped ?? "");
  expect(screen.queryByText(second.words)).toBeNull();
});
