import { Alert, Button, Code, Drawer, Group, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { bytes, dollars, duration, number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { mapText } from "@/shared/map";
import { CopyButton, CopyField, Failure, Moment, Waiting } from "@/shared/ui";
import { Amount } from "./amount";
import { answeredBy, answererOf } from "./answer";
import { consoleOf, curlOf } from "./curl";
import { callText } from "./text";
import { Waterfall } from "./waterfall";

type Call = Schema<"Call">;

/** One call: what happened in words, every attempt, and a command to repeat it. */
export function CallPanel(props: { id: string | undefined; known: Call | undefined; onClose: () => void }) {
  const t = useT(callText);
  return (
    <Drawer
      opened={props.id !== undefined}
      onClose={props.onClose}
      position="right"
      size="xl"
      title={t("detail")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {props.id ? <Body id={props.id} known={props.known} /> : null}
    </Drawer>
  );
}

function Body(props: { id: string; known: Call | undefined }) {
  const t = useT(callText);
  // What is on the screen already need not be asked for.
  const read = useRead("calls.get", { id: props.id }, { enabled: props.known === undefined });
  const status = useRead("status.get", {});
  const call = props.known ?? read.data;
  if (read.error && !call) return <Failure error={read.error} retry={() => void read.refetch()} />;
  if (!call) return <Waiting />;
  return (
    <Stack>
      <Text className="hw-break">{words(t, call)}</Text>
      {call.error ? (
        <Alert color="red" variant="light" title={t("failure")}>
          <Text size="sm" className="hw-break">
            {call.error}
          </Text>
          {call.code ? (
            <Text size="xs" ff="monospace">
              {call.code}
            </Text>
          ) : null}
        </Alert>
      ) : null}
      <section>
        <Title order={2} size="h5" mb="xs">
          {t("waterfall")}
        </Title>
        <Waterfall call={call} />
      </section>
      <section>
        <Title order={2} size="h5" mb="xs">
          {t("facts")}
        </Title>
        <Facts call={call} />
      </section>
      <section>
        <Group justify="space-between" mb={4}>
          <Title order={2} size="h5">
            curl
          </Title>
          <Group gap="xs">
            <Button
              component={Link}
              size="compact-sm"
              variant="default"
              to="/console"
              search={consoleOf(call) as never}
            >
              {t("toConsole")}
            </Button>
            <CopyButton
              text={curlOf(call, status.data?.addresses.data ?? "127.0.0.1:4100")}
              label={t("copyCurl")}
            />
          </Group>
        </Group>
        <Code block className="hw-code" data-curl tabIndex={0}>
          {curlOf(call, status.data?.addresses.data ?? "127.0.0.1:4100")}
        </Code>
        <Text size="xs" c="dimmed" mt={4}>
          {t("curlNote")}
        </Text>
      </section>
    </Stack>
  );
}

type T = ReturnType<typeof useT<(typeof callText)["en"]>>;

/** The call as a sentence. */
function words(t: T, call: Call): string {
  const values = {
    app: call.app ?? t("words.someone"),
    asked: call.asked ?? "–",
    upstream: call.upstream ?? "–",
    tier: call.tier ?? 0,
    status: call.status,
    time: duration(call.total_ms),
  };
  if (call.interrupted) return t("words.interrupted", values);
  if (call.status >= 400) return t("words.failed", values);
  if (call.endpoint === "deferred") return t(call.status === 202 ? "words.waiting" : "words.fetched", values);
  if (call.status === 202) return t("words.deferred", values);
  const kind = answeredBy(call);
  if (kind === "cache" || kind === "scripted") return t(`words.${kind}`, values);
  return t((call.tier ?? 1) > 1 ? "words.other" : "words.ok", values);
}

/** The tokens that the upstream which answered counted apart; no row where it counted none. */
function soundAndPictures(t: T, call: Call): [string, React.ReactNode][] {
  const tokens = call.attempts.findLast((one) => !one.copy)?.tokens;
  const pair = (name: string, taken = 0, given = 0): [string, React.ReactNode][] =>
    taken + given > 0 ? [[name, `${number(taken)} / ${number(given)}`]] : [];
  return [
    ...pair(t("sound"), tokens?.audio_in, tokens?.audio_out),
    ...pair(t("pictures"), tokens?.image_in, tokens?.image_out),
  ];
}

function Facts({ call }: { call: Call }) {
  const t = useT(callText);
  const kinds = useT(mapText);
  const rows: [string, React.ReactNode][] = [
    [t("id"), <CopyField key="id" value={call.id} />],
    [t("time"), <Moment key="at" at={call.started_at} />],
    [t("caller"), [call.tenant, call.app, call.client].filter(Boolean).join(" · ") || "–"],
    [t("asked"), call.asked ?? "–"],
    [t("route"), call.route ?? "–"],
    [t("answered"), answererOf(kinds, call)],
    [
      t("dialect"),
      [call.dialect, call.endpoint, call.stream ? "stream" : ""].filter(Boolean).join(" · ") || "–",
    ],
    [t("status"), String(call.status)],
    [t("first"), call.first_byte_ms ? duration(call.first_byte_ms) : "–"],
    [t("total"), duration(call.total_ms)],
    [
      t("tokensInOut"),
      <Amount key="tokens" estimated={call.tokens_estimated}>
        {number(call.tokens_in ?? 0)} / {number(call.tokens_out ?? 0)}
        {call.tokens_cached ? ` (${t("cached")}: ${number(call.tokens_cached)})` : ""}
      </Amount>,
    ],
    ...soundAndPictures(t, call),
    ...(call.cost_usd
      ? [
          [
            t("cost"),
            <Amount key="cost" estimated={call.attempts.some((one) => one.cost_usd && one.tokens?.estimated)}>
              {dollars(call.cost_usd)}
            </Amount>,
          ] satisfies [string, React.ReactNode],
        ]
      : []),
    [t("sizes"), `${bytes(call.bytes_in)} / ${bytes(call.bytes_out)}`],
  ];
  if (call.dropped) rows.push([t("dropped"), call.dropped]);
  return (
    <Table layout="fixed" variant="vertical">
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w={160}>{name}</Table.Th>
            <Table.Td className="hw-break hw-figures">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
