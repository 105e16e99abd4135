import { Anchor, Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { CallError, Schema } from "@/rpc";
import { useCommand, useLineState, useRead } from "@/rpc/react";
import { type Tester, useUpstreamTest } from "@/rpc/testrun";
import { moment } from "@/shared/format";
import { useNow } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { useLanguage, useT } from "@/shared/i18n";
import {
  CommandButton,
  DeleteDialog,
  Failure,
  HealthWords,
  History,
  isByHand,
  Moment,
  Page,
  StateBadge,
  Strip,
  StripLegend,
  shownState,
  TestSteps,
  TestUnderWay,
  Waiting,
} from "@/shared/ui";
import { OperatorMenu } from "./actions";
import { Certified } from "./certify";
import { Credentials } from "./credentials";
import { Discovered } from "./discovered";
import { discoveredText } from "./discoveredtext";
import { UpstreamForm } from "./form";
import { operatorState } from "./operator";
import { upstreamText } from "./text";
import { Timeline } from "./timeline";
import { TinyCompletion } from "./tiny";
import { usersOf } from "./users";

type Upstream = Schema<"Upstream">;

export function UpstreamPage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const upstream = useRead("upstreams.get", { ref: name });
  const t = useT(upstreamText);
  if (upstream.error && !upstream.data) {
    return (
      <Page title={name}>
        <Failure error={upstream.error} retry={() => void upstream.refetch()} />
        <Anchor component={Link} to="/upstreams">
          {t("title")}
        </Anchor>
      </Page>
    );
  }
  if (!upstream.data) {
    return (
      <Page title={name}>
        <Waiting />
      </Page>
    );
  }
  return <Detail key={upstream.data.id} upstream={upstream.data} />;
}

function Detail({ upstream }: { upstream: Upstream }) {
  const t = useT(upstreamText);
  const discovered = useT(discoveredText);
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters();
  const [deleting, setDeleting] = useState(false);
  const [refused, setRefused] = useState<CallError>();
  const now = useNow(10_000);
  const remove = useCommand("upstreams.delete", ["health"]);
  const test = useUpstreamTest();
  const { phase } = useLineState();
  const used = useUsers(upstream.name);
  const state = operatorState(upstream, now);
  const begun = useRef(false);
  // The panel stays while it is tested again: a model that was typed in it is needed once more.
  const [report, setReport] = useState<Schema<"TestReport">>();
  const { run } = test;
  const runTest = useCallback(
    (model?: string) =>
      void run({ ref: upstream.name, ...(model ? { model } : {}) }).then(
        (told) => told && setReport(told),
        () => undefined, // it is shown as the test's error
      ),
    [run, upstream.name],
  );
  // Whoever has just connected it chooses its models next.
  const [fresh] = useState(filters.test === "1");
  const models = (
    <Panel title={discovered("title")}>
      <Discovered upstream={upstream.name} fresh={fresh} />
    </Panel>
  );
  // A new upstream is tested at once: connecting without knowing whether it works is half a job.
  useEffect(() => {
    if (filters.test !== "1" || begun.current || phase !== "online") return;
    begun.current = true;
    setFilters({ test: undefined });
    runTest();
  }, [filters.test, phase, setFilters, runTest]);
  return (
    <Page
      title={upstream.title || upstream.name}
      note={
        <Text size="sm" className="hw-break">
          {upstream.name} · {upstream.provider}
          {upstream.base_url ? ` · ${upstream.base_url}` : ""}
        </Text>
      }
      actions={
        <>
          <CommandButton
            variant={state === "enabled" ? "filled" : "default"}
            onClick={() => runTest()}
            loading={test.running !== undefined}
          >
            {t("test")}
          </CommandButton>
          <CommandButton variant="default" onClick={() => setFilters({ edit: "1" }, true)}>
            {t("edit")}
          </CommandButton>
          <OperatorMenu upstream={upstream} onFailure={setRefused} />
          <CommandButton variant="default" color="red" onClick={() => setDeleting(true)}>
            {t("delete")}
          </CommandButton>
        </>
      }
    >
      {refused ? <Failure error={refused} /> : null}
      {state === "enabled" ? null : <OutOfUse upstream={upstream} state={state} />}
      {test.error ? <Failure error={test.error} retry={() => runTest()} /> : null}
      {report || test.running || test.canceled ? (
        <Panel title={t("testTitle", { name: upstream.name })}>
          <Tested test={test} report={report} />
          <TinyCompletion
            upstream={upstream.name}
            busy={test.running !== undefined}
            onTest={(model) => runTest(model)}
          />
        </Panel>
      ) : null}
      {fresh ? models : null}
      <Panel title={t("strip")}>
        <LastDay name={upstream.name} />
      </Panel>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Panel title={t("words")}>
          <Targets name={upstream.name} />
        </Panel>
        <Panel title={t("usedBy")}>
          {used.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t("unused")}
            </Text>
          ) : (
            <Group gap="xs">
              {used.slice(0, 50).map((route) => (
                <Anchor component={Link} key={route} to={`/routes/${encodeURIComponent(route)}`} size="sm">
                  {route}
                </Anchor>
              ))}
            </Group>
          )}
        </Panel>
      </SimpleGrid>
      <Panel title={t("keys")}>
        <Credentials upstream={upstream.name} provider={upstream.provider} />
      </Panel>
      {fresh ? null : models}
      <Panel title={t("liveChecks")}>
        <Certified upstream={upstream} />
      </Panel>
      <Panel title={t("timeline")}>
        <Timeline upstream={upstream.name} />
      </Panel>
      <Panel title={t("history")}>
        <History kind="upstream" id={upstream.id ?? ""} />
      </Panel>
      <UpstreamForm
        opened={filters.edit === "1"}
        edited={upstream}
        onClose={() => setFilters({ edit: undefined })}
        onSaved={() => undefined}
      />
      <DeleteDialog
        name={upstream.name}
        opened={deleting}
        onClose={() => setDeleting(false)}
        busy={remove.isPending}
        error={remove.error}
        onDelete={() =>
          remove.mutate(
            { ref: upstream.name },
            { onSuccess: () => void navigate({ to: "/upstreams" as never }) },
          )
        }
      >
        {used.length > 0 ? <Text size="sm">{t("deleteEffect", { count: used.length })}</Text> : null}
      </DeleteDialog>
    </Page>
  );
}

