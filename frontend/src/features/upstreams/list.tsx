import { Button, Group, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type SyntheticEvent, useState } from "react";
import type { CallError, Schema } from "@/rpc";
import { useCommand, useListing, useRead } from "@/rpc/react";
import { useNow, useRested } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import {
  CommandButton,
  Empty,
  Failure,
  Named,
  Page,
  ProviderMark,
  Rows,
  SearchField,
  StateBadge,
  Strip,
  StripLegend,
  uiText,
  Waiting,
} from "@/shared/ui";
import { OperatorMenu } from "./actions";
import { UpstreamForm } from "./form";
import { stateByUpstream } from "./health";
import { operatorState } from "./operator";
import { upstreamText } from "./text";

type Upstream = Schema<"Upstream">;

export function UpstreamsPage() {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters();
  const q = filters.q ?? "";
  const rested = useRested(q);
  const listing = useListing("upstreams.list", rested ? { q: rested } : {});
  const health = useRead("health.list", {});
  const providers = useRead("providers.list", {});
  const testAll = useCommand("jobs.start");
  const strip = useRead("health.strip", {}, { every: 60_000 });
  const [refused, setRefused] = useState<CallError>();
  const now = useNow(10_000);
  const strips = new Map(strip.data?.upstreams.map((one) => [one.upstream, one.states]));
  const states = stateByUpstream(health.data?.items ?? []);
  const names = new Map(providers.data?.items.map((one) => [one.id, one.name]));
  const open = () => setFilters({ new: "1" }, true);
  useHotkeys([["n", open]]);
  const connect = (
    <CommandButton leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      {t("connect")}
    </CommandButton>
  );
  return (
    <Page
      title={t("title")}
      note={t("note")}
      actions={
        <>
          <SearchField value={q} onChange={(value) => setFilters({ q: value })} />
          {listing.rows.length > 0 ? (
            <CommandButton
              variant="default"
              loading={testAll.isPending}
              onClick={() =>
                testAll.mutate(
                  { body: { kind: "upstreams.test" } },
                  // One that runs already is shown as well.
                  { onSettled: () => setFilters({ jobs: "1" }, true) },
                )
              }
            >
              {t("testAll")}
            </CommandButton>
          ) : null}
          {connect}
        </>
      }
    >
      {refused ? <Failure error={refused} /> : null}
      {listing.error ? <Failure error={listing.error} retry={listing.refetch} /> : null}
      {listing.loading && !listing.error ? <Waiting /> : null}
      {!listing.loading && !listing.error && listing.rows.length === 0 ? (
        rested ? (
          <Empty
            title={ui("nothingFound", { q: rested })}
            why=""
            action={<Button onClick={() => setFilters({ q: undefined })}>{ui("clearSearch")}</Button>}
          />
        ) : (
          <Empty title={t("none")} why={t("noneWhy")} action={connect} />
        )
      ) : null}
      {listing.rows.length > 0 ? (
        <Rows<Upstream>
          label={t("title")}
          rows={listing.rows}
          total={listing.total}
          more={listing.more}
          keyOf={(row) => row.name}
          onOpen={(row) => void navigate({ to: `/upstreams/${encodeURIComponent(row.name)}` as never })}
          columns={[
            {
              id: "name",
              header: t("name"),
              width: "2fr",
              cell: (row) => (
                <Group gap="xs" wrap="nowrap">
                  <ProviderMark provider={row.provider} />
                  <Text size="sm" truncate>
                    <Named name={row.name} title={row.title} />
                  </Text>
                </Group>
              ),
            },
            {
              id: "provider",
              header: t("provider"),
              width: "1.5fr",
              wide: true,
              cell: (row) =>
                [names.get(row.provider) ?? row.provider, row.base_url ? hostOf(row.base_url) : ""]
                  .filter(Boolean)
                  .join(" · "),
            },
            {
              id: "state",
              header: t("state"),
              width: "130px",
              cell: (row) => {
                const byHand = operatorState(row, now);
                const state = byHand === "enabled" ? (states.get(row.name) ?? "unknown") : byHand;
                return <StateBadge state={state} />;
              },
            },
            {
              id: "strip",
              header: t("strip"),
              width: "2.5fr",
              cell: (row) =>
                strip.data && strips.has(row.name) ? (
                  <Strip
                    name={row.name}
                    since={strip.data.since}
                    stepS={strip.data.step_s}
                    states={strips.get(row.name) ?? []}
                  />
                ) : (
                  "–"
                ),
            },
            {
              id: "do",
              header: "",
              width: "36px",
              cell: (row) => (
                // biome-ignore lint/a11y/noStaticElementInteractions: keeps what happens in the menu from opening the row
                <div onClick={stop} onKeyDown={stop}>
                  <OperatorMenu upstream={row} compact onFailure={setRefused} />
                </div>
              ),
            },
          ]}
        />
      ) : null}
      {listing.rows.length > 0 && strip.data ? <StripLegend stepS={strip.data.step_s} keys /> : null}
      <UpstreamForm
        opened={filters.new === "1"}
        onClose={() => setFilters({ new: undefined })}
        onSaved={(saved) =>
          void navigate({
            to: `/upstreams/${encodeURIComponent(saved.name)}` as never,
            search: { test: "1" } as never,
          })
        }
      />
    </Page>
  );
}

const stop = (event: SyntheticEvent) => event.stopPropagation();

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
