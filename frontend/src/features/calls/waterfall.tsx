import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schema } from "@/rpc";
import { duration } from "@/shared/format";
import { type Translate, useT } from "@/shared/i18n";
import { kindWord, mapText } from "@/shared/map";
import { useFaultWord } from "@/shared/ui";
import { callText } from "./text";
import classes from "./waterfall.module.css";

type Attempt = Schema<"Call">["attempts"][number];
type Part = "connect" | "head" | "content" | "stream";

/** The kinds of a step that asks no upstream; one of kind capability names whom it passed over. */
export const stepKinds = ["cache", "hold", "deferred", "scripted", "condition", "capability"] as const;

/** The stretches of an attempt, in milliseconds from its beginning. */
export function parts(attempt: Attempt): { part: Part; from: number; to: number }[] {
  const ends: [Part, number | undefined][] = [
    ["connect", attempt.connect_ms],
    ["head", attempt.head_ms],
    ["content", attempt.first_byte_ms],
    ["stream", attempt.total_ms],
  ];
  const found: { part: Part; from: number; to: number }[] = [];
  let from = 0;
  for (const [part, end] of ends) {
    if (!end || end <= from) continue;
    found.push({ part, from, to: Math.min(end, attempt.total_ms) });
    from = end;
  }
  return found;
}

/** What was tried, one bar an attempt, and the same as a table for who reads it. */
export function Waterfall(props: { call: Schema<"Call"> }) {
  const t = useT(callText);
  const words = useT(mapText);
  const fault = useFaultWord();
  const { attempts, total_ms: total } = props.call;
  if (attempts.length === 0) return <Text size="sm">{t("noAttempts")}</Text>;
  const scale = Math.max(total, ...attempts.map((one) => one.start_ms + one.total_ms), 0.001);
  const place = (from: number, to: number) => ({
    left: `${(from / scale) * 100}%`,
    width: `${Math.max(((to - from) / scale) * 100, 0.4)}%`,
  });
  return (
    <Stack gap="sm">
      {attempts.map((attempt, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no id and never change their order
        <div key={i}>
          <Group gap="xs" justify="space-between">
            <Group gap="xs" miw={0}>
              <Text size="sm" className="hw-break">
                {nameOf(words, attempt)}
              </Text>
              {attempt.probe ? <Mark>{t("probe")}</Mark> : null}
              {attempt.hedge ? <Mark title={t("hedgeNote")}>{t("hedge")}</Mark> : null}
              {attempt.copy ? <Mark title={t("copyNote")}>{t("copy")}</Mark> : null}
              {attempt.drill ? (
                <Mark color="orange">{t("drill", { fault: fault(attempt.drill) })}</Mark>
              ) : null}
            </Group>
            <Text size="xs" c="dimmed" className="hw-figures">
              {t("tier", { n: attempt.tier })} · {attempt.kind ? "" : `${attempt.status || "–"} · `}
              {outcomeOf(t, attempt)}
            </Text>
          </Group>
          <div className={classes.lane} aria-hidden>
            {parts(attempt).map((part) => (
              <div
                key={part.part}
                className={classes.bar}
                data-part={attempt.kind ? "step" : part.part}
                data-bad={isBad(attempt) || undefined}
                data-quiet={attempt.class === "neutral" || undefined}
                style={place(attempt.start_ms + part.from, attempt.start_ms + part.to)}
              />
            ))}
          </div>
          {attempt.cause ? (
            <Text size="xs" c="dimmed" className="hw-break">
              {attempt.cause}
            </Text>
          ) : null}
        </div>
      ))}
      <Table aria-label={t("waterfall")} layout="fixed" fz="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("answered")}</Table.Th>
            <Table.Th>{t("offset")}</Table.Th>
            <Table.Th>{t("connect")}</Table.Th>
            <Table.Th>{t("head")}</Table.Th>
            <Table.Th>{t("first")}</Table.Th>
            <Table.Th>{t("total")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="hw-figures">
          {attempts.map((attempt, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no id and never change their order
            <Table.Tr key={i}>
              <Table.Td className="hw-break">
                {attempt.kind && !attempt.upstream ? kindWord(words, attempt.kind) : attempt.upstream}
              </Table.Td>
              <Table.Td>{duration(attempt.start_ms)}</Table.Td>
              <Table.Td>{time(attempt.connect_ms)}</Table.Td>
              <Table.Td>{time(attempt.head_ms)}</Table.Td>
              <Table.Td>{time(attempt.first_byte_ms)}</Table.Td>
              <Table.Td>{duration(attempt.total_ms)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

type T = Translate<(typeof callText)["en"]>;
type Words = Translate<(typeof mapText)["en"]>;

/** What was asked, or the kind of a step that asks nobody. */
function nameOf(words: Words, attempt: Attempt): string {
  if (attempt.kind && !attempt.upstream) return kindWord(words, attempt.kind);
  return `${attempt.upstream} / ${attempt.model}${attempt.credential ? ` · ${attempt.credential}` : ""}`;
}

/** A call that nobody is to blame for did not go wrong: a lost hedge, a wait in vain. */
const isBad = (attempt: Attempt): boolean => attempt.class !== "ok" && attempt.class !== "neutral";

function outcomeOf(t: T, attempt: Attempt): string {
  const step = stepKinds.find((kind) => kind === attempt.kind);
  if (!step) return t(`class.${attempt.class}` as "class.ok");
  return t(`step.${step}.${attempt.class === "ok" ? "ok" : "not"}`);
}

function Mark(props: { color?: string; title?: string; children: ReactNode }) {
  return (
    <Badge size="sm" variant="light" color={props.color ?? "gray"} tt="none" radius="sm" title={props.title}>
      {props.children}
    </Badge>
  );
}

const time = (ms: number | undefined) => (ms ? duration(ms) : "–");
