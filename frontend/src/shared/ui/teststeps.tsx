import { Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import type { Schema } from "@/rpc";
import { duration } from "@/shared/format";
import { texts, useT } from "@/shared/i18n";

const stepText = texts(
  "steps",
  {
    address: "Address",
    connect: "Connection",
    tls: "Encryption",
    auth: "Key",
    model: "Model",
    answer: "Answer",
    ok: "worked",
    failed: "failed",
    all: "The upstream answered in {{time}}.",
    next: "Next step: {{hint}}",
  },
  {
    address: "地址",
    connect: "连接",
    tls: "加密",
    auth: "密钥",
    model: "模型",
    answer: "回答",
    ok: "成功",
    failed: "失败",
    all: "上游在 {{time}}内作出回答。",
    next: "下一步：{{hint}}",
  },
);

/** How a test call went: each step, then what is wrong and what to do. */
export function TestSteps(props: { report: Schema<"TestReport"> }) {
  const t = useT(stepText);
  const { report } = props;
  const known = ["address", "connect", "tls", "auth", "model", "answer"] as const;
  return (
    <Stack gap={4} data-test-ok={report.ok}>
      {report.steps.map((step) => {
        const name = known.find((one) => one === step.name);
        return (
          <Group key={step.name} gap="xs" wrap="nowrap" align="flex-start">
            {step.ok ? (
              <IconCircleCheck
                size={18}
                color="var(--mantine-color-teal-7)"
                role="img"
                aria-label={t("ok")}
              />
            ) : (
              <IconCircleX size={18} color="var(--mantine-color-red-7)" role="img" aria-label={t("failed")} />
            )}
            <Text size="sm" fw={600} w={90} style={{ flexShrink: 0 }}>
              {name ? t(name) : step.name}
            </Text>
            <Text size="sm" className="hw-break" style={{ flex: 1, minWidth: 0 }}>
              {step.words}
            </Text>
            <Text size="sm" c="dimmed" className="hw-figures">
              {duration(step.ms)}
            </Text>
          </Group>
        );
      })}
      {report.ok ? (
        <Text size="sm">{t("all", { time: duration(report.total_ms) })}</Text>
      ) : (
        <>
          <Text size="sm" fw={600} className="hw-break">
            {report.diagnosis}
          </Text>
          {report.hint ? <Text size="sm">{t("next", { hint: report.hint })}</Text> : null}
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
