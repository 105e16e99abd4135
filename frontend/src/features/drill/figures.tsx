// What a drill showed so far; the same while it runs and afterwards.

import { Badge, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconCircleMinus, IconCircleX, IconFlame } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schema } from "@/rpc";
import { duration, number, percent } from "@/shared/format";
import { useNow } from "@/shared/hooks";
import { locale, type Translate, useLanguage, useT } from "@/shared/i18n";
import { codes } from "@/shared/i18n/codes";
import { kindWord, mapText } from "@/shared/map";
import { DrillMark, StateBadge } from "@/shared/ui";
import classes from "./drill.module.css";
import { judged, mayRecover, type Outcome, outcomeOf } from "./outcome";
import { useSaid } from "./said";
import { drillText } from "./text";
import { share, toldOf } from "./words";

type Drill = Schema<"Drill">;
type Report = Schema<"DrillReport">;
type T = Translate<(typeof drillText)["en"]>;

export function Panel(props: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" miw={0}>
      <Title order={2} size="h5" mb="xs">
        {props.title}
      </Title>
      {props.children}
    </Paper>
  );
}

export const looks: Record<Outcome, { color: string; icon: typeof IconFlame }> = {
  running: { color: "orange", icon: IconFlame },
  passed: { color: "teal", icon: IconCircleCheck },
  failed: { color: "red", icon: IconCircleX },
  none: { color: "gray", icon: IconCircleMinus },
};

/** What came of a drill as shape and word. */
export function OutcomeBadge({ drill }: { drill: Drill }) {
  const t = useT(drillText);
  const outcome = outcomeOf(drill);
  const look = looks[outcome];
  return (
    <Badge
      color={look.color}
      variant="light"
      radius="sm"
      tt="none"
      fw={600}
      leftSection={<look.icon size={14} aria-hidden />}
      className="hw-state"
      data-state={outcome === "none" ? "off" : outcome}
    >
      {t(`verdict.${outcome}`)}
    </Badge>
  );
}

/** Milliseconds that were added, with their sign. */
export function signed(ms: number): string {
  const size = duration(Math.abs(ms));
  return ms < 0 ? `−${size}` : `+${size}`;
}

function addedWords(t: T, now: number, usual: number, added: number): [string, string | undefined] {
  if (now <= 0) return ["–", undefined];
  if (usual <= 0) return ["–", t("noUsual", { now: duration(now) })];
  return [signed(added), t("addedOf", { now: duration(now), usual: duration(usual) })];
}

/** All figures of a drill. */
export function Figures({ drill, report }: { drill: Drill; report: Report }) {
  const t = useT(drillText);
  const now = useNow(10_000);
  const known = judged(report) > 0;
  const own = report.calls - judged(report);
  const open = mayRecover(drill, now);
  const cells: [string, string, string?][] = [
    [t("figure.served"), known ? share(report.served_percent) : "–"],
    [t("figure.calls"), number(report.calls)],
    [t("figure.failed"), number(report.failed)],
    [t("figure.interrupted"), number(report.interrupted)],
    ...(own > 0 ? [[t("figure.own"), number(own)] as [string, string]] : []),
    [t("figure.p50"), ...optional(addedWords(t, report.p50_ms, report.baseline_p50_ms, report.added_p50_ms))],
    [t("figure.p99"), ...optional(addedWords(t, report.p99_ms, report.baseline_p99_ms, report.added_p99_ms))],
    [
      t("figure.detect"),
      report.detect_ms > 0
        ? duration(report.detect_ms)
        : drill.state === "running"
          ? t("notYet")
          : t("never"),
    ],
    ...(drill.state === "running"
      ? []
      : [
          [
            t("figure.recover"),
            report.recover_ms > 0 ? duration(report.recover_ms) : open ? t("notYet") : t("never"),
          ] as [string, string],
        ]),
    [t("figure.perCall"), report.calls > 0 ? number(report.calls_per_call, 2) : "–"],
    [t("figure.tokens"), `${number(report.tokens_in)} / ${number(report.tokens_out)}`],
    [
      t("figure.outside"),
      number(report.undrilled_calls),
      ...(report.undrilled_calls > 0
        ? [t("outsideFailed", { failed: number(report.undrilled_failed) })]
        : ([] as string[])),
    ] as [string, string, string?],
  ];
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 4, xl: 6 }} spacing="sm" component="dl" m={0}>
      {cells.map(([name, value, note]) => (
        <div key={name}>
          <Text size="xs" c="dimmed" component="dt">
            {name}
          </Text>
          <Text fw={600} size="lg" component="dd" m={0} className="hw-figures">
            {value}
          </Text>
          {note ? (
            <Text size="xs" c="dimmed" component="dd" m={0} className="hw-figures">
              {note}
            </Text>
          ) : null}
        </div>
      ))}
    </SimpleGrid>
  );
}

