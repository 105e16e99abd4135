import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schema } from "@/rpc";
import { useListing } from "@/rpc/react";
import { useNow } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import {
  DrillMark,
  Failure,
  HealthWords,
  Moment,
  StateBadge,
  shownState,
  uiText,
  Waiting,
} from "@/shared/ui";
import { upstreamText } from "./text";

const hour = 3_600_000;
/** How far back it goes, in milliseconds. */
const spans = { hour, day: 24 * hour, all: Number.POSITIVE_INFINITY } as const;
type Span = keyof typeof spans;

/** How the health of an upstream has changed, newest first. */
export function Timeline({ upstream }: { upstream: string }) {
  const t = useT(upstreamText);
  const [filters, setFilters] = useFilters();
  const span: Span = filters.span && filters.span in spans ? (filters.span as Span) : "all";
  return (
    <Stack gap="xs">
      <Group>
        <SegmentedControl
          size="xs"
          aria-label={t("span")}
          value={span}
          onChange={(value) => setFilters({ span: value === "all" ? undefined : value })}
          data={(Object.keys(spans) as Span[]).map((value) => ({ value, label: t(`spans.${value}`) }))}
        />
      </Group>
      <Events key={span} upstream={upstream} span={span} />
    </Stack>
  );
}

function Events({ upstream, span }: { upstream: string; span: Span }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const now = useNow(60_000);
  // Asked for from when it was chosen, so that nothing is read anew because a
  // minute has gone by; what has grown too old since is left out here.
  const since = useMemo(() => (span === "all" ? {} : { since: ago(Date.now(), span) }), [span]);
  const events = useListing("health.history", { upstream, limit: 20, ...since }, "cursor");
  const shown = events.rows.filter((event) => Date.parse(event.at) >= now - spans[span]);
  if (events.error) return <Failure error={events.error} retry={events.refetch} />;
  if (events.loading) return <Waiting />;
  if (shown.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t(span === "all" ? "noEvents" : "noEventsThen")}
      </Text>
    );
  }
  return (
    <>
      <Stack gap="xs" component="ol" p={0} m={0} style={{ listStyle: "none" }} aria-label={t("timeline")}>
        {shown.map((event) => (
          <li key={event.id}>
            <Event event={event} />
          </li>
        ))}
      </Stack>
      {events.more ? (
        <Group>
          <Button size="compact-xs" variant="subtle" onClick={events.more}>
            {ui("loadMore")}
          </Button>
        </Group>
      ) : null}
    </>
  );
}

function ago(now: number, span: Span): string {
  return new Date(now - spans[span]).toISOString();
}

/** What it says in words: the end that a person has set still holds, a next try is over. */
function toldBy(event: Schema<"HealthEvent">) {
  const { to: state, words, reason, by } = event;
  const until = event.kind === "upstream" ? event.not_before : undefined;
  return { state, words, reason, ...(by ? { by } : {}), ...(until ? { not_before: until } : {}) };
}

function Event({ event }: { event: Schema<"HealthEvent"> }) {
  const t = useT(upstreamText);
  return (
    <div>
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          <Moment at={event.at} />
        </Text>
        <StateBadge state={shownState(toldBy(event))} />
        {event.drill ? <DrillMark /> : null}
        <Text size="sm" className="hw-break">
          {t(`scope.${event.kind}`)} {event.name}
        </Text>
        {event.by ? (
          <Text size="sm" c="dimmed">
            {t("by", { who: event.by })}
          </Text>
        ) : null}
      </Group>
      <HealthWords of={toldBy(event)} />
    </div>
  );
}
