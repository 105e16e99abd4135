import { Button, Select } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { Schema } from "@/rpc";
import { useListing, useRead } from "@/rpc/react";
import { useRested } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
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
import { AppForm } from "./form";
import { appText } from "./text";

type App = Schema<"App">;

export function AppsPage() {
  const t = useT(appText);
  const ui = useT(uiText);
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters();
  const q = filters.q ?? "";
  const rested = useRested(q);
  const tenants = useRead("tenants.list", { limit: 5000 });
  const listing = useListing("apps.list", {
    ...(rested ? { q: rested } : {}),
    ...(filters.tenant ? { tenant: filters.tenant } : {}),
  });
  const open = () => setFilters({ new: "1" }, true);
  useHotkeys([["n", open]]);
  const go = (app: App) =>
    void navigate({
      to: `/apps/${encodeURIComponent(app.tenant ?? "")}/${encodeURIComponent(app.name)}` as never,
    });
  const create = (
    <CommandButton leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      {t("create")}
    </CommandButton>
  );
  const nothing = !listing.loading && !listing.error && listing.rows.length === 0;
  const filtered = rested !== "" || filters.tenant !== undefined;
  return (
    <Page
      title={t("title")}
      note={t("note")}
      actions={
        <>
          <Select
            aria-label={t("tenant")}
            placeholder={t("tenant")}
            clearable
            searchable
            limit={100}
            w={160}
            data={(tenants.data?.items ?? []).map((one) => one.name)}
            value={filters.tenant ?? null}
            onChange={(tenant) => setFilters({ tenant: tenant ?? undefined })}
          />
          <SearchField value={q} onChange={(value) => setFilters({ q: value })} />
          {create}
        </>
      }
    >
      {listing.error ? <Failure error={listing.error} retry={listing.refetch} /> : null}
      {listing.loading && !listing.error ? <Waiting /> : null}
      {nothing && filtered ? (
        <Empty
          title={ui("nothingFound", { q: rested || (filters.tenant ?? "") })}
          why=""
          action={
            <Button onClick={() => setFilters({ q: undefined, tenant: undefined })}>
              {ui("clearSearch")}
            </Button>
          }
        />
      ) : null}
      {nothing && !filtered ? <Empty title={t("none")} why={t("noneWhy")} action={create} /> : null}
      {listing.rows.length > 0 ? (
        <Rows<App>
          label={t("title")}
          rows={listing.rows}
          total={listing.total}
          more={listing.more}
          keyOf={(row) => row.id ?? row.name}
          onOpen={go}
          columns={[
            {
              id: "name",
              header: t("name"),
              width: "3fr",
              cell: (row) => <Named name={row.name} title={row.title} />,
            },
            { id: "tenant", header: t("tenant"), width: "1fr", cell: (row) => row.tenant ?? "" },
            {
              id: "routes",
              wide: true,
              header: t("routes"),
              width: "2fr",
              cell: (row) => (row.routes.length > 0 ? row.routes.join(", ") : t("noRoutes")),
            },
            {
              id: "criticality",
              wide: true,
              header: t("criticality"),
              width: "1.2fr",
              cell: (row) => t(`critical.${row.criticality ?? "critical"}`),
            },
            {
              id: "state",
              header: t("state"),
              width: "1fr",
              cell: (row) => (row.state === "disabled" ? <StateBadge state="off" /> : ui("enabled")),
            },
          ]}
        />
      ) : null}
      <AppForm opened={filters.new === "1"} onClose={() => setFilters({ new: undefined })} onSaved={go} />
    </Page>
  );
}
