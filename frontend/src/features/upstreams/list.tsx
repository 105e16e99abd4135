import { Button } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { CallError, Schema } from "@/rpc";
import { useCommand, useListing } from "@/rpc/react";
import { useRested } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { CommandButton, Empty, Failure, Page, Rows, SearchField, uiText, Waiting } from "@/shared/ui";
import { Batches, batchesOf, Legend, useColumns } from "./columns";
import { UpstreamForm } from "./form";
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
  const testAll = useCommand("jobs.start");
  const [refused, setRefused] = useState<CallError>();
  const columns = useColumns(setRefused);
  const batches = useMemo(() => batchesOf(listing.rows), [listing.rows]);
  const [first] = listing.rows;
  const show = useCallback(
    (row: Upstream) => void navigate({ to: `/upstreams/${encodeURIComponent(row.name)}` as never }),
    [navigate],
  );
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
      {first ? (
        <Batches.Provider value={batches}>
          <Rows<Upstream>
            label={t("title")}
            rows={listing.rows}
            total={listing.total}
            more={listing.more}
            keyOf={(row) => row.name}
            onOpen={show}
            columns={columns}
          />
          <Legend name={first.name} />
        </Batches.Provider>
      ) : null}
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
