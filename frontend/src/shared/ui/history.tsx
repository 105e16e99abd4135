import { Stack, Text } from "@mantine/core";
import { useRead } from "@/rpc/react";
import { texts, useT } from "@/shared/i18n";
import { Moment } from "./controls";
import { Failure } from "./page";

const historyText = texts(
  "history",
  {
    none: "No change is on record.",
    created: "{{who}} created it",
    updated: "{{who}} changed {{fields}}",
    deleted: "{{who}} deleted it",
  },
  {
    none: "没有变更记录。",
    created: "{{who}} 创建",
    updated: "{{who}} 修改了 {{fields}}",
    deleted: "{{who}} 删除",
  },
);

/** Who changed a document, when, and which of its fields. */
export function History(props: { kind: string; id: string }) {
  const t = useT(historyText);
  const changes = useRead("changes.list", { kind: props.kind, doc_id: props.id, limit: 20 });
  if (changes.error) return <Failure error={changes.error} retry={() => void changes.refetch()} />;
  const items = changes.data?.items ?? [];
  if (changes.data && items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("none")}
      </Text>
    );
  }
  return (
    <Stack gap={4}>
      {items.map((change) => {
        const item = change.items.find((one) => one.doc_id === props.id);
        return (
          <Text size="sm" key={change.id} className="hw-break">
            <Moment at={change.at} />{" "}
            {!item?.before
              ? t("created", { who: change.actor })
              : !item.after
                ? t("deleted", { who: change.actor })
                : t("updated", { who: change.actor, fields: changed(item.before, item.after).join(", ") })}
          </Text>
        );
      })}
    </Stack>
  );
}

/** The fields that differ, without the bookkeeping. */
function changed(before: unknown, after: unknown): string[] {
  const a = before as Record<string, unknown>;
  const b = after as Record<string, unknown>;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((field) => !["version", "updated_at", "updated_by"].includes(field))
    .filter((field) => JSON.stringify(a[field]) !== JSON.stringify(b[field]));
}
