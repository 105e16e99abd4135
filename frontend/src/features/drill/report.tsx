import { Group, List, Paper, SimpleGrid, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import type { Schema } from "@/rpc";
import { duration } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { Moment } from "@/shared/ui";
import { Figures, HealthEvents, looks, Panel, Saw, Tiers } from "./figures";
import { type Criterion, criteriaOf, judged, outcomeOf } from "./outcome";
import { useSaid } from "./said";
import { drillText } from "./text";
import { share, spoken, useDrillWords } from "./words";

type Drill = Schema<"Drill">;

/** What a drill has shown: the verdict first, then its evidence. */
export function Report({ drill }: { drill: Drill }) {
  const t = useT(drillText);
  useLightOnPaper();
  const { report } = drill;
  return (
    <>
      <Verdict drill={drill} />
      {report ? (
        <>
          <Panel title={t("figures")}>
            <Figures drill={drill} report={report} />
          </Panel>
          <Findings drill={drill} findings={report.findings} />
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Panel title={t("tiers")}>
              <Tiers report={report} />
            </Panel>
            <Panel title={t("saw")}>
              <Saw report={report} />
            </Panel>
          </SimpleGrid>
          <Panel title={t("health")}>
            <HealthEvents drill={drill} report={report} />
          </Panel>
        </>
      ) : null}
      <Asked drill={drill} />
    </>
  );
}

function useVerdict(): (drill: Drill) => string {
  const t = useT(drillText);
  return (drill) => {
    const served = share(drill.report?.served_percent ?? 0);
    switch (drill.state) {
      case "aborted":
        return t("says.aborted", { who: whoEnded(drill) });
      case "auto_aborted":
        return t("says.protected");
      case "interrupted":
        return t("says.interrupted");
      default:
        if (judged(drill.report) === 0) return t("says.nothing");
        return t(outcomeOf(drill) === "passed" ? "says.passed" : "says.failed", { served });
    }
  };
}

/** Who ended it, as its reason says; else who started it. */
function whoEnded(drill: Drill): string {
  return /^(.+) aborted it\.$/.exec(drill.reason ?? "")?.[1] ?? drill.started_by;
}

function Verdict({ drill }: { drill: Drill }) {
  const t = useT(drillText);
  const said = useSaid();
  const says = useVerdict();
  const look = looks[outcomeOf(drill)];
  return (
    <Paper withBorder p="md" miw={0} role="status" data-outcome={outcomeOf(drill)}>
      <Group wrap="nowrap" align="flex-start">
        <ThemeIcon variant="light" color={look.color} size="xl" radius="xl">
          <look.icon aria-hidden />
        </ThemeIcon>
        <div style={{ minWidth: 0 }}>
          <Title order={2} size="h3" className="hw-break">
            {says(drill)}
          </Title>
          <Stack gap={2} mt={4}>
            {criteriaOf(drill).map((one) => (
              <Objective key={one.id} of={one} />
            ))}
          </Stack>
          {drill.state === "auto_aborted" && drill.reason ? (
            <Text size="sm" mt={4} className="hw-break">
              {said(drill.reason)}
            </Text>
          ) : null}
          <Text size="xs" c="dimmed" mt={4}>
            <Moment at={drill.started_at} /> · {t("by", { who: drill.started_by })}
          </Text>
        </div>
      </Group>
    </Paper>
  );
}

function Objective({ of }: { of: Criterion }) {
  const t = useT(drillText);
  const said =
    of.id === "served"
      ? t("criterion.served", { is: share(of.is), want: share(of.want) })
      : of.id === "added"
        ? t("criterion.added", { is: duration(Math.max(0, of.is)), want: duration(of.want) })
        : t("criterion.addedUnknown", { want: duration(of.want) });
  const Icon = of.met ? IconCircleCheck : IconCircleX;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Icon
        size={18}
        color={`var(--mantine-color-${of.met ? "teal" : "red"}-7)`}
        role="img"
        aria-label={t(of.met ? "met" : "missed")}
        style={{ flexShrink: 0, marginTop: 2 }}
      />
      <Text size="sm">{said}</Text>
    </Group>
  );
}

function Findings({ drill, findings }: { drill: Drill; findings: string[] }) {
  const t = useT(drillText);
  const said = useSaid();
  if (findings.length === 0 && outcomeOf(drill) !== "passed") return null;
  return (
    <Panel title={t("change")}>
      {findings.length === 0 ? (
        <Text size="sm">{t("nothingToChange")}</Text>
      ) : (
        <List type="ordered" size="sm" spacing={6}>
          {findings.map((finding) => (
            <List.Item key={finding} className="hw-break">
              {said(finding)}
            </List.Item>
          ))}
        </List>
      )}
    </Panel>
  );
}

function Asked({ drill }: { drill: Drill }) {
  const t = useT(drillText);
  const said = useSaid();
  const words = useDrillWords();
  const { spec } = drill;
  const rows: [string, ReactNode][] = [
    [
      t("askedTime"),
      <>
        <Moment at={drill.started_at} /> – <Moment at={drill.ended_at} />
      </>,
    ],
    [
      t("askedDuration"),
      spoken(
        spec.duration_s || Math.round((Date.parse(drill.ends_at) - Date.parse(drill.started_at)) / 1000),
      ),
    ],
    [t("askedBy"), drill.started_by],
    [t("askedEnd"), drill.reason ? said(drill.reason) : t(`state.${drill.state}`)],
    ...(spec.note ? [[t("purpose"), spec.note] as [string, ReactNode]] : []),
  ];
  return (
    <Panel title={t("asked")}>
      <Text size="sm" mb="xs" className="hw-break">
        {words.asked(spec)}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" component="dl" m={0}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed" component="dt">
              {name}
            </Text>
            <Text size="sm" component="dd" m={0} className="hw-break">
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Panel>
  );
}

/** Paper is white: whoever prints gets the light colours. */
function useLightOnPaper(): void {
  useEffect(() => {
    const root = document.documentElement;
    const name = "data-mantine-color-scheme";
    let before: string | null = null;
    const on = () => {
      before = root.getAttribute(name);
      root.setAttribute(name, "light");
    };
    const off = () => {
      if (before !== null) root.setAttribute(name, before);
    };
    window.addEventListener("beforeprint", on);
    window.addEventListener("afterprint", off);
    return () => {
      window.removeEventListener("beforeprint", on);
      window.removeEventListener("afterprint", off);
    };
  }, []);
}
