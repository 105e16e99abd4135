import { Anchor, Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconClockX, IconPlayerSkipForward } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useListing, useRead } from "@/rpc/react";
import { moment } from "@/shared/format";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { CommandButton, DeleteDialog, Failure, Moment, Named, Rows, StateBadge, Waiting } from "@/shared/ui";
import { OutcomeBadge } from "./figures";
import { ScheduleForm } from "./scheduleform";
import { scheduleText } from "./scheduletext";
import { useScheduleWords } from "./schedulewords";
import { useDrillWords } from "./words";

type Schedule = Schema<"DrillSchedule">;
type State = Schema<"ScheduleState">;
type Drill = Schema<"Drill">;

/** How tall a row is, and how many are seen before the list scrolls. Unit: pixels. */
const rowHeight = 60;
const rowsSeen = 5;
/** Head and foot of a list. */
const frame = 70;

/** Drills that start by themselves: when next, and what came of the last time. */
export function Schedules({ drills }: { drills: Drill[] }) {
  const t = useT(scheduleText);
  const [filters, setFilters] = useFilters();
  const listing = useListing("schedules.list", {});
  // A time that went by without a drill is told by nobody.
  const states = useRead("schedules.states", {}, { every: 30_000 });
  const update = useCommand("schedules.update");
  const remove = useCommand("schedules.delete");
  const [deleting, setDeleting] = useState<Schedule>();
  const stateOf = (one: Schedule) => states.data?.items.find((state) => state.id === one.id);
  const open = (which: string) => setFilters({ schedule: which }, true);
  const edited = listing.rows.find((one) => one.id === filters.schedule);
  const last = edited ? stateOf(edited)?.last : undefined;
  const add = (
    <CommandButton size="sm" variant="default" onClick={() => open("new")}>
      {t("add")}
    </CommandButton>
  );
  const { rows } = listing;
  return (
    <Stack gap="xs" style={{ flex: "none" }} component="section" aria-label={t("title")}>
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h5">
          {t("title")}
        </Title>
        {rows.length > 0 ? add : null}
      </Group>
      {listing.error ? <Failure error={listing.error} retry={listing.refetch} /> : null}
      {states.error ? <Failure error={states.error} retry={() => void states.refetch()} /> : null}
      {update.error ? <Failure error={update.error} /> : null}
      {listing.loading && !listing.error ? <Waiting /> : null}
      {!listing.loading && !listing.error && rows.length === 0 ? <None add={add} /> : null}
      {rows.length > 0 ? (
        <div
          style={{
            height: Math.min(rows.length, rowsSeen) * rowHeight + frame,
            minHeight: 225,
            display: "flex",
          }}
        >
          <Rows<Schedule>
            label={t("title")}
            rows={rows}
            total={listing.total}
            more={listing.more}
            keyOf={(row) => row.id ?? row.name}
            rowHeight={rowHeight}
            columns={[
              { id: "name", header: t("column.name"), width: "2fr", cell: (row) => <What schedule={row} /> },
              {
                id: "when",
                header: t("column.when"),
                width: "2fr",
                cell: (row) => <When schedule={row} state={stateOf(row)} />,
              },
              {
                id: "last",
                wide: true,
                header: t("column.last"),
                width: "1.6fr",
                cell: (row) => <Last last={stateOf(row)?.last} drills={drills} />,
              },
              {
                id: "do",
                header: "",
                width: "212px",
                cell: (row) => (
                  <Actions
                    schedule={row}
                    onEdit={() => open(row.id ?? "")}
                    onDelete={() => setDeleting(row)}
                    onState={(state) => update.mutate({ ref: row.name, body: { state } })}
                  />
                ),
              },
            ]}
          />
        </div>
      ) : null}
      <ScheduleForm
        opened={filters.schedule === "new" || edited !== undefined}
        onClose={() => setFilters({ schedule: undefined })}
        {...(edited ? { edited } : {})}
        {...(last ? { last } : {})}
      />
      <DeleteDialog
        key={deleting?.name ?? ""}
        name={deleting?.name ?? ""}
        opened={deleting !== undefined}
        onClose={() => setDeleting(undefined)}
        busy={remove.isPending}
        error={remove.error}
        onDelete={() =>
          remove.mutate({ ref: deleting?.name ?? "" }, { onSuccess: () => setDeleting(undefined) })
        }
      >
        <Text size="sm">{t("removeNote")}</Text>
      </DeleteDialog>
    </Stack>
  );
}

