// The columns of the list of upstreams. They stay the same while rows come and
// go, so that a list of thousands draws only what comes into sight.

import { Group, Text } from "@mantine/core";
import { createContext, memo, type SyntheticEvent, useContext, useMemo } from "react";
import type { CallError, Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { useNow } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { type Column, Named, ProviderMark, StateBadge, Strip, StripLegend } from "@/shared/ui";
import { OperatorMenu } from "./actions";
import { stateByUpstream } from "./health";
import { operatorState } from "./operator";
import { upstreamText } from "./text";

type Upstream = Schema<"Upstream">;

/** How many upstreams are looked up at once. */
const batchSize = 50;

/**
 * To each upstream the batch it is looked up with. Only the rows on the screen
 * ask, each for its batch: of five thousand upstreams few are read, and those
 * together.
 */
export function batchesOf(rows: Upstream[]): Map<string, string[]> {
  const batches = new Map<string, string[]>();
  for (let from = 0; from < rows.length; from += batchSize) {
    const batch = rows.slice(from, from + batchSize).map((row) => row.name);
    for (const name of batch) batches.set(name, batch);
  }
  return batches;
}

export const Batches = createContext(new Map<string, string[]>());

function useBatch(name: string): string[] {
  return useContext(Batches).get(name) ?? [name];
}

const StateCell = memo(function StateCell({ row }: { row: Upstream }) {
  const now = useNow(10_000);
  const health = useRead("health.list", { upstreams: useBatch(row.name) });
  const byHand = operatorState(row, now);
  if (byHand !== "enabled") return <StateBadge state={byHand} />;
  if (!health.data) return null;
  const own = health.data.items.filter((target) => target.upstream === row.name);
  return <StateBadge state={stateByUpstream(own).get(row.name) ?? "unknown"} />;
});

const StripCell = memo(function StripCell({ name }: { name: string }) {
  const strip = useRead("health.strip", { upstreams: useBatch(name) }, { every: 60_000 });
  const own = strip.data?.upstreams.find((one) => one.upstream === name);
  if (!strip.data || !own) return "–";
  return <Strip name={name} since={strip.data.since} stepS={strip.data.step_s} states={own.states} />;
});

/** What the strips mean, once there are some. */
export function Legend({ name }: { name: string }) {
  const strip = useRead("health.strip", { upstreams: useBatch(name) });
  return strip.data ? <StripLegend stepS={strip.data.step_s} keys /> : null;
}

export function useColumns(onFailure: (error: CallError | undefined) => void): Column<Upstream>[] {
  const t = useT(upstreamText);
  const providers = useRead("providers.list", {}).data;
  return useMemo(() => {
    const names = new Map(providers?.items.map((one) => [one.id, one.name]));
    return [
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
      { id: "state", header: t("state"), width: "130px", cell: (row) => <StateCell row={row} /> },
      { id: "strip", header: t("strip"), width: "2.5fr", cell: (row) => <StripCell name={row.name} /> },
      {
        id: "do",
        header: "",
        width: "36px",
        cell: (row) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: keeps what happens in the menu from opening the row
          <div onClick={stop} onKeyDown={stop}>
            <OperatorMenu upstream={row} compact onFailure={onFailure} />
          </div>
        ),
      },
    ];
  }, [t, providers, onFailure]);
}

const stop = (event: SyntheticEvent) => event.stopPropagation();

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
