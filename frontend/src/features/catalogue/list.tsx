import { Alert, Button, Checkbox, Group, MultiSelect, NumberInput, Select, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useMemo } from "react";
import type { Params } from "@/rpc";
import { useListing, useRead } from "@/rpc/react";
import { number } from "@/shared/format";
import { useRested } from "@/shared/hooks";
import { type Filters, useFilters } from "@/shared/hooks/filters";
import { type Translate, useT } from "@/shared/i18n";
import {
  type Column,
  CommandButton,
  Empty,
  Failure,
  Moment,
  Named,
  Page,
  ProviderMark,
  ProviderOption,
  Rows,
  SearchField,
  Waiting,
} from "@/shared/ui";
import { ModelPanel } from "./detail";
import { OwnForm } from "./form";
import { Marks } from "./marks";
import { Refresh } from "./refresh";
import { catalogueText } from "./text";
import { kinds, stages } from "./values";
import {
  abilities,
  abilitiesOf,
  cachedWords,
  type Entry,
  labelOf,
  partsOf,
  priceWords,
  tokenWords,
} from "./words";

type T = Translate<(typeof catalogueText)["en"]>;
type Query = Omit<Params<"models.list">, "after">;

const sorts = ["input", "output", "context", "max_output", "released"] as const;
/** Orders that begin with the most. */
const downwards: readonly string[] = ["context", "max_output", "released"];
const narrowing = ["q", "provider", "kind", "can", "status", "most", "own"];

/** The filters of the address as the service takes them; what is no filter is left out. */
export function queryOf(filters: Filters): Query {
  const one = <Word extends string>(words: readonly Word[], word: string | undefined) =>
    words.find((known) => known === word);
  const kind = one(kinds, filters.kind);
  const status = one(stages, filters.status);
  const sort = one(sorts, filters.sort);
  const can = abilities.filter((ability) => filters.can?.split(",").includes(ability));
  const most = filters.most ? Number(filters.most) : Number.NaN;
  return {
    limit: 100,
    ...(filters.q ? { q: filters.q } : {}),
    ...(filters.provider ? { provider: filters.provider.split(",") } : {}),
    ...(kind ? { kind } : {}),
    ...(status ? { status } : {}),
    ...(can.length > 0 ? { ability: can } : {}),
    ...(most >= 0 ? { max_input_price: most } : {}),
    ...(filters.own ? { own: true } : {}),
    ...(sort ? { sort, ...(downwards.includes(sort) ? { desc: true } : {}) } : {}),
  };
}

/** Everything that is known of models: searched, made better, and brought up to date. */
export function CataloguePage() {
  const t = useT(catalogueText);
  const [filters, setFilters] = useFilters();
  const rested = useRested(filters.q ?? "");
  const listing = useListing("models.list", queryOf({ ...filters, q: rested }));
  const columns = useMemo(() => columnsOf(t), [t]);
  const open = () => setFilters({ new: "1" }, true);
  useHotkeys([["n", open]]);
  const add = (
    <CommandButton leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      {t("add")}
    </CommandButton>
  );
  const clear = () => setFilters(Object.fromEntries(narrowing.map((field) => [field, undefined])));
  return (
    <Page
      title={t("title")}
      note={<State />}
      actions={
        <>
          <SearchField label={t("search")} value={filters.q ?? ""} onChange={(q) => setFilters({ q })} />
          <CommandButton variant="default" onClick={() => setFilters({ refresh: "1" }, true)}>
            {t("refresh")}
          </CommandButton>
          {add}
        </>
      }
    >
      <Narrow filters={filters} set={setFilters} />
      {listing.error ? <Failure error={listing.error} retry={listing.refetch} /> : null}
      {listing.loading && !listing.error ? <Waiting /> : null}
      {!listing.loading && !listing.error && listing.rows.length === 0 ? (
        <Empty title={t("none")} why={t("noneWhy")} action={<Button onClick={clear}>{t("clear")}</Button>} />
      ) : null}
      {listing.rows.length > 0 ? (
        <Rows<Entry>
          label={t("title")}
          rows={listing.rows}
          total={listing.total}
          more={listing.more}
          keyOf={labelOf}
          selected={filters.model}
          onOpen={(row) => setFilters({ model: labelOf(row) }, true)}
          columns={columns}
        />
      ) : null}
      <ModelPanel
        label={filters.new || filters.edit ? undefined : filters.model}
        onClose={() => setFilters({ model: undefined })}
        onEdit={() => setFilters({ edit: "1" }, true)}
      />
      <OwnForm
        opened={Boolean(filters.new || filters.edit)}
        of={filters.edit ? partsOf(filters.model ?? "") : undefined}
        onClose={() => setFilters({ new: undefined, edit: undefined })}
        onSaved={(model) => setFilters({ new: undefined, edit: undefined, model })}
      />
      <Refresh opened={filters.refresh === "1"} onClose={() => setFilters({ refresh: undefined })} />
    </Page>
  );
}

