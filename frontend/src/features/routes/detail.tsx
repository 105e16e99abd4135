import { Anchor, Button, Group, Paper, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useMayWrite, useRead } from "@/rpc/react";
import { number, span } from "@/shared/format";
import { useRested } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { CommandButton, DeleteDialog, Failure, History, Page, StateBadge, Waiting } from "@/shared/ui";
import { DryRun } from "./dryrun";
import { RouteForm } from "./form";
import { fallbackOf, refusals, retryDefaults, retryFields } from "./ladder";
import { MappedRoute } from "./mapped";
import { type ParameterName, parameterNames, parametersOf, type Side, sides, wordOn } from "./parameters";
import { takeText } from "./taketext";
import { routeText } from "./text";

export function RoutePage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const t = useT(routeText);
  const route = useRead("routes.get", { ref: name });
  if (route.error && !route.data) {
    return (
      <Page title={name}>
        <Failure error={route.error} retry={() => void route.refetch()} />
        <Anchor component={Link} to="/routes">
          {t("title")}
        </Anchor>
      </Page>
    );
  }
  if (!route.data) {
    return (
      <Page title={name}>
        <Waiting />
      </Page>
    );
  }
  return <Detail key={route.data.id} route={route.data} />;
}

function Detail({ route }: { route: Schema<"Route"> }) {
  const t = useT(routeText);
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters();
  const [deleting, setDeleting] = useState(false);
  const update = useCommand("routes.update", ["health"]);
  const remove = useCommand("routes.delete", ["health"]);
  const off = route.state === "disabled";
  const { may } = useMayWrite();
  const wildcard = route.name.endsWith("*");
  const [asked, setAsked] = useState(wildcard ? route.name.slice(0, -1) : route.name);
  const model = useRested(asked);
  return (
    <Page
      title={route.title || route.name}
      note={
        <Group gap="xs">
          {off ? <StateBadge state="off" /> : null}
          <Text size="sm" className="hw-break">
            {route.name}
          </Text>
        </Group>
      }
      actions={
        <>
          <Button
            component={Link}
            variant="default"
            to="/console"
            search={{ ...(model ? { model } : {}) } as never}
          >
            {t("tryIt")}
          </Button>
          <CommandButton onClick={() => setFilters({ edit: "1" }, true)}>{t("edit")}</CommandButton>
          <CommandButton
            variant="default"
            loading={update.isPending}
            onClick={() => update.mutate({ ref: route.name, body: { state: off ? "enabled" : "disabled" } })}
          >
            {off ? t("enable") : t("disable")}
          </CommandButton>
          <CommandButton variant="default" color="red" onClick={() => setDeleting(true)}>
            {t("delete")}
          </CommandButton>
        </>
      }
    >
      {update.error ? <Failure error={update.error} /> : null}
      {wildcard ? (
        <TextInput
          label={t("asked")}
          description={t("askedNote")}
          maw={420}
          value={asked}
          maxLength={200}
          onChange={(event) => setAsked(event.currentTarget.value)}
        />
      ) : null}
      <Panel title={t("map")} note={t(may ? "mapNote" : "mapNoteRead")}>
        <MappedRoute route={route} model={model} />
      </Panel>
      <Panel title={t("dryRun")} note={t("dryRunNote")}>
        <DryRun route={route} model={model} />
      </Panel>
      <Panel title={t("trying")}>
        <Trying route={route} />
      </Panel>
      <Panel title={t("history")}>
        <History kind="route" id={route.id ?? ""} />
      </Panel>
      <RouteForm
        opened={filters.edit === "1"}
        edited={route}
        onClose={() => setFilters({ edit: undefined })}
        onSaved={() => undefined}
      />
      <DeleteDialog
        name={route.name}
        opened={deleting}
        onClose={() => setDeleting(false)}
        busy={remove.isPending}
        error={remove.error}
        onDelete={() =>
          remove.mutate({ ref: route.name }, { onSuccess: () => void navigate({ to: "/routes" as never }) })
        }
      />
    </Page>
  );
}

/** What a route says of parameters. */
function wordsOn(route: Schema<"Route">): { name: ParameterName; side: Side; value: string }[] {
  const values = parametersOf(route.parameters);
  return parameterNames.flatMap((name) =>
    sides.flatMap((side) => {
      const value = wordOn(values[side], name);
      return value ? [{ name, side, value }] : [];
    }),
  );
}

/** What is tried for one call; what is not set says which default holds. */
function Trying({ route }: { route: Schema<"Route"> }) {
  const t = useT(routeText);
  const takes = useT(takeText);
  const standard = (value: string) => t("standard", { value });
  const rows: [string, string][] = [
    [
      t("deadlineWord"),
      route.deadline_ms
        ? span(route.deadline_ms)
        : standard(t("deadlineDefault", { plain: span(120_000), stream: span(900_000) })),
    ],
    ...(route.stream_deadline_ms
      ? [[t("streamDeadlineWord"), span(route.stream_deadline_ms)] satisfies [string, string]]
      : []),
    ...retryFields.map((field): [string, string] => {
      const said = (value: number) => (field.endsWith("_ms") ? span(value) : number(value));
      const set = route.retry?.[field];
      return [t(`retry.${field}.word`), set ? said(set) : standard(said(retryDefaults[field]))];
    }),
    ...refusals.map((refusal): [string, string] => [
      t(`fallback.${refusal}.label`),
      fallbackOf(route.fallback)[refusal].join(", ") || t("fallback.none"),
    ]),
    [t("hedge"), t(route.hedge ? "hedgeOn" : "hedgeOff")],
    ...wordsOn(route).map(({ name, side, value }): [string, string] => [
      takes(`param.${name}.label`),
      `${takes(side)}: ${value}`,
    ]),
    [t("translation"), t(route.translation === "strict" ? "translationStrict" : "translationWarn")],
  ];
  return (
    <Table layout="fixed" variant="vertical" maw={720}>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={`${name} ${value}`}>
            <Table.Th w="45%">{name}</Table.Th>
            <Table.Td className="hw-figures">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Panel(props: { title: string; note?: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" miw={0}>
      <Title order={2} size="h5">
        {props.title}
      </Title>
      <Stack gap="xs" mt="xs">
        {props.note ? (
          <Text size="sm" c="dimmed">
            {props.note}
          </Text>
        ) : null}
        {props.children}
      </Stack>
    </Paper>
  );
}