function None({ add }: { add: React.ReactNode }) {
  const t = useT(scheduleText);
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed" style={{ flex: "1 1 280px" }}>
          {t("none")} {t("noneWhy")}
        </Text>
        {add}
      </Group>
    </Paper>
  );
}

function What({ schedule }: { schedule: Schedule }) {
  const words = useDrillWords();
  return (
    <>
      <Named name={schedule.name} title={schedule.title} />
      <Text size="xs" c="dimmed" truncate title={words.who(schedule.drill)}>
        {words.what(schedule.drill)}
      </Text>
    </>
  );
}

function When(props: { schedule: Schedule; state: State | undefined }) {
  const t = useT(scheduleText);
  const { when } = useScheduleWords();
  const words = when(props.schedule);
  return (
    <>
      <span title={words}>{words}</span>
      {props.schedule.state === "disabled" ? (
        <div>
          <StateBadge state="off" />
        </div>
      ) : props.state?.next ? (
        <Text size="xs" c="dimmed" truncate component="time" display="block" dateTime={props.state.next}>
          {t("next", { when: moment(props.state.next) })}
        </Text>
      ) : null}
    </>
  );
}

const looks = {
  skipped: { color: "yellow", icon: IconPlayerSkipForward },
  missed: { color: "yellow", icon: IconClockX },
} as const;

/** What came of the last time: the drill and its verdict, or why there was none. */
function Last(props: { last: Schema<"ScheduleOutcome"> | undefined; drills: Drill[] }) {
  const t = useT(scheduleText);
  const { cause } = useScheduleWords();
  const { last } = props;
  if (!last) {
    return (
      <Text size="xs" c="dimmed">
        {t("never")}
      </Text>
    );
  }
  if (last.result === "started") {
    const drill = props.drills.find((one) => one.id === last.drill);
    return (
      <>
        {drill ? (
          <Anchor component={Link} to={`/drills/${encodeURIComponent(drill.id)}`}>
            <OutcomeBadge drill={drill} />
          </Anchor>
        ) : (
          t("result.started")
        )}
        <Text size="xs" c="dimmed" component="div">
          <Moment at={last.due} />
        </Text>
      </>
    );
  }
  const look = looks[last.result];
  return (
    <>
      <Badge
        color={look.color}
        variant="light"
        radius="sm"
        tt="none"
        fw={600}
        leftSection={<look.icon size={14} aria-hidden />}
        className="hw-state"
        data-state="degraded"
      >
        {t(`result.${last.result}`)}
      </Badge>
      <Text size="xs" c="dimmed" truncate component="div" title={`${cause(last)}. ${last.reason ?? ""}`}>
        <Moment at={last.due} /> · {cause(last)}
      </Text>
    </>
  );
}

function Actions(props: {
  schedule: Schedule;
  onEdit: () => void;
  onDelete: () => void;
  onState: (state: "enabled" | "disabled") => void;
}) {
  const t = useT(scheduleText);
  const { name, state } = props.schedule;
  const off = state === "disabled";
  const button = (verb: string, onClick: () => void) => (
    <CommandButton size="compact-xs" variant="default" onClick={onClick} aria-label={t("of", { verb, name })}>
      {verb}
    </CommandButton>
  );
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      {button(t(off ? "enable" : "disable"), () => props.onState(off ? "enabled" : "disabled"))}
      {button(t("edit"), props.onEdit)}
      {button(t("remove"), props.onDelete)}
    </Group>
  );
}