/** Of which day the facts are, and where they come from. */
function State() {
  const t = useT(catalogueText);
  const state = useRead("catalog.get", {});
  if (!state.data) return null;
  const { as_of, models, providers, own, refreshed_at, refreshed_by, lost } = state.data;
  return (
    <Stack gap={4}>
      <span>
        {t("note", { day: as_of, models: number(models), providers: number(providers), own: number(own) })}{" "}
        {refreshed_at ? (
          <span>
            {t("fromFile", { who: refreshed_by ?? "" })} <Moment at={refreshed_at} />
          </span>
        ) : null}
      </span>
      {lost ? (
        <Alert color="yellow" variant="light" py="xs">
          {t("lost")}
        </Alert>
      ) : null}
    </Stack>
  );
}

interface NarrowProps {
  filters: Filters;
  set: (change: Record<string, string | undefined>) => void;
}

function Narrow({ filters, set }: NarrowProps) {
  const t = useT(catalogueText);
  const providers = useRead("providers.list", {});
  const listOf = (text: string | undefined) => (text ? text.split(",") : []);
  const choice = (field: string, label: string, data: { value: string; label: string }[]) => (
    <Select
      aria-label={label}
      data={data}
      value={filters[field] ?? ""}
      allowDeselect={false}
      w={150}
      onChange={(value) => set({ [field]: value || undefined })}
    />
  );
  return (
    <Group gap="xs" role="group" aria-label={t("search")}>
      <MultiSelect
        aria-label={t("provider")}
        placeholder={filters.provider ? "" : t("provider")}
        searchable
        clearable
        limit={60}
        w={220}
        data={(providers.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
        renderOption={({ option }) => (
          <ProviderOption provider={option.value} label={option.label} among={providers.data?.items} />
        )}
        value={listOf(filters.provider)}
        onChange={(value) => set({ provider: value.join(",") })}
      />
      {choice("kind", t("kind"), [
        { value: "", label: t("anyKind") },
        ...kinds.map((kind) => ({ value: kind, label: t(`kinds.${kind}`) })),
      ])}
      <MultiSelect
        aria-label={t("ability")}
        placeholder={filters.can ? "" : t("ability")}
        clearable
        w={200}
        data={abilities.map((ability) => ({ value: ability, label: t(`abilities.${ability}`) }))}
        value={listOf(filters.can)}
        onChange={(value) => set({ can: value.join(",") })}
      />
      {choice("status", t("status"), [
        { value: "", label: t("anyStatus") },
        ...stages.map((stage) => ({ value: stage, label: t(`stages.${stage}`) })),
      ])}
      <NumberInput
        aria-label={`${t("most")} (${t("mostNote")})`}
        title={t("mostNote")}
        placeholder={t("most")}
        prefix="$"
        min={0}
        decimalScale={4}
        w={150}
        value={filters.most ?? ""}
        onChange={(value) => set({ most: value === "" ? undefined : String(value) })}
      />
      {choice("sort", t("sort"), [
        { value: "", label: t("sorts.name") },
        ...sorts.map((sort) => ({ value: sort, label: t(`sorts.${sort}`) })),
      ])}
      <Checkbox
        label={t("ownOnly")}
        checked={filters.own === "1"}
        onChange={(event) => set({ own: event.currentTarget.checked ? "1" : undefined })}
      />
    </Group>
  );
}

function columnsOf(t: T): Column<Entry>[] {
  const figure = (id: string, header: string, cell: (row: Entry) => string, wide?: true): Column<Entry> => ({
    id,
    header,
    width: "84px",
    align: "right",
    ...(wide ? { wide } : {}),
    cell,
  });
  return [
    {
      id: "model",
      header: t("model"),
      width: "3fr",
      cell: (row) => (
        <Group gap="xs" wrap="nowrap" miw={0} title={labelOf(row)}>
          <ProviderMark provider={row.provider} />
          <Text span size="sm" truncate>
            <Text span size="xs" c="dimmed">
              {row.provider_name}
            </Text>{" "}
            <Named name={row.id} title={row.name} />
          </Text>
        </Group>
      ),
    },
    figure("context", t("context"), (row) => tokenWords(row.context), true),
    figure("most", t("max_output"), (row) => tokenWords(row.max_output), true),
    figure("in", t("priceIn"), (row) => priceWords(row.price?.input)),
    figure("out", t("priceOut"), (row) => priceWords(row.price?.output)),
    figure("cached", t("priceCached"), (row) => cachedWords(row.price), true),
    {
      id: "can",
      header: t("ability"),
      width: "1.6fr",
      wide: true,
      cell: (row) => (
        <Text span size="xs" c="dimmed">
          {row.kind && row.kind !== "chat"
            ? t(`kinds.${row.kind as "image"}`)
            : abilitiesOf(row)
                .map((ability) => t(`abilities.${ability}`))
                .join(" · ")}
        </Text>
      ),
    },
    { id: "status", header: t("status"), width: "1fr", wide: true, cell: (row) => <Marks of={row} /> },
  ];
}
