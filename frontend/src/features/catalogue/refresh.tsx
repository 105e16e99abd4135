import {
  Badge,
  Button,
  FileButton,
  Group,
  Modal,
  ScrollArea,
  Stack,
  Table,
  Text,
  Title,
} from "@mantine/core";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { bytes, number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure, Waiting } from "@/shared/ui";
import { catalogueText } from "./text";
import { packed } from "./upload";
import { bothWords } from "./words";

type Diff = Schema<"CatalogDiff">;

/** How many changes and skipped parts are listed one by one. */
const shown = 200;

/** A newer file: chosen, looked at, and put in force; or the way back to the program's own facts. */
export function Refresh(props: { opened: boolean; onClose: () => void }) {
  const t = useT(catalogueText);
  return (
    <Modal opened={props.opened} onClose={props.onClose} size="xl" title={t("refreshTitle")}>
      {props.opened ? <Body /> : null}
    </Modal>
  );
}

function Body() {
  const t = useT(catalogueText);
  const also = ["models", "providers", "upstreams"];
  const preview = useCommand("catalog.preview");
  const apply = useCommand("catalog.refresh", also);
  const [file, setFile] = useState<{ name: string; size: number; text: string | undefined }>();
  const choose = async (chosen: File | null) => {
    if (!chosen) return;
    preview.reset();
    apply.reset();
    const text = await packed(chosen);
    setFile({ name: chosen.name, size: chosen.size, text });
    if (text) preview.mutate({ body: { file: text } });
  };
  const text = file?.text;
  const diff = preview.data;
  return (
    <Stack>
      <Text size="sm">{t("refreshNote")}</Text>
      <Group>
        <FileButton accept=".json,.gz,application/json,application/gzip" onChange={(one) => void choose(one)}>
          {(button) => (
            <Button {...button} variant="default">
              {t("choose")}
            </Button>
          )}
        </FileButton>
        {file ? (
          <Text size="sm" className="hw-break">
            {t("chosen", { name: file.name, size: bytes(file.size) })}
          </Text>
        ) : null}
      </Group>
      {file && !text ? (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {t("tooLarge")}
        </Text>
      ) : null}
      {preview.isPending ? <Waiting /> : null}
      {preview.error ? <Failure error={preview.error} /> : null}
      {apply.error ? <Failure error={apply.error} /> : null}
      {apply.data ? <Text role="status">{t("applied", { day: apply.data.as_of })}</Text> : null}
      {diff && text && !apply.data ? (
        <>
          <DiffView diff={diff} />
          <Group justify="flex-end">
            <CommandButton loading={apply.isPending} onClick={() => apply.mutate({ body: { file: text } })}>
              {t("apply")}
            </CommandButton>
          </Group>
        </>
      ) : null}
      <Reset also={also} />
    </Stack>
  );
}

function Reset({ also }: { also: string[] }) {
  const t = useT(catalogueText);
  const state = useRead("catalog.get", {});
  const reset = useCommand("catalog.reset", also);
  return (
    <>
      {reset.error ? <Failure error={reset.error} /> : null}
      {reset.data ? <Text role="status">{t("resetDone", { day: reset.data.as_of })}</Text> : null}
      {state.data?.source === "file" ? (
        <Group>
          <CommandButton variant="subtle" loading={reset.isPending} onClick={() => reset.mutate({})}>
            {t("reset", { day: state.data.box_as_of })}
          </CommandButton>
        </Group>
      ) : null}
    </>
  );
}

/** What a file changes: the sums, by provider, one by one, and what was not understood. */
function DiffView({ diff }: { diff: Diff }) {
  const t = useT(catalogueText);
  const { added, removed, repriced, deprecated, changed, models, before } = diff;
  const figures = { added, removed, repriced, deprecated, changed, models, before };
  const words = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, number(value)]));
  return (
    <Stack gap="xs" role="status">
      <Text fw={600}>{t("from", { before: diff.now, after: diff.as_of })}</Text>
      <Text size="sm">{diff.providers.length === 0 ? t("nothing") : t("sums", words)}</Text>
      {diff.kept > 0 ? (
        <Text size="sm" c="dimmed">
          {t("kept", { count: diff.kept })}
        </Text>
      ) : null}
      <ScrollArea.Autosize mah={420} tabIndex={0}>
        <Stack gap="xs">
          {diff.providers.length > 0 ? <Providers diff={diff} /> : null}
          {diff.items.length > 0 ? <Changes diff={diff} /> : null}
          {diff.skipped.length > 0 ? <Skipped diff={diff} /> : null}
        </Stack>
      </ScrollArea.Autosize>
    </Stack>
  );
}

function Providers({ diff }: { diff: Diff }) {
  const t = useT(catalogueText);
  const heads = [t("provider"), t("added"), t("removed"), t("repriced"), t("deprecatedCount")];
  return (
    <Table layout="fixed" aria-label={t("byProvider")}>
      <Table.Thead>
        <Table.Tr>
          {heads.map((head, i) => (
            <Table.Th key={head} w={i === 0 ? "44%" : undefined}>
              {head}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {diff.providers.map((one) => (
          <Table.Tr key={one.provider}>
            <Table.Td className="hw-break">
              {one.name} <ProviderNote one={one} />
            </Table.Td>
            {[one.added, one.removed, one.repriced, one.deprecated].map((count, i) => (
              <Table.Td key={heads[i + 1]} className="hw-figures">
                {number(count)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Where the keys of a provider would go that the program does not know by itself. */
function ProviderNote({ one }: { one: Schema<"CatalogDiffProvider"> }) {
  const t = useT(catalogueText);
  const address = one.address ?? "";
  const words = one.gone
    ? t("gone")
    : one.before
      ? t("moved", { before: one.before, address })
      : one.new
        ? t("newProvider", { address })
        : "";
  return words ? (
    <Text span size="xs" c="dimmed">
      {words}
    </Text>
  ) : null;
}

function Changes({ diff }: { diff: Diff }) {
  const t = useT(catalogueText);
  const rows = diff.items.slice(0, shown);
  const more = diff.items.length - rows.length + (diff.items_more ?? 0);
  return (
    <>
      <Table layout="fixed" aria-label={t("changes")}>
        <Table.Tbody>
          {rows.map((one) => (
            <Table.Tr key={`${one.what}/${one.provider}/${one.model}`}>
              <Table.Td w={110}>
                <Badge variant="default" tt="none">
                  {t(`what.${one.what}`)}
                </Badge>
              </Table.Td>
              <Table.Td className="hw-break">
                {one.provider}/{one.model}
              </Table.Td>
              <Table.Td w="36%" className="hw-figures hw-break">
                {one.what === "price"
                  ? `${bothWords(one.before)} → ${bothWords(one.after)}`
                  : one.after || one.before
                    ? bothWords(one.after ?? one.before)
                    : one.fields?.join(", ")}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {more > 0 ? <Text size="sm">{t("more", { count: number(more) })}</Text> : null}
    </>
  );
}

function Skipped({ diff }: { diff: Diff }) {
  const t = useT(catalogueText);
  return (
    <div>
      <Title order={3} size="h6">
        {t("skipped")}
      </Title>
      {diff.skipped.map((one, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and two parts may read alike
        <Text key={i} size="sm" className="hw-break">
          {[one.provider, one.model].filter(Boolean).join("/")}: {one.why}
        </Text>
      ))}
      {diff.skipped_more ? <Text size="sm">{t("more", { count: number(diff.skipped_more) })}</Text> : null}
    </div>
  );
}
