// The columns of the list of upstreams. They stay the same while rows come and
// go, so that a list of thousands draws only what comes into sight.

import { Group, Text } from "@mantine/core";
import { createContext, memo, type SyntheticEvent, useContext, useMemo } from "react";
import type { CallError, Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { duration, number, percent } from "@/shared/format";
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

/** What its targets and keys come to; undefined while that is not known. */
function useFigures(name: string): Schema<"UpstreamFigures"> | undefined {
  const figures = useRead("health.upstreams", { upstreams: useBatch(name) }, { every: 30_000 });
  return figures.data?.items.find((one) => one.upstream === name);
}

const FirstCell = memo(function FirstCell({ name }: { name: string }) {
  return firstWords(useFigures(name));
});

const LimitedCell = memo(function LimitedCell({ name }: { name: string }) {
  return limitedWords(useFigures(name));
});

const KeysCell = memo(function KeysCell({ name }: { name: string }) {
  return keysWords(useFigures(name));
});

/** What the figures and the strips mean, once there are some. */
export function Legend({ name }: { name: string }) {
  const t = useT(upstreamText);
  const strip = useRead("health.strip", { upstreams: useBatch(name) });
  return (
    <>
      {strip.data ? <StripLegend stepS={strip.data.step_s} keys /> : null}
      <Text size="xs" c="dimmed">
        {t("figuresNote")}
      </Text>
    </>
  );
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
            <div style={{ minWidth: 0 }}>
              <Text size="sm" truncate lh={1.3}>
                <Named name={row.name} title={row.title} />
              </Text>
              <Text size="xs" c="dimmed" truncate lh={1.3}>
                {[names.get(row.provider) ?? row.provider, row.base_url ? hostOf(row.base_url) : ""]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </div>
          </Group>
        ),
      },
      { id: "state", header: t("state"), width: "130px", cell: (row) => <StateCell row={row} /> },
      { id: "strip", header: t("strip"), width: "2fr", cell: (row) => <StripCell name={row.name} /> },
      ...figureColumns(t),
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

function figureColumns(t: ReturnType<typeof useT<(typeof upstreamText)["en"]>>): Column<Upstream>[] {
  return [
    {
      id: "first",
      header: t("firstP95"),
      width: "72px",
      align: "right",
      wide: true,
      cell: (row) => <FirstCell name={row.name} />,
    },
    {
      id: "limited",
      header: t("limited"),
      width: "56px",
      align: "right",
      wide: true,
      cell: (row) => <LimitedCell name={row.name} />,
    },
    {
      id: "keys",
      header: t("keyCount"),
      width: "48px",
      align: "right",
      wide: true,
      cell: (row) => <KeysCell name={row.name} />,
    },
  ];
}

type Figures = Partial<Omit<Schema<"UpstreamFigures">, "upstream">> | undefined;
const nothing = "–";

/** The usual time to the first content. */
export const firstWords = (one: Figures): string =>
  one?.first_p95_ms ? duration(one.first_p95_ms) : nothing;

/** The share of attempts that were answered with 429: only none at all is 0 %. */
export function limitedWords(one: Figures): string {
  if (!one?.asked) return nothing;
  const share = (one.rate_limited ?? 0) / one.asked;
  return share > 0 && share < 0.001 ? `< ${percent(0.001)}` : percent(share);
}

/** How many keys it has; before them how many of them are in use, if not all are. */
export function keysWords(one: Figures): string {
  if (one?.keys === undefined) return nothing;
  return one.keys_off ? `${number(one.keys - one.keys_off)} / ${number(one.keys)}` : number(one.keys);
}

const stop = (event: SyntheticEvent) => event.stopPropagation();

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
