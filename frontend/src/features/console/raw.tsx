import { Alert, Button, Group, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { bytes } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { CommandButton, Empty, Failure } from "@/shared/ui";
import classes from "./console.module.css";
import { type Desk, type Draft, type Exchange, headersOf, pretty, type View } from "./desk";
import { dialectNames, dialects, templatesOf } from "./dialects";
import { Body, Facts, type Steps } from "./facts";
import { consoleText } from "./text";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const sizeOf = (text: string): number => new TextEncoder().encode(text).length;

/** What is wrong with a body as JSON; empty when nothing is. */
export function jsonProblem(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A request as it goes over the wire, and its answer as it comes. */
export function Raw(props: { desk: Desk; view: View; shown: Exchange | undefined; steps: Steps }) {
  const t = useT(consoleText);
  const { desk, view } = props;
  const running = desk.running("raw");
  const wrong = headersOf(view.draft.headers).wrong;
  const ready = view.settings.app !== "" && view.draft.path.startsWith("/") && !wrong;
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (ready && !running) desk.send();
    } else if (event.key === "Escape" && running) desk.cancel(running.id);
    else return;
    event.preventDefault();
  };
  return (
    <div className={classes.raw} role="group" aria-label={t("raw")} onKeyDown={onKey}>
      <Request {...props} running={running} ready={ready} wrong={wrong} />
      <Response exchange={props.shown} steps={props.steps} />
    </div>
  );
}

interface RequestProps {
  desk: Desk;
  view: View;
  running: Exchange | undefined;
  ready: boolean;
  wrong: string | undefined;
}

function Request({ desk, view, running, ready, wrong }: RequestProps) {
  const t = useT(consoleText);
  const { draft, settings } = view;
  const templates = templatesOf(settings.model || "MODEL");
  const nameOf = (one: { method: string; path: string }) => `${one.method} ${one.path}`;
  const begin = (name: string | null) => {
    const found = Object.values(templates)
      .flat()
      .find((one) => nameOf(one) === name);
    if (!found) return;
    const { method, path, body } = found;
    desk.edit({ method, path, body: body ? JSON.stringify(body, null, 2) : "" });
  };
  return (
    <Stack gap="sm" component="section" aria-label={t("request")} miw={0}>
      <Select
        label={t("template")}
        placeholder={t("pickTemplate")}
        searchable
        value={null}
        data={dialects.map((one) => ({ group: dialectNames[one], items: templates[one].map(nameOf) }))}
        onChange={begin}
      />
      <Group gap="xs" align="flex-end">
        <Select
          label={t("method")}
          w={110}
          allowDeselect={false}
          data={methods}
          value={draft.method}
          onChange={(method) => desk.edit({ method: method as Draft["method"] })}
        />
        <TextInput
          label={t("path")}
          flex="1 1 13rem"
          maxLength={2048}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          value={draft.path}
          onChange={(event) => desk.edit({ path: event.currentTarget.value })}
        />
      </Group>
      <Textarea
        label={t("headerLines")}
        placeholder="X-Tier: gold"
        autosize
        minRows={1}
        maxRows={5}
        maxLength={16_000}
        spellCheck={false}
        value={draft.headers}
        error={wrong ? t("headerWrong", { line: wrong }) : undefined}
        onChange={(event) => desk.edit({ headers: event.currentTarget.value })}
      />
      {draft.method === "GET" ? null : <BodyField desk={desk} draft={draft} />}
      <Group justify="flex-end" gap="xs">
        {running ? (
          <Button color="red" variant="light" onClick={() => desk.cancel(running.id)}>
            {t("stop")}
          </Button>
        ) : (
          <CommandButton
            onClick={() => desk.send()}
            {...(settings.app ? {} : { why: t("pickApp") })}
            disabled={settings.app !== "" && !ready}
          >
            {t("send")}
          </CommandButton>
        )}
      </Group>
    </Stack>
  );
}

/** Bodies that are no JSON can be sent all the same: what becomes of them may be the question. */
function BodyField({ desk, draft }: { desk: Desk; draft: Draft }) {
  const t = useT(consoleText);
  const why = draft.body ? jsonProblem(draft.body) : "";
  const size = bytes(sizeOf(draft.body));
  const note = why ? t("bodyWrong", { why }) : t(draft.body ? "bodyGood" : "bodyText", { size });
  return (
    <div>
      <Textarea
        label={t("body")}
        autosize
        minRows={8}
        maxRows={22}
        spellCheck={false}
        maxLength={1_048_576}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
        value={draft.body}
        onChange={(event) => desk.edit({ body: event.currentTarget.value })}
      />
      <Group justify="space-between" mt={4}>
        <Text size="xs" c={why ? "var(--mantine-color-error)" : "dimmed"} className="hw-break" role="status">
          {note}
        </Text>
        {draft.body && !why ? (
          <Button size="compact-xs" variant="default" onClick={() => desk.edit({ body: pretty(draft.body) })}>
            {t("tidy")}
          </Button>
        ) : null}
      </Group>
    </div>
  );
}

function Response({ exchange, steps }: { exchange: Exchange | undefined; steps: Steps }) {
  const t = useT(consoleText);
  return (
    <Stack gap="xs" component="section" aria-label={t("response")} miw={0}>
      <Title order={2} size="h5">
        {t("response")}
      </Title>
      {exchange ? <Shown exchange={exchange} steps={steps} /> : null}
      {exchange ? null : <Empty title={t("noResponse")} why={t("noResponseWhy")} />}
    </Stack>
  );
}

function Shown({ exchange, steps }: { exchange: Exchange; steps: Steps }) {
  const t = useT(consoleText);
  const kind = exchange.headers["Content-Type"] ?? "";
  const over = exchange.phase !== "running";
  return (
    <>
      {exchange.error ? <Failure error={exchange.error} /> : null}
      {exchange.canceled ? (
        <Text size="sm" c="dimmed" role="status">
          {t("stopped")}
        </Text>
      ) : null}
      {!over && exchange.bytes === 0 ? (
        <Text size="sm" c="dimmed" role="status">
          {t("waiting")}
        </Text>
      ) : null}
      {/^(audio|image|video)\/|octet-stream/.test(kind) ? (
        <Alert variant="light">{t("binary", { size: bytes(exchange.bytes), kind })}</Alert>
      ) : exchange.body ? (
        <Body text={over && kind.startsWith("application/json") ? pretty(exchange.body) : exchange.body} />
      ) : over && exchange.status ? (
        <Text size="sm" c="dimmed">
          {t("empty")}
        </Text>
      ) : null}
      {exchange.cut ? (
        <Text size="xs" c="dimmed">
          {t("cut", { size: bytes(exchange.body.length) })}
        </Text>
      ) : null}
      {over ? <Facts exchange={exchange} steps={steps} /> : null}
    </>
  );
}
