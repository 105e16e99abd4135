import { Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import type { Schema } from "@/rpc";
import { dollars, duration, number } from "@/shared/format";
import { texts, useLanguage, useT } from "@/shared/i18n";
import { testWords } from "@/shared/i18n/problems";

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
    found: {
      address: "{{what}} was found",
      connect: "connected",
      key: "key {{what}} is accepted",
      noKey: "it asks for no key",
      models: "the model list was read",
      token: "{{what}} gave an access token",
      completion: "{{model}} answered: {{text}}",
      silent: "{{model}} answered nothing within so few tokens, which is well",
      embedding: "{{model}} gave an embedding",
      spent: "{{in}} tokens in, {{out}} out, {{cost}}",
      noPrice: "price unknown",
      noTokens: "it told no tokens",
    },
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
    found: {
      address: "已找到 {{what}}",
      connect: "已连接",
      key: "密钥 {{what}} 已被接受",
      noKey: "不要求密钥",
      models: "已读取模型列表",
      token: "{{what}} 已发放访问令牌",
      completion: "{{model}} 的回答：{{text}}",
      silent: "{{model}} 在如此少的词元内没有给出内容，这是正常的",
      embedding: "{{model}} 给出了嵌入",
      spent: "输入 {{in}} 个词元，输出 {{out}} 个，{{cost}}",
      noPrice: "价格未知",
      noTokens: "未报告词元数",
    },
    ok: "成功",
    failed: "失败",
    all: "上游在 {{time}}内作出回答。",
    next: "下一步：{{hint}}",
  },
);

type Report = Schema<"TestReport">;
type Words = ReturnType<typeof useT<(typeof stepText)["en"]>>;

/** What the tiny request gave, and what it used. */
function answered(of: Schema<"TestCompletion">, t: Words): string {
  const { model, text, tokens } = of;
  const what =
    of.endpoint === "embeddings"
      ? t("found.embedding", { model })
      : text
        ? t("found.completion", { model, text })
        : t("found.silent", { model });
  const used = tokens.estimated
    ? t("found.noTokens")
    : t("found.spent", {
        in: number(tokens.in),
        out: number(tokens.out),
        cost: of.price_known ? dollars(of.cost_usd) : t("found.noPrice"),
      });
  return `${what}；${used}`;
}

/** What a step that worked has found, for languages that the service does not speak. */
function found(report: Report, step: Report["steps"][number], t: Words): string {
  const words = step.words ?? "";
  switch (step.name) {
    case "address":
      return t("found.address", { what: words.replace(/ was found$/, "") });
    case "token":
      return t("found.token", { what: words.replace(/ gave an access token$/, "") });
    case "auth": {
      const key = /^key "(.*)" is accepted$/.exec(words)?.[1];
      return key ? t("found.key", { what: key }) : t("found.noKey");
    }
    case "connect":
    case "models":
      return t(`found.${step.name}`);
    case "completion":
      return report.completion ? answered(report.completion, t) : words;
    default:
      return words; // a version of TLS
  }
}

/** How a test call went: each step, then what is wrong and what to do. */
export function TestSteps(props: { report: Report }) {
  const t = useT(stepText);
  const english = useLanguage()[0] === "en";
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
            {step.ok && !english ? found(report, step, t) : step.words === report.diagnosis ? "" : step.words}
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
