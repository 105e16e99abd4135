import { Button, Group, Stack, Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { useListing } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { DrillMark, Failure, HealthWords, Moment, StateBadge, uiText, Waiting } from "@/shared/ui";
import { upstreamText } from "./text";

/** How the health of an upstream has changed, newest first. */
export function Timeline({ upstream }: { upstream: string }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const events = useListing("health.history", { upstream, limit: 20 }, "cursor");
  if (events.error) return <Failure error={events.error} retry={events.refetch} />;
  if (events.loading) return <Waiting />;
  if (events.rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("noEvents")}
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Stack gap="xs" component="ol" p={0} m={0} style={{ listStyle: "none" }} aria-label={t("timeline")}>
        {events.rows.map((event) => (
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
    </Stack>
  );
}

function Event({ event }: { event: Schema<"HealthEvent"> }) {
  const t = useT(upstreamText);
  return (
    <div>
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          <Moment at={event.at} />
        </Text>
        <StateBadge state={event.to} />
        {event.drill ? <DrillMark /> : null}
        <Text size="sm" className="hw-break">
          {t(`scope.${event.kind}`)} {event.name}
        </Text>
      </Group>
      <HealthWords of={{ state: event.to, words: event.words, reason: event.reason }} />
    </div>
  );
}
