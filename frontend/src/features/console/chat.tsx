import { ActionIcon, Alert, Button, FileButton, Group, Paper, Stack, Text, Textarea } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { bytes } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { CommandButton, Empty, Failure } from "@/shared/ui";
import classes from "./console.module.css";
import type { Desk, Exchange, Turn, View } from "./desk";
import type { Image } from "./dialects";
import { Facts, type Steps } from "./facts";
import { Fold } from "./fold";
import { consoleText } from "./text";

/** A body may have 1 MiB, and base64 makes four bytes of three. */
const mostImage = 600 * 1024;
const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The conversation, and the field for what is said next. */
export function Chat({ desk, view, steps }: { desk: Desk; view: View; steps: Steps }) {
  const t = useT(consoleText);
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const last = view.exchanges.find((one) => one.id === view.turns.at(-1)?.exchange);
  // Who has scrolled up to read is left alone.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when there is more to see
  useEffect(() => {
    const box = scroller.current;
    if (box && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [last, view.turns.length]);
  return (
    <div className={classes.chat}>
      <div
        ref={scroller}
        className={classes.turns}
        role="log"
        aria-live="off"
        aria-label={t("conversation")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        onScroll={(event) => {
          const box = event.currentTarget;
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
        }}
      >
        {view.turns.length === 0 ? <Empty title={t("nothing")} why={t("nothingWhy")} /> : null}
        {view.turns.map((turn, i) => {
          const exchange = view.exchanges.find((one) => one.id === turn.exchange);
          const next = i === view.turns.length - 1 && exchange?.phase === "done";
          return exchange ? (
            <OneTurn
              key={turn.exchange}
              turn={turn}
              exchange={exchange}
              steps={steps}
              onResult={next ? () => desk.result(exchange) : undefined}
            />
          ) : null;
        })}
      </div>
      <Composer desk={desk} view={view} />
    </div>
  );
}

function OneTurn(props: {
  turn: Turn;
  exchange: Exchange;
  steps: Steps;
  onResult: (() => void) | undefined;
}) {
  const t = useT(consoleText);
  const { said } = props.turn;
  return (
    <>
      <Paper withBorder className={classes.said} aria-label={t(said.role === "user" ? "you" : "results")}>
        <Text size="xs" c="dimmed">
          {t(said.role === "user" ? "you" : "results")}
        </Text>
        <Text size="sm" className="hw-break">
          {said.role === "user" ? said.text : said.results.map((one) => one.text).join("\n")}
        </Text>
        {said.role === "user" && said.image ? (
          <Text size="xs" c="dimmed">
            {t("attached", { name: said.image.name, size: bytes((said.image.base64.length * 3) / 4) })}
          </Text>
        ) : null}
      </Paper>
      <Answered exchange={props.exchange} steps={props.steps} onResult={props.onResult} />
    </>
  );
}

function Answered(props: { exchange: Exchange; steps: Steps; onResult: (() => void) | undefined }) {
  const t = useT(consoleText);
  const { exchange } = props;
  const { answer, phase, error } = exchange;
  const nothing = !answer.text && !answer.reasoning && answer.tools.length === 0;
  return (
    <section className={classes.answered} aria-label={t("answer")} aria-busy={phase === "running"}>
      {answer.reasoning ? (
        <Fold label={t("reasoning")}>
          <Text size="sm" c="dimmed" className="hw-break">
            {answer.reasoning}
          </Text>
        </Fold>
      ) : null}
      {answer.text ? (
        <Text size="sm" className="hw-break" data-answer>
          {answer.text}
        </Text>
      ) : null}
      {answer.tools.map((tool) => (
        <Paper key={`${tool.id} ${tool.name}`} withBorder p="xs">
          <Text size="xs" fw={600}>
            {t("toolCall", { name: tool.name })}
          </Text>
          <Text size="xs" ff="monospace" className="hw-break">
            {tool.args}
          </Text>
        </Paper>
      ))}
      {answer.tools.length > 0 && props.onResult ? (
        <CommandButton size="compact-sm" variant="default" w="fit-content" onClick={props.onResult}>
          {t("sendResult")}
        </CommandButton>
      ) : null}
      {phase === "running" && nothing ? (
        <Text size="sm" c="dimmed" role="status">
          {t("waiting")}
        </Text>
      ) : null}
      {answer.error ? (
        <Alert color="red" variant="light" py="xs">
          <Text size="sm" className="hw-break">
            {answer.error}
          </Text>
        </Alert>
      ) : null}
      {error ? <Failure error={error} /> : null}
      {exchange.canceled ? (
        <Text size="sm" c="dimmed" role="status">
          {t("stopped")}
        </Text>
      ) : null}
      {phase === "done" && nothing && !answer.error && !exchange.canceled ? (
        <Text size="sm" c="dimmed">
          {t("noText")}
        </Text>
      ) : null}
      {phase === "running" ? null : <Facts exchange={exchange} steps={props.steps} />}
    </section>
  );
}

function Composer({ desk, view }: { desk: Desk; view: View }) {
  const t = useT(consoleText);
  const [text, setText] = useState("");
  const [image, setImage] = useState<Image>();
  const [wrong, setWrong] = useState("");
  const { settings } = view;
  const running = desk.running("chat");
  const missing = settings.app === "" || settings.model === "" ? t("pickFirst") : undefined;
  const send = () => {
    if (running || missing || !text.trim()) return;
    desk.say(text, image);
    setText("");
    setImage(undefined);
  };
  const stop = () => running && desk.cancel(running.id);
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else if (event.key === "Escape" && running) stop();
    else return;
    event.preventDefault();
  };
  const attach = (file: File | null) => {
    setWrong("");
    if (!file) return;
    if (!imageTypes.includes(file.type)) return setWrong(t("notImage", { name: file.name }));
    if (file.size > mostImage) {
      return setWrong(t("tooLarge", { name: file.name, size: bytes(file.size), most: bytes(mostImage) }));
    }
    const reader = new FileReader();
    reader.onload = () =>
      setImage({ name: file.name, type: file.type, base64: String(reader.result).split(",")[1] ?? "" });
    reader.readAsDataURL(file);
  };
  return (
    <Stack gap="xs" onKeyDown={onKey}>
      <Textarea
        label={t("message")}
        placeholder={t("messageHint")}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={200_000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Group gap="xs" wrap="nowrap" miw={0}>
          <FileButton accept={imageTypes.join(",")} onChange={attach}>
            {(button) => (
              <Button {...button} variant="default" style={{ flexShrink: 0 }}>
                {t("attach")}
              </Button>
            )}
          </FileButton>
          {image ? (
            <Group gap={2} wrap="nowrap" miw={0}>
              <Text size="xs" truncate title={image.name}>
                {t("attached", { name: image.name, size: bytes((image.base64.length * 3) / 4) })}
              </Text>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("detach")}
                onClick={() => setImage(undefined)}
              >
                ×
              </ActionIcon>
            </Group>
          ) : null}
          {wrong ? (
            <Text size="xs" c="var(--mantine-color-error)" role="alert">
              {wrong}
            </Text>
          ) : null}
        </Group>
        <Group gap="xs" wrap="nowrap" style={{ flexShrink: 0 }}>
          {view.turns.length > 0 ? (
            <Button variant="default" onClick={() => desk.clear()}>
              {t("clear")}
            </Button>
          ) : null}
          {running ? (
            <Button color="red" variant="light" onClick={stop}>
              {t("stop")}
            </Button>
          ) : (
            <CommandButton
              onClick={send}
              {...(missing ? { why: missing } : {})}
              disabled={!missing && !text.trim()}
            >
              {t("send")}
            </CommandButton>
          )}
        </Group>
      </Group>
    </Stack>
  );
}
