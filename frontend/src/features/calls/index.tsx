import { Alert, Anchor, Button, Group, Text, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconFilter, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Schema } from "@/rpc";
import { useFollow, useListing, useRead } from "@/rpc/react";
import { number } from "@/shared/format";
import { useRested } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { chatSnippets, Empty, Failure, Page, Snippets, Waiting } from "@/shared/ui";
import { CallPanel } from "./detail";
import { parse } from "./filter";
import { CallList } from "./list";
import { Tail } from "./tail";
import { callText } from "./text";

type Call = Schema<"Call">;

/** Every call as it ends, and those of the past. */
export function CallsPage() {
  const t = useT(callText);
  const [filters, setFilters] = useFilters();
  // A link from elsewhere may name an app alone: ?app=crm.
  const line = filters.q ?? (filters.app ? `app:${filters.app}` : "");
  const [typed, setTyped] = useState(line);
  const rested = useRested(typed);
  const { filter, unknown } = useMemo(() => parse(rested), [rested]);
  const input = useRef<HTMLInputElement>(null);
  const [opened, setOpened] = useState<Call>();
  const tail = useMemo(() => new Tail(filter), [filter]);
  useEffect(() => () => tail.stop(), [tail]);
  const view = useSyncExternalStore(tail.watch, tail.snapshot);
  // Followed before the log is read: no call can end between the two unseen.
  useFollow("calls.tail", (push) =>
    tail.add(
      push.events.map((event) => event.data),
      push.dropped ?? 0,
    ),
  );
  const history = useListing("calls.list", { ...filter, limit: 200 }, "cursor");
  const count = history.rows.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows are new only when their number is
  useEffect(() => tail.setOlder(history.rows), [tail, count, history.loading]);
  useEffect(() => {
    if (rested !== (filters.q ?? "")) setFilters({ q: rested || undefined, app: undefined });
  }, [rested, filters.q, setFilters]);

  const toggle = () => (view.paused ? tail.resume() : tail.pause());
  useHotkeys(
    [
      ["/", () => input.current?.focus()],
      ["Space", toggle],
    ],
    // There Space has a meaning of its own.
    ["INPUT", "TEXTAREA", "SELECT", "BUTTON", "A"],
  );
  const open = (call: Call) => {
    setOpened(call);
    setFilters({ call: call.id }, true);
  };
  const add = (words: string) =>
    setTyped((before) => (before.includes(words) ? before : `${before} ${words}`.trim()));
  const empty = !history.loading && !history.error && view.count === 0;
  return (
    <Page
      title={t("title")}
      actions={
        <>
          <TextInput
            ref={input}
            aria-label={t("query")}
            placeholder={t("queryHint")}
            leftSection={<IconFilter size={16} aria-hidden />}
            value={typed}
            maxLength={400}
            w={360}
            maw="100%"
            ff="monospace"
            spellCheck={false}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button.Group>
            <Button variant="default" onClick={() => add("errors")}>
              {t("failed")}
            </Button>
            <Button variant="default" onClick={() => add("status:429")}>
              {t("limited")}
            </Button>
          </Button.Group>
          <Button
            variant="default"
            leftSection={
              view.paused ? (
                <IconPlayerPlay size={16} aria-hidden />
              ) : (
                <IconPlayerPause size={16} aria-hidden />
              )
            }
            onClick={toggle}
          >
            {view.paused ? t("resume") : t("pause")}
          </Button>
        </>
      }
    >
      {unknown ? (
        <Text size="sm" role="status">
          {t("unknown", { word: unknown })}
        </Text>
      ) : null}
      {history.error ? <Failure error={history.error} retry={history.refetch} /> : null}
      {view.lost > 0 ? (
        <Alert color="yellow" variant="light" py="xs">
          <Group justify="space-between">
            <Text size="sm">{t("lost", { count: view.lost })}</Text>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                tail.forgetLost();
                history.refetch();
              }}
            >
              {t("showLost")}
            </Button>
          </Group>
        </Alert>
      ) : null}
      <Group justify="space-between" role="status" mih={26}>
        <Text size="xs" c="dimmed" className="hw-figures">
          {view.paused ? t("paused") : t("live")} · {number(view.count)}
        </Text>
        {view.paused && view.held > 0 ? (
          <Button size="compact-xs" onClick={() => tail.resume()}>
            {t("newOnes", { count: view.held })}
          </Button>
        ) : null}
      </Group>
      {history.loading && !history.error ? <Waiting /> : null}
      {empty && rested ? (
        <Empty
          title={t("noMatch")}
          why={t("noMatchWhy")}
          action={<Button onClick={() => setTyped("")}>{t("clear")}</Button>}
        />
      ) : null}
      {empty && !rested ? <FirstCall /> : null}
      {view.count > 0 ? <CallList tail={tail} view={view} onOpen={open} more={history.more} /> : null}
      <CallPanel
        id={filters.call || undefined}
        known={opened?.id === filters.call ? opened : undefined}
        onClose={() => setFilters({ call: undefined })}
      />
    </Page>
  );
}

function FirstCall() {
  const t = useT(callText);
  const status = useRead("status.get", {});
  const routes = useRead("routes.list", { limit: 1 });
  const model = routes.data?.items[0]?.name ?? "MODEL";
  const items = chatSnippets(status.data?.addresses.data ?? "127.0.0.1:4100", "$HEADWATER_KEY", model);
  return (
    <Empty
      title={t("noneYet")}
      why={t("noneYetWhy")}
      action={
        <div style={{ textAlign: "left", maxWidth: "100%" }}>
          <Snippets label={t("noneYet")} items={items} />
        </div>
      }
      link={
        <Anchor component={Link} to="/apps">
          {t("toApps")}
        </Anchor>
      }
    />
  );
}
