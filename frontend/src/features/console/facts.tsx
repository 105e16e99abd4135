import { Anchor, Badge, Code, Group, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { dollars, duration, number } from "@/shared/format";
import { type Translate, useT } from "@/shared/i18n";
import { CopyButton, Failure, Snippets } from "@/shared/ui";
import classes from "./console.module.css";
import { type Exchange, pretty } from "./desk";
import { Fold } from "./fold";
import { snippetsOf } from "./snippets";
import { consoleText } from "./text";

export type Steps = (call: Schema<"Call">) => ReactNode;
type T = Translate<(typeof consoleText)["en"]>;

const colour = (status: number): string => (status < 300 ? "teal" : status < 500 ? "orange" : "red");

/** What stands below an answer: how it went, who answered, and what is behind it. */
export function Facts({ exchange, steps }: { exchange: Exchange; steps: Steps }) {
  const t = useT(consoleText);
  const read = useRead("calls.get", { id: exchange.callId }, { enabled: exchange.callId !== "" });
  const call = read.data;
  return (
    <Stack gap={4} mt={4}>
      <Group gap="xs" className="hw-figures">
        {exchange.status ? (
          <Badge
            color={exchange.answer.error && exchange.status < 300 ? "red" : colour(exchange.status)}
            variant="light"
            radius="sm"
            tt="none"
            data-status={exchange.status}
          >
            {exchange.status}
          </Badge>
        ) : null}
        <Text size="xs" c="dimmed" className="hw-break">
          {wordsOf(t, exchange, call).join(" · ")}
        </Text>
        {call ? (
          <Anchor size="xs" component={Link} to="/calls" search={{ call: call.id } as never}>
            {t("openCall")}
          </Anchor>
        ) : null}
      </Group>
      {read.error ? <Failure error={read.error} retry={() => void read.refetch()} /> : null}
      <div className={classes.folds}>
        {call && call.attempts.length > 0 ? <Fold label={t("steps")}>{steps(call)}</Fold> : null}
        {exchange.status ? (
          <Fold label={t("headers")}>
            <Headers headers={exchange.headers} />
          </Fold>
        ) : null}
        <Fold label={t("request")}>
          <Request exchange={exchange} />
        </Fold>
        <CopyAs input={exchange.input} />
      </div>
    </Stack>
  );
}

/** How it went, in a few words. */
function wordsOf(t: T, exchange: Exchange, call: Schema<"Call"> | undefined): string[] {
  const words: string[] = [];
  if (call?.upstream) {
    words.push(t("served", { upstream: call.upstream, model: call.model ?? "", tier: call.tier ?? 0 }));
  } else if (call && call.status >= 400) words.push(t("nobody"));
  if (exchange.firstMs !== undefined) words.push(t("first", { time: duration(exchange.firstMs) }));
  if (exchange.totalMs !== undefined) words.push(t("total", { time: duration(exchange.totalMs) }));
  if (call?.tokens_in || call?.tokens_out) {
    const about = call.tokens_estimated ? "~" : "";
    words.push(
      t("tokens", { in: about + number(call.tokens_in ?? 0), out: about + number(call.tokens_out ?? 0) }),
    );
  }
  if (call?.cost_usd) words.push(dollars(call.cost_usd));
  if (exchange.answer.finish) words.push(t("finish", { word: exchange.answer.finish }));
  return words;
}

/** Ours first: they say what the gateway did. */
function Headers({ headers }: { headers: Record<string, string> }) {
  const ours = (name: string) => (name.startsWith("X-Headwater-") ? 0 : 1);
  const rows = Object.entries(headers).sort(([a], [b]) => ours(a) - ours(b) || a.localeCompare(b));
  return (
    <Table layout="fixed" variant="vertical" fz="xs">
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w={200}>{name}</Table.Th>
            <Table.Td className="hw-break">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Request({ exchange: { input } }: { exchange: Exchange }) {
  const lines = Object.entries(input.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const text = [`${input.method ?? "GET"} ${input.path}`, ...lines, "", pretty(input.body ?? "")]
    .join("\n")
    .trim();
  return (
    <Code block className={`hw-code ${classes.block}`} tabIndex={0}>
      {text}
    </Code>
  );
}

/** The call as code, made only for who wants it: a picture in it may be large. */
export function CopyAs({ input }: { input: Omit<Exchange["input"], "app" | "key"> }) {
  const t = useT(consoleText);
  const [opened, setOpened] = useState(false);
  const status = useRead("status.get", {});
  const items = opened ? snippetsOf(status.data?.addresses.data ?? "127.0.0.1:4100", input) : [];
  return (
    <Fold label={t("copyAs")} onToggle={setOpened}>
      {items.length > 0 ? <Snippets label={t("copyAs")} items={items} /> : null}
      <Text size="xs" c="dimmed" mt={4}>
        {t("copyNote")} {t("endpoint")}
      </Text>
    </Fold>
  );
}

/** Text as it came, bounded in height, to be copied. */
export function Body({ text }: { text: string }) {
  return (
    <div className={classes.body}>
      <div className={classes.bodyCopy}>
        <CopyButton text={text} compact />
      </div>
      <Code block className={`hw-code ${classes.block}`} tabIndex={0} data-body>
        {text}
      </Code>
    </div>
  );
}
