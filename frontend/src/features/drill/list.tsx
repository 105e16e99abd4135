import { Anchor, Group, Paper, Text, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconFlame } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { CommandButton, Empty, Failure, Moment, Named, Page, Rows, Waiting } from "@/shared/ui";
import { EndButton, TimeLeft } from "./banner";
import { OutcomeBadge } from "./figures";
import { DrillForm } from "./form";
import { judged } from "./outcome";
import { Schedules } from "./schedules";
import { drillText } from "./text";
import { share, useDrillWords } from "./words";

type Drill = Schema<"Drill">;

/** All drills: the one that runs, and those before it. */
export function DrillsPage() {
  const t = useT(drillText);
  const navigate = useNavigate();
  const words = useDrillWords();
  const [filters, setFilters] = useFilters();
  const drills = useRead("drills.list", {});
  const open = () => setFilters({ new: "1" }, true);
  useHotkeys([["n", open]]);
  const all = drills.data?.items ?? [];
  const running = all.find((one) => one.state === "running");
  const earlier = all.filter((one) => one.state !== "running");
  const go = (drill: Drill) => void navigate({ to: `/drills/${encodeURIComponent(drill.id)}` as never });
  const start = (
    <CommandButton
      leftSection={<IconFlame size={16} aria-hidden />}
      onClick={open}
      {...(running ? { why: t("busy") } : {})}
    >
      {t("start")}
    </CommandButton>
  );
  return (
    <Page title={t("title")} note={t("note")} actions={all.length > 0 ? start : null}>
      {drills.error ? <Failure error={drills.error} retry={() => void drills.refetch()} /> : null}
      {drills.isPending && !drills.error ? <Waiting /> : null}
      {drills.data && all.length === 0 ? <Empty title={t("none")} why={t("noneWhy")} action={start} /> : null}
      {running ? (
        <Paper withBorder p="md">
          <Group justify="space-between" gap="md" wrap="wrap">
            <div style={{ flex: "1 1 300px", minWidth: 0 }}>
              <Group gap="xs">
                <OutcomeBadge drill={running} />
                <TimeLeft drill={running} />
              </Group>
              <Text mt={4} className="hw-break">
                {words.sentence(running.spec)}
              </Text>
              <Anchor component={Link} to={`/drills/${encodeURIComponent(running.id)}`} size="sm">
                {t("look")}
              </Anchor>
            </div>
            <EndButton drill={running} />
          </Group>
        </Paper>
      ) : null}
      {drills.data ? <Schedules drills={all} /> : null}
      {earlier.length > 0 ? (
        <>
          <Title order={2} size="h5" mb={-8}>
            {t("history")}
          </Title>
          <Rows<Drill>
            label={t("history")}
            rows={earlier}
            keyOf={(row) => row.id}
            onOpen={go}
            columns={[
              {
                id: "verdict",
                header: t("column.verdict"),
                width: "112px",
                cell: (row) => <OutcomeBadge drill={row} />,
              },
              {
                id: "what",
                header: t("column.what"),
                width: "3fr",
                cell: (row) => <Named name={words.what(row.spec)} title={words.who(row.spec)} />,
              },
              {
                id: "state",
                wide: true,
                header: t("askedEnd"),
                width: "1.6fr",
                cell: (row) => t(`stateShort.${row.state}`),
              },
              {
                id: "served",
                header: t("column.served"),
                width: "72px",
                align: "right",
                cell: (row) =>
                  row.report && judged(row.report) > 0 ? share(row.report.served_percent) : "–",
              },
              {
                id: "at",
                header: t("column.at"),
                width: "172px",
                cell: (row) => <Moment at={row.started_at} />,
              },
            ]}
          />
        </>
      ) : null}
      <DrillForm opened={filters.new === "1"} onClose={() => setFilters({ new: undefined })} onStarted={go} />
    </Page>
  );
}
