import { Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import type { Schema } from "@/rpc";
import { duration } from "@/shared/format";
import { texts, useT } from "@/shared/i18n";
import { testWords } from "@/shared/i18n/problems";
import { told } from "@/shared/i18n/said";

export const stepText = texts(
  "steps",
  {
    address: "Address",
    connect: "Connection",
    tls: "Encryption",
    answer: "Answer",
    auth: "Key",
    models: "Models",
    token: "Access token",
    completion: "Completion",
    ok: "worked",
    failed: "failed",
    all: "The upstream answered in {{time}}.",
    next: "Next step: {{hint}}",
  },
  {
    address: "地址",
    connect: "连接",
    tls: "加密",
    answer: "回答",
    auth: "密钥",
    models: "模型",
    token: "访问令牌",
    completion: "补全",
    ok: "成功",
    failed: "失败",
    all: "上游在 {{time}}内作出回答。",
    next: "下一步：{{hint}}",
  },
);

type Report = Schema<"TestReport">;

/** How a test call went: each step, then what is wrong and what to do. */
export function TestSteps(props: { report: Report }) {
  const t = useT(stepText);
  const { report } = props;
  const { what, next } = testWords(report);
  return (
    <Stack gap={4} data-test-ok={report.ok}>
      {report.steps.map((step, at) => (
        // Each key of the upstream takes the steps anew: their names repeat.
        // biome-ignore lint/suspicious/noArrayIndexKey: the list of a report never changes
        <Group key={at} gap="xs" wrap="nowrap" align="flex-start">
          {step.ok ? (
            <IconCircleCheck size={18} color="var(--mantine-color-teal-7)" role="img" aria-label={t("ok")} />
          ) : (
            <IconCircleX size={18} color="var(--mantine-color-red-7)" role="img" aria-label={t("failed")} />
          )}
          <Text size="sm" fw={600} w={90} style={{ flexShrink: 0 }}>
            {t(step.name)}
          </Text>
          <Text size="sm" className="hw-break" style={{ flex: 1, minWidth: 0 }}>
            {step.words === report.diagnosis ? "" : told(step.words, step.words_said)}
          </Text>
          <Text size="sm" c="dimmed" className="hw-figures">
            {duration(step.ms)}
          </Text>
        </Group>
      ))}
      {report.ok ? (
        <Text size="sm">{t("all", { time: duration(report.total_ms) })}</Text>
      ) : (
        <>
          <Text size="sm" fw={600} className="hw-break">
            {what}
          </Text>
          {next ? <Text size="sm">{t("next", { hint: next })}</Text> : null}
          {report.code ? (
            <Text size="xs" ff="monospace">
              {report.code}
            </Text>
          ) : null}
        </>
      )}
    </Stack>
  );
}
