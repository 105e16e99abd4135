import { Button } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { Schema } from "@/rpc";
import { useListing } from "@/rpc/react";
import { useRested } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { type Translate, useT } from "@/shared/i18n";
import { kindWord, mapText, targetsKind } from "@/shared/map";
import {
  CommandButton,
  Empty,
  Failure,
  Named,
  Page,
  Rows,
  SearchField,
  StateBadge,
  uiText,
  Waiting,
} from "@/shared/ui";
import { RouteForm } from "./form";
import { routeText } from "./text";

type Route = Schema<"Route">;

export function RoutesPage() {
  const t = useT(routeText);
  const ui = useT(uiText);
  const words = useT(mapText);
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters();
  const q = filters.q ?? "";
  const rested = useRested(q);
  const listing = useListing("routes.list", rested ? { q: rested } : {});
  const open = () => setFilters({ new: "1" }, true);
  useHotkeys([["n", open]]);
  const create = (
    <CommandButton leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      {t("create")}
    </CommandButton>
  );
  const nothing = !listing.loading && !listing.error && listing.rows.length === 0;
  const go = (name: string) => void navigate({ to: `/routes/${encodeURIComponent(name)}` as never });
  return (
    <Page
      title={t("title")}
      note={t("note")}
      actions={
        <>
          <SearchField value={q} onChange={(value) => setFilters({ q: value })} />
          {create}
        </>
      }
    >
      {listing.error ? <Failure error={listing.error} retry={listing.refetch} /> : null}
      {listing.loading && !listing.error ? <Waiting /> : null}
      {nothing && rested ? (
        <Empty
          title={ui("nothingFound", { q: rested })}
          why=""
          action={<Button onClick={() => setFilters({ q: undefined })}>{ui("clearSearch")}</Button>}
        />
      ) : null}
      {nothing && !rested ? <Empty title={t("none")} why={t("noneWhy")} action={create} /> : null}
      {listing.rows.length > 0 ? (
        <Rows<Route>
          label={t("title")}
          rows={listing.rows}
          total={listing.total}
          more={listing.more}
          keyOf={(row) => row.name}
          onOpen={(row) => go(row.name)}
          columns={[
            {
              id: "name",
              header: t("name"),
              width: "3fr",
              cell: (row) => <Named name={row.name} title={row.title} />,
            },
            { id: "ladder", header: t("ladder"), width: "4fr", cell: (row) => ladderWords(words, row) },
            {
              id: "state",
              wide: true,
              header: t("state"),
              width: "1fr",
              cell: (row) => (row.state === "disabled" ? <StateBadge state="off" /> : ui("enabled")),
            },
          ]}
        />
      ) : null}
      <RouteForm
        opened={filters.new === "1"}
        start={filters.upstream ? { upstream: filters.upstream, model: filters.model ?? "" } : undefined}
        onClose={() => setFilters({ new: undefined, upstream: undefined, model: undefined })}
        onSaved={(saved) => go(saved.name)}
      />
    </Page>
  );
}

/** The ladder in one line: a/m + b/m → c/m → Cache. */
function ladderWords(words: Translate<(typeof mapText)["en"]>, route: Route): string {
  return route.tiers
    .map((tier) =>
      tier.kind && tier.kind !== targetsKind
        ? kindWord(words, tier.kind)
        : (tier.targets ?? [])
            .map((target) => (target.model ? `${target.upstream}/${target.model}` : target.upstream))
            .join(" + "),
    )
    .join(" → ");
}
