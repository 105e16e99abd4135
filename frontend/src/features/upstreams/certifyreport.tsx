import { Alert, Anchor, Code, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { dollars, duration, number } from "@/shared/format";
import { locale, useLanguage, useT } from "@/shared/i18n";
import { sentences } from "@/shared/i18n/said";
import { CopyButton, Failure, Moment, uiText, Waiting } from "@/shared/ui";
import { Facts, Mark, Marks, useCheckName, useCost, useSaid } from "./certifymarks";
import { certifyText } from "./certifytext";
import { byTopic, effectKey, elsewhere } from "./certifywords";

type CapabilityCheck = Schema<"CapabilityCheck">;
type CapabilityRecord = Schema<"CapabilityRecord">;

interface ReportProps {
  id: string | undefined;
  /** The upstream's own base URL of now; empty where the provider's is used. */
  baseUrl: string | undefined;
  onOpen: (id: string) => void;
  onClose: () => void;
}

/** What live checks showed of one model, in a drawer. */
export function CertifyReport(props: ReportProps) {
  const t = useT(certifyText);
  const ui = useT(uiText);
  return (
    <Drawer
      opened={props.id !== undefined}
      onClose={props.onClose}
      position="right"
      size="xl"
      title={t("report")}
      closeButtonProps={{ "aria-label": ui("close") }}
    >
      {props.id ? <Loaded {...props} id={props.id} /> : null}
    </Drawer>
  );
}

function Loaded({ id, baseUrl, onOpen }: ReportProps & { id: string }) {
  const record = useRead("capabilities.show", { id });
  if (record.error && !record.data) {
    return <Failure error={record.error} retry={() => void record.refetch()} />;
  }
  if (!record.data) return <Waiting />;
  return (
    <Stack>
      <RecordView record={record.data} baseUrl={baseUrl} />
      <Earlier record={record.data} onOpen={onOpen} />
    </Stack>
  );
}

const dayOf = (at: string) =>
  new Date(at).toLocaleDateString(locale(), { day: "numeric", month: "short", year: "numeric" });

/** One record, as it was taken. */
export function RecordView({ record, baseUrl }: { record: CapabilityRecord; baseUrl?: string | undefined }) {
  const t = useT(certifyText);
  const said = useSaid();
  const topics = byTopic(record.checks, (check) => check.name);
  return (
    <Stack data-record={record.id}>
      <div>
        <Title order={2} size="h4" className="hw-break">
          {record.model}
        </Title>
        <Text size="sm" c="dimmed" className="hw-break">
          {record.upstream} · <Moment at={record.at} />
        </Text>
      </div>
      <Group gap={6}>
        <Marks of={record} />
      </Group>
      {elsewhere(record, baseUrl) ? <Warning>{t("moved")}</Warning> : null}
      {record.stopped ? (
        <Warning title={t("stopped")}>{said(record.stopped, record.stopped_said)}</Warning>
      ) : null}
      <Drift record={record} />
      <Figures record={record} />
      {topics.map(([topic, checks]) => (
        <section key={topic} aria-label={t(`topic.${topic}`)}>
          <Title order={3} size="h5" mb={4}>
            {t(`topic.${topic}`)}
          </Title>
          <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
            {checks.map((check) => (
              <Check key={check.name} check={check} />
            ))}
          </Stack>
        </section>
      ))}
      {record.checks.some(effectKey) ? (
        <Text size="sm" c="dimmed">
          {t("effectNote")}
        </Text>
      ) : null}
      <Group>
        <CopyButton text={JSON.stringify(record, null, 2)} />
      </Group>
    </Stack>
  );
}

function Warning(props: { title?: string; children: string }) {
  return (
    <Alert
      color="orange"
      variant="light"
      role="status"
      icon={<IconAlertTriangle aria-hidden />}
      title={props.title}
    >
      <Text size="sm" className="hw-break">
        {props.children}
      </Text>
    </Alert>
  );
}

function Drift({ record }: { record: CapabilityRecord }) {
  const t = useT(certifyText);
  const nameOf = useCheckName();
  if (record.drift.length === 0) return null;
  const day = record.before ? dayOf(record.before) : "–";
  return (
    <Alert color="orange" variant="light" icon={<IconAlertTriangle aria-hidden />} data-drift>
      <Stack gap={2}>
        {record.drift.map((one) => (
          <Text key={one.check} size="sm" className="hw-break">
            {t(one.after === "no" ? "driftLost" : "driftWon", { check: nameOf(one.check), day })}{" "}
            <Text span size="xs" ff="monospace">
              {one.check}
            </Text>
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}

function Figures({ record }: { record: CapabilityRecord }) {
  const t = useT(certifyText);
  const cost = useCost();
  const { tokens } = record;
  return (
    <Facts
      cells={[
        [t("cost"), cost(record)],
        [t("tokens"), `${tokens.estimated ? "~" : ""}${number(tokens.in)} / ${number(tokens.out)}`],
        [t("took"), duration(record.took_ms)],
        ...(record.credential ? [[t("key"), record.credential] as [string, string]] : []),
        [t("address"), record.address],
      ]}
    />
  );
}

function Check({ check }: { check: CapabilityCheck }) {
  const t = useT(certifyText);
  const english = useLanguage()[0] === "en";
  const nameOf = useCheckName();
  const said = useSaid();
  const effect = effectKey(check);
  const name = nameOf(check.name);
  return (
    <Group component="li" gap="xs" wrap="nowrap" align="flex-start" data-check={check.name}>
      <div style={{ width: 92, flexShrink: 0 }}>
        <Mark of={check.outcome} />
      </div>
      <div style={{ flex: 1, minWidth: 0 }}>
        <Text size="sm" fw={600} className="hw-break">
          {name}{" "}
          {name === check.name ? null : (
            <Text span size="xs" c="dimmed" fw={400} ff="monospace">
              {check.name}
            </Text>
          )}
        </Text>
        {/* That it passed is said by its name; the rest only where it can be said in the page's language. */}
        {check.words && (english || check.outcome !== "yes" || sentences(check.words_said)) ? (
          <Text size="sm" className="hw-break">
            {said(check.words, check.words_said)}
          </Text>
        ) : null}
        {effect ? (
          <Text size="sm" fw={500}>
            {t("effect", { that: t(effect as "cap") })}
          </Text>
        ) : null}
        {check.seen ? (
          <details>
            <Text size="sm" c="dimmed" component="summary">
              {t("seen")}
            </Text>
            <Code block className="hw-code">
              {check.seen}
            </Code>
          </details>
        ) : null}
      </div>
      {check.outcome === "skipped" ? null : (
        <Text size="xs" c="dimmed" className="hw-figures" ta="right" style={{ flexShrink: 0 }}>
          {duration(check.ms)}
          {check.cost_usd ? (
            <>
              <br />
              {dollars(check.cost_usd)}
            </>
          ) : null}
        </Text>
      )}
    </Group>
  );
}

/** The runs of the same model, newest first. */
function Earlier(props: { record: CapabilityRecord; onOpen: (id: string) => void }) {
  const t = useT(certifyText);
  const cost = useCost();
  const { record } = props;
  const runs = useRead("capabilities.history", { upstream: record.upstream_id, model: record.model });
  const rows = runs.data?.items ?? [];
  if (runs.error) return <Failure error={runs.error} retry={() => void runs.refetch()} />;
  if (rows.length < 2) return null;
  return (
    <section aria-label={t("earlier")}>
      <Title order={3} size="h5" mb={4}>
        {t("earlier")}
      </Title>
      <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {rows.map((one) => (
          <Group component="li" key={one.id} gap={6}>
            {one.id === record.id ? (
              <Text size="sm">
                <Moment at={one.at} />
              </Text>
            ) : (
              <Anchor component="button" type="button" size="sm" onClick={() => props.onOpen(one.id)}>
                <Moment at={one.at} />
              </Anchor>
            )}
            <Marks of={one} />
            <Text size="xs" c="dimmed" className="hw-figures">
              {cost(one)}
            </Text>
          </Group>
        ))}
      </Stack>
    </section>
  );
}
