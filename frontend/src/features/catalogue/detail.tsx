import { Badge, Button, Drawer, Group, Modal, Stack, Table, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { number } from "@/shared/format";
import { type Translate, useT } from "@/shared/i18n";
import { CommandButton, CopyField, Failure, ProviderMark, uiText, VerifiedMark, Waiting } from "@/shared/ui";
import { Marks } from "./marks";
import { catalogueText } from "./text";
import { prices } from "./values";
import { labelOf, partsOf, priceWords } from "./words";

type Detail = Schema<"ModelDetail">;
type Facts = Schema<"CatalogModel">;
type T = Translate<(typeof catalogueText)["en"]>;

interface PanelProps {
  /** provider/model; closed without. */
  label: string | undefined;
  onClose: () => void;
  onEdit: () => void;
}

/** Everything that is known of one model, and what of it is one's own. */
export function ModelPanel(props: PanelProps) {
  return (
    <Drawer
      opened={Boolean(props.label)}
      onClose={props.onClose}
      position="right"
      size="lg"
      title={props.label ?? ""}
    >
      {props.label ? <Content {...props} label={props.label} /> : null}
    </Drawer>
  );
}

function Content(props: PanelProps & { label: string }) {
  const t = useT(catalogueText);
  const read = useRead("models.show", partsOf(props.label));
  const providers = useRead("providers.list", {});
  if (read.error && !read.data) return <Failure error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <Waiting />;
  const one = read.data;
  return (
    <Stack>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="xs" wrap="nowrap" miw={0}>
          <ProviderMark provider={one.provider} size={24} />
          <div>
            <Title order={2} size="h4" className="hw-break">
              {one.name || one.id}
            </Title>
            <Text size="sm" c="dimmed">
              {one.provider_name}{" "}
              <VerifiedMark of={providers.data?.items.find((known) => known.id === one.provider)} />
            </Text>
          </div>
        </Group>
        <Marks of={one} />
      </Group>
      <CopyField value={one.id} label={t("model")} />
      <FactTable title={t("title")} rows={factRows(t)} one={one} />
      <FactTable title={t("prices")} note={t("perMillion")} rows={priceRows(t)} one={one} />
      <Tiers one={one} />
      <Text size="sm" c="dimmed">
        {one.own_only ? t("onlyOwn") : t("asOf", { day: one.as_of })}
      </Text>
      <Actions one={one} onClose={props.onClose} onEdit={props.onEdit} />
    </Stack>
  );
}

/** A fact by its name: the field it is own by, and how it reads. */
interface FactRow {
  label: string;
  field: string;
  words: (of: Facts) => string;
}

function factRows(t: T): FactRow[] {
  const tokens = (n: number | undefined) => (n ? number(n) : "");
  const can = (flag: boolean | undefined) => t(flag ? "yes" : "no");
  const contents = (list: string[] | null | undefined) =>
    (list ?? []).map((kind) => t(`contents.${kind as "text"}`)).join(", ");
  return [
    { label: t("kind"), field: "kind", words: (of) => t(`kinds.${(of.kind || "chat") as "chat"}`) },
    {
      label: t("status"),
      field: "status",
      words: (of) => t(`stages.${(of.status || "active") as "active"}`),
    },
    { label: t("context"), field: "context", words: (of) => tokens(of.context) },
    { label: t("max_input"), field: "max_input", words: (of) => tokens(of.max_input) },
    { label: t("max_output"), field: "max_output", words: (of) => tokens(of.max_output) },
    { label: t("in"), field: "in", words: (of) => contents(of.in) },
    { label: t("out"), field: "out", words: (of) => contents(of.out) },
    { label: t("abilities.tools"), field: "tools", words: (of) => can(of.tools) },
    { label: t("abilities.schema"), field: "schema", words: (of) => can(of.schema) },
    { label: t("abilities.reasoning"), field: "reasoning", words: (of) => can(of.reasoning) },
    { label: t("family"), field: "family", words: (of) => of.family ?? "" },
    { label: t("open"), field: "open_weights", words: (of) => can(of.open_weights) },
    { label: t("dialect"), field: "dialect", words: (of) => of.dialect ?? "" },
    { label: t("knowledge"), field: "knowledge", words: (of) => of.knowledge ?? "" },
    { label: t("released"), field: "released", words: (of) => of.released ?? "" },
    { label: t("updated"), field: "updated", words: (of) => of.updated ?? "" },
  ];
}

function priceRows(t: T): FactRow[] {
  return prices.map((field) => ({
    label: t(`price.${field}`),
    field: "price",
    words: (of) => {
      const usd = of.price?.[field];
      // Beside input and output zero means that none is known.
      return usd || (usd === 0 && (field === "input" || field === "output")) ? priceWords(usd) : "";
    },
  }));
}

function FactTable(props: { title: string; note?: string; rows: FactRow[]; one: Detail }) {
  const t = useT(catalogueText);
  const { one } = props;
  const rows = props.rows.filter((row) => row.words(one) || (one.facts && row.words(one.facts)));
  if (rows.length === 0) return null;
  return (
    <div>
      <Title order={3} size="h6">
        {props.title}
      </Title>
      {props.note ? (
        <Text size="xs" c="dimmed">
          {props.note}
        </Text>
      ) : null}
      <Table layout="fixed" variant="vertical" aria-label={props.title}>
        <Table.Tbody>
          {rows.map((row) => {
            const known = one.facts ? row.words(one.facts) : "";
            const own = !one.own_only && one.own_fields?.includes(row.field) && row.words(one) !== known;
            return (
              <Table.Tr key={row.label}>
                <Table.Th w="45%">{row.label}</Table.Th>
                <Table.Td className="hw-break hw-figures">
                  {row.words(one) || "–"}
                  {own ? (
                    <Text span size="xs" c="dimmed" ml="xs">
                      {t("catalogueSays", { value: known || "–" })}
                    </Text>
                  ) : null}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Tiers({ one }: { one: Detail }): ReactNode {
  const t = useT(catalogueText);
  return (one.tiers ?? []).map((tier) => (
    <Group gap="xs" key={tier.above_context}>
      <Badge variant="default" tt="none" radius="sm">
        {t("above", { tokens: number(tier.above_context) })}
      </Badge>
      <Text size="sm" className="hw-figures">
        {priceWords(tier.input)} / {priceWords(tier.output)}
      </Text>
    </Group>
  ));
}

function Actions({ one, onClose, onEdit }: { one: Detail; onClose: () => void; onEdit: () => void }) {
  const t = useT(catalogueText);
  const ui = useT(uiText);
  const remove = useCommand("models.delete", ["catalog"]);
  const [asking, setAsking] = useState(false);
  const verb = t(one.own_only ? "forget" : "back");
  const go = () =>
    remove.mutate(
      { ref: one.own ?? "" },
      {
        onSuccess: () => {
          setAsking(false);
          if (one.own_only) onClose();
        },
      },
    );
  return (
    <Group>
      <CommandButton onClick={onEdit}>{t("edit")}</CommandButton>
      {one.own ? (
        <CommandButton variant="default" onClick={() => setAsking(true)}>
          {verb}
        </CommandButton>
      ) : null}
      <Modal opened={asking} onClose={() => setAsking(false)} title={labelOf(one)}>
        <Stack>
          <Text size="sm">{one.own_only ? t("onlyOwn") : t("backNote")}</Text>
          {remove.error ? <Failure error={remove.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {ui("cancel")}
            </Button>
            <CommandButton color="red" loading={remove.isPending} onClick={go}>
              {verb}
            </CommandButton>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