/** How a test goes, or went. */
function Tested({ test, report }: { test: Tester; report: Schema<"TestReport"> | undefined }) {
  const t = useT(upstreamText);
  if (test.running) {
    return (
      <>
        <TestUnderWay running={test.running} onCancel={test.cancel} />
        <Text size="sm" c="dimmed">
          {t("underTest")}
        </Text>
      </>
    );
  }
  return (
    <div role="status">
      {test.canceled ? (
        <Text size="sm">{t("testCanceled")}</Text>
      ) : report ? (
        <TestSteps report={report} />
      ) : null}
    </div>
  );
}

export function Panel(props: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" miw={0}>
      <Title order={2} size="h5" mb="xs">
        {props.title}
      </Title>
      {props.children}
    </Paper>
  );
}

/** What a person did to it, what that means for calls, and how far it has come. */
function OutOfUse({ upstream, state }: { upstream: Upstream; state: string }) {
  const t = useT(upstreamText);
  const english = useLanguage()[0] === "en";
  const health = useRead("health.list", { upstreams: [upstream.name] }, { every: 10_000 });
  const targets = health.data?.items ?? [];
  const inFlight = targets.reduce((sum, target) => sum + target.in_flight, 0);
  const until = upstream.maintenance_until;
  const sentences = [
    t(`outWords.${state}` as "outWords.draining"),
    state !== "maintenance" ? "" : until ? t("untilWords", { when: moment(until) }) : t("untilOpen"),
    t("effectRest"),
    !health.data ? "" : inFlight > 0 ? t("underWay", { count: inFlight }) : t("drained"),
  ].filter(Boolean);
  return (
    <Paper withBorder p="md" role="status" data-operator={state}>
      <Group gap="xs" align="center">
        <StateBadge state={state} />
        <Text size="sm">{sentences.join(english ? " " : "")}</Text>
      </Group>
    </Paper>
  );
}

/** How the last day went, with what the bars mean. */
function LastDay({ name }: { name: string }) {
  const t = useT(upstreamText);
  const strip = useRead("health.strip", { upstreams: [name] }, { every: 60_000 });
  if (strip.error) return <Failure error={strip.error} retry={() => void strip.refetch()} />;
  if (!strip.data) return null;
  const own = strip.data.upstreams.find((one) => one.upstream === name);
  if (!own) {
    return (
      <Text size="sm" c="dimmed">
        {t("noStrip")}
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Strip
        name={name}
        since={strip.data.since}
        stepS={strip.data.step_s}
        states={own.states}
        height={32}
        framed
      />
      <StripLegend stepS={strip.data.step_s} keys />
      {strip.data.partial ? <Text size="xs">{t("partial")}</Text> : null}
    </Stack>
  );
}

/** The routes that send calls here. */
function useUsers(name: string): string[] {
  const routes = useRead("routes.list", { limit: 5000 });
  return usersOf(routes.data?.items ?? [], name);
}

function Targets({ name }: { name: string }) {
  const t = useT(upstreamText);
  const health = useRead("health.list", { upstreams: [name] }, { every: 10_000 });
  if (health.error) return <Failure error={health.error} retry={() => void health.refetch()} />;
  const targets = health.data?.items ?? [];
  if (health.data && targets.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("noTargets")}
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      {targets.slice(0, 50).map((target) => (
        <div key={target.target_id}>
          <Group gap="xs">
            <StateBadge state={shownState(target)} />
            <Text size="sm" className="hw-break">
              {target.model}
              {target.credential ? ` · ${target.credential}` : ""}
            </Text>
            {target.since ? (
              <Text size="xs" c="dimmed">
                {t("since")} <Moment at={target.since} />
              </Text>
            ) : null}
            {!isByHand(target.state) && target.not_before && Date.parse(target.not_before) > Date.now() ? (
              <Text size="xs" c="dimmed">
                {t("nextTry")} <Moment at={target.not_before} ago />
              </Text>
            ) : null}
          </Group>
          <HealthWords of={target} />
        </div>
      ))}
    </Stack>
  );
}
