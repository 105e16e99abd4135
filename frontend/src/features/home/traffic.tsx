import { Box, SegmentedControl, SimpleGrid, Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { duration, moment, number, percent } from "@/shared/format";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { Chart, Failure } from "@/shared/ui";
import { Panel } from "./panel";
import { homeText } from "./text";

const spans = { "60": "hour", "360": "sixHours", "1440": "day" } as const;
type Span = keyof typeof spans;

/** What callers got: figures first, and the shape of it below. */
export function TrafficPanel() {
  const t = useT(homeText);
  const [filters, setFilters] = useFilters();
  const span: Span = filters.span && filters.span in spans ? (filters.span as Span) : "60";
  const traffic = useRead("traffic.get", { minutes: Number(span) }, { every: 10_000 });
  return (
    <Panel
      title={t("traffic")}
      action={
        <SegmentedControl
          size="xs"
          aria-label={t("span")}
          value={span}
          onChange={(value) => setFilters({ span: value === "60" ? undefined : value })}
          data={Object.entries(spans).map(([value, key]) => ({ value, label: t(`spans.${key}`) }))}
        />
      }
    >
      {traffic.error ? <Failure error={traffic.error} retry={() => void traffic.refetch()} /> : null}
      {traffic.data ? <Figures traffic={traffic.data} /> : null}
    </Panel>
  );
}

function Figures({ traffic }: { traffic: Schema<"Traffic"> }) {
  const t = useT(homeText);
  const { calls } = traffic;
  const cells: [string, string][] = [
    [t("perSecond"), number(traffic.per_second, 1)],
    [t("callsIn"), number(calls)],
    [t("served"), calls > 0 ? percent((calls - traffic.failed) / calls, 2) : "–"],
    [t("failedOver"), number(traffic.failed_over)],
    [t("p95"), traffic.p95_ms > 0 ? duration(traffic.p95_ms) : "–"],
    [t("firstP95"), traffic.first_p95_ms > 0 ? duration(traffic.first_p95_ms) : "–"],
    [t("tokens"), `${number(traffic.tokens_in)} / ${number(traffic.tokens_out)}`],
  ];
  return (
    <>
      <SimpleGrid cols={{ base: 2, xs: 3, sm: 4, lg: 7 }} spacing="sm" component="dl" m={0}>
        {cells.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed" component="dt">
              {name}
            </Text>
            <Text fw={600} component="dd" m={0} className="hw-figures">
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {traffic.partial ? (
        <Text size="xs" c="dimmed" mt={4}>
          {t("partial")}
        </Text>
      ) : null}
      {calls > 0 ? <Shape buckets={traffic.buckets} /> : null}
    </>
  );
}

function Shape({ buckets }: { buckets: Schema<"TrafficBucket">[] }) {
  const t = useT(homeText);
  return (
    <Box mt="sm">
      <Chart
        label={t("chart")}
        good={t("answered")}
        bad={t("failedWord")}
        height={140}
        bars={buckets.map((bucket) => ({
          at: bucket.at,
          label: moment(bucket.at).slice(-8, -3),
          good: bucket.calls - bucket.failed,
          bad: bucket.failed,
        }))}
      />
    </Box>
  );
}