function optional([value, note]: [string, string | undefined]): [string, string?] {
  return note === undefined ? [value] : [value, note];
}

/** Which tiers answered, as bars with their figures beside them. */
export function Tiers({ report }: { report: Report }) {
  const t = useT(drillText);
  const kinds = useT(mapText);
  const all = report.tiers.reduce((sum, one) => sum + one.calls, 0);
  if (all === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("noTiers")}
      </Text>
    );
  }
  return (
    <Stack gap="xs" component="ul" className={classes.list} aria-label={t("tiers")}>
      {report.tiers.map((one) => (
        <li key={`${one.tier}-${one.kind}`}>
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="sm" fw={600}>
              {t("tier", { n: number(one.tier) })}{" "}
              <Text span c="dimmed" fw={400} size="sm">
                {kindWord(kinds, one.kind)}
              </Text>
            </Text>
            <Text size="sm" className="hw-figures">
              {t("calls", { count: one.calls })} · {percent(one.calls / all, 1)}
            </Text>
          </Group>
          <div className={classes.bar} aria-hidden>
            <div style={{ width: `${(100 * one.calls) / all}%` }} />
          </div>
        </li>
      ))}
    </Stack>
  );
}

/** A code of the service in words. */
function codeWords(code: string): string {
  const known = codes[code];
  return locale() === "zh-CN" && known ? known.zh.what : code.replaceAll("_", " ");
}

/** What callers got: status, meaning, how often. */
export function Saw({ report }: { report: Report }) {
  const t = useT(drillText);
  if (report.saw.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("sawNothing")}
      </Text>
    );
  }
  return (
    <Table aria-label={t("saw")} layout="fixed" verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={80}>{t("sawStatus")}</Table.Th>
          <Table.Th>{t("sawWhat")}</Table.Th>
          <Table.Th w={80} ta="right">
            {t("sawCalls")}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {report.saw.map((one) => (
          <Table.Tr key={`${one.status}-${one.code ?? ""}`}>
            <Table.Td className="hw-figures">{one.status || "–"}</Table.Td>
            <Table.Td className="hw-break">
              {one.status === 0 ? (
                t("others")
              ) : one.code ? (
                <>
                  {codeWords(one.code)}{" "}
                  <Text span size="xs" c="dimmed" ff="monospace">
                    {codes[one.code]?.public ?? ""}
                  </Text>
                </>
              ) : one.status < 400 ? (
                t("answered")
              ) : (
                "–"
              )}
            </Table.Td>
            <Table.Td ta="right" className="hw-figures">
              {number(one.calls)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** What health did of it, each marked as the drill's. */
export function HealthEvents({ drill, report }: { drill: Drill; report: Report }) {
  const t = useT(drillText);
  const said = useSaid();
  const [language] = useLanguage();
  if (report.health_events.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t(drill.state === "running" ? "noHealth" : "noHealthEnded")}
      </Text>
    );
  }
  return (
    <Stack gap="xs" component="ol" className={classes.list} aria-label={t("health")}>
      {report.health_events.map((line, i) => {
        const told = toldOf(line);
        if (told.at === undefined || !told.kind) {
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end
            <Text size="sm" component="li" key={i}>
              {said(line)}
            </Text>
          );
        }
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end
          <li key={i}>
            <Group gap="xs">
              <Text size="sm" c="dimmed" className="hw-figures" w={72}>
                {signed(told.at)}
              </Text>
              {told.state ? <StateBadge state={told.state} /> : null}
              <DrillMark />
              <Text size="sm" className="hw-break">
                {t(`scope.${told.kind}`)} {told.name}
              </Text>
            </Group>
            <Text size="xs" c="dimmed" className="hw-break" {...(language === "en" ? {} : { lang: "en" })}>
              {told.words}
            </Text>
          </li>
        );
      })}
    </Stack>
  );
}
