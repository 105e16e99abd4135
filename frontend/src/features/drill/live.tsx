import { Group, Paper, Progress, SimpleGrid, Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { useNow } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { EndButton, TimeLeft } from "./banner";
import { Figures, HealthEvents, Panel, Saw, Tiers } from "./figures";
import { drillText } from "./text";
import { useDrillWords } from "./words";

/** A drill under way: how long still, what it shows so far, and its end. */
export function Live({ drill }: { drill: Schema<"Drill"> }) {
  const t = useT(drillText);
  const words = useDrillWords();
  const { report } = drill;
  return (
    <>
      <Paper withBorder p="md" miw={0}>
        <Group justify="space-between" gap="md" wrap="wrap">
          <div style={{ flex: "1 1 300px", minWidth: 0 }}>
            <Text className="hw-break">{words.sentence(drill.spec)}</Text>
            <Group gap="sm" mt="xs" wrap="nowrap">
              <Passed drill={drill} />
              <TimeLeft drill={drill} />
            </Group>
          </div>
          <EndButton drill={drill} />
        </Group>
      </Paper>
      <Panel title={t("soFar")}>
        {!report || report.calls === 0 ? (
          <Text size="sm" c="dimmed" mb="xs">
            {t("waitingCalls")}
          </Text>
        ) : null}
        {report ? <Figures drill={drill} report={report} /> : null}
      </Panel>
      {report ? (
        <>
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Panel title={t("tiers")}>
              <Tiers report={report} />
            </Panel>
            <Panel title={t("saw")}>
              <Saw report={report} />
            </Panel>
          </SimpleGrid>
          <Panel title={t("health")}>
            <div aria-live="polite" aria-relevant="additions">
              <HealthEvents drill={drill} report={report} />
            </div>
          </Panel>
        </>
      ) : null}
    </>
  );
}

/** How much of its time has passed; the figures are not drawn anew for that. */
function Passed({ drill }: { drill: Schema<"Drill"> }) {
  const t = useT(drillText);
  const now = useNow(1000);
  const began = Date.parse(drill.started_at);
  const whole = Date.parse(drill.ends_at) - began;
  const part = whole > 0 ? Math.min(1, Math.max(0, (now - began) / whole)) : 1;
  return (
    <Progress
      value={100 * part}
      color="orange"
      aria-label={t("time")}
      style={{ flex: "1 1 auto", minWidth: 80 }}
    />
  );
}
