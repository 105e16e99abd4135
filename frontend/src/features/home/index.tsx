import { Alert, Anchor, Group, List, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { duration, number } from "@/shared/format";
import { useLanguage, useT } from "@/shared/i18n";
import { codes } from "@/shared/i18n/codes";
import { CopyField, Failure, HealthWords, Moment, Page, StateBadge, Waiting } from "@/shared/ui";
import { Drifts } from "./drift";
import { Panel } from "./panel";
import { homeText } from "./text";
import { TrafficPanel } from "./traffic";
import { Verdict } from "./verdict";

/** The first question of every day: can my callers be served right now? */
export function HomePage() {
  const t = useT(homeText);
  const status = useRead("status.get", {}, { every: 15_000 });
  if (status.error && !status.data) {
    return (
      <Page title={t("title")}>
        <Failure error={status.error} retry={() => void status.refetch()} />
      </Page>
    );
  }
  if (!status.data) {
    return (
      <Page title={t("title")}>
        <Waiting />
      </Page>
    );
  }
  return (
    <Page title={t("title")}>
      <Verdict status={status.data} />
      {status.data.calls_trouble ? <LogTrouble code={status.data.calls_trouble} /> : null}
      {status.data.calls_dropped > 0 ? (
        <Alert color="orange" variant="light" icon={<IconAlertTriangle aria-hidden />}>
          {t("dropped", { count: number(status.data.calls_dropped) })}
        </Alert>
      ) : null}
      <Drifts />
      <Checklist status={status.data} />
      <TrafficPanel />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Unwell />
        <Facts status={status.data} />
      </SimpleGrid>
      <Recent />
    </Page>
  );
}

/** That calls are not written down at present, and what to do. */
function LogTrouble({ code }: { code: NonNullable<Schema<"Status">["calls_trouble"]> }) {
  const t = useT(homeText);
  const full = code === "disk_full";
  const known = codes[code];
  const [language] = useLanguage();
  return (
    <Alert color="orange" variant="light" role="status" icon={<IconAlertTriangle aria-hidden />}>
      <Text size="sm">{t(full ? "logFull" : "logStuck")}</Text>
      {full && known ? <Text size="sm">{known[language].next}</Text> : null}
      <Text size="xs" ff="monospace">
        {known?.public ?? code}
      </Text>
    </Alert>
  );
}

/** The targets that cannot take a call now, with when the next try is due. */
function Unwell() {
  const t = useT(homeText);
  const health = useRead("health.list", { unwell: true, limit: 20 }, { every: 15_000 });
  const unwell = health.data?.items ?? [];
  return (
    <Panel title={t("unwell")}>
      {health.error ? <Failure error={health.error} retry={() => void health.refetch()} /> : null}
      {health.data && unwell.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("allWell")}
        </Text>
      ) : null}
      <Stack gap="xs">
        {unwell.map((target) => (
          <div key={target.target_id}>
            <Group gap="xs" wrap="wrap">
              <StateBadge state={target.state} />
              <Anchor
                component={Link}
                to={`/upstreams/${encodeURIComponent(target.upstream)}`}
                size="sm"
                className="hw-break"
              >
                {target.upstream}
              </Anchor>
              <Text size="sm" className="hw-break">
                {target.model}
              </Text>
            </Group>
            <HealthWords of={target} />
          </div>
        ))}
      </Stack>
    </Panel>
  );
}

function Facts(props: { status: Schema<"Status"> }) {
  const t = useT(homeText);
  const { status } = props;
  const count = (kind: string) => status.counts.find((one) => one.kind === kind)?.count ?? 0;
  return (
    <Panel title={t("endpoint")}>
      <Stack gap="xs">
        {status.addresses.data ? (
          <CopyField value={`http://${status.addresses.data}/v1`} label={t("endpoint")} />
        ) : null}
        <Text size="sm" c="dimmed">
          {t("running")} <Moment at={status.started_at} /> · {status.version}
        </Text>
        <Group gap="lg">
          {(
            [
              ["upstream", "upstreams", "/upstreams"],
              ["route", "routes", "/routes"],
              ["app", "apps", "/apps"],
              ["key", "keys", "/apps"],
            ] as const
          ).map(([kind, key, to]) => (
            <Anchor component={Link} to={to} key={kind} size="sm" className="hw-figures">
              {t(key)}: {number(count(kind))}
            </Anchor>
          ))}
        </Group>
      </Stack>
    </Panel>
  );
}

/** What is still to do until calls flow and survive an outage; gone when all is done. */
function Checklist(props: { status: Schema<"Status"> }) {
  const t = useT(homeText);
  // The same as the recent ones below, who ask again and again for both.
  const calls = useRead("calls.list", { limit: recent });
  const count = (kind: string) => props.status.counts.find((one) => one.kind === kind)?.count ?? 0;
  const items = [
    { key: "checkUpstream", done: count("upstream") > 0, to: "/upstreams" },
    { key: "checkRoute", done: count("route") > 0, to: "/routes" },
    { key: "checkApp", done: count("key") > 0, to: "/apps" },
    { key: "checkCall", done: (calls.data?.items.length ?? 0) > 0, to: "/console" },
    { key: "checkSpare", done: count("upstream") > 1, to: "/upstreams" },
  ] as const;
  if (!calls.data || items.every((item) => item.done)) return null;
  return (
    <Panel title={t("checklist")}>
      <List spacing={4} size="sm" center>
        {items.map((item) => (
          <List.Item
            key={item.key}
            icon={
              item.done ? (
                <IconCircleCheck
                  size={18}
                  color="var(--mantine-color-teal-7)"
                  role="img"
                  aria-label={t("done")}
                />
              ) : (
                <IconCircleDashed size={18} role="img" aria-label={t("open")} />
              )
            }
          >
            {item.done ? (
              <Text size="sm" c="dimmed">
                {t(item.key)}
              </Text>
            ) : (
              <Anchor component={Link} to={item.to} size="sm">
                {t(item.key)}
              </Anchor>
            )}
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}

/** How many of the newest calls are shown. */
const recent = 8;

function Recent() {
  const t = useT(homeText);
  const calls = useRead("calls.list", { limit: recent }, { every: 5000 });
  return (
    <Panel
      title={t("recent")}
      action={
        <Anchor component={Link} to="/calls" size="sm">
          {t("allCalls")}
        </Anchor>
      }
    >
      {calls.data?.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("noCalls")}
        </Text>
      ) : (
        <Table.ScrollContainer minWidth={0} type="native">
          <Table aria-label={t("recent")} layout="fixed">
            <Table.Tbody>
              {(calls.data?.items ?? []).map((call) => (
                <Table.Tr key={call.id}>
                  <Table.Td>
                    <Moment at={call.started_at} />
                  </Table.Td>
                  <Table.Td className="hw-break">{call.app ?? "–"}</Table.Td>
                  <Table.Td className="hw-break">{call.asked ?? "–"}</Table.Td>
                  <Table.Td className="hw-figures">
                    <Anchor component={Link} to={`/calls?call=${call.id}` as never} size="sm">
                      {call.status}
                    </Anchor>
                  </Table.Td>
                  <Table.Td ta="right" className="hw-figures">
                    {duration(call.total_ms)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}
