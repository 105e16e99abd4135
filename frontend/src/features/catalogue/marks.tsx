import { Badge, Group } from "@mantine/core";
import { useT } from "@/shared/i18n";
import { catalogueText } from "./text";
import { stages } from "./values";
import type { Entry } from "./words";

/** How far a model is in its life, where that is not active; and whether facts are own ones. */
export function Marks({ of: one }: { of: Entry }) {
  const t = useT(catalogueText);
  const stage = stages.find((known) => known === one.status);
  return (
    <Group gap={4} wrap="nowrap">
      {stage ? (
        <Badge variant="light" radius="sm" tt="none" color={stage === "deprecated" ? "yellow" : "blue"}>
          {t(`stages.${stage}`)}
        </Badge>
      ) : null}
      {one.own ? (
        <Badge variant="light" radius="sm" tt="none" color="indigo">
          {t("own")}
        </Badge>
      ) : null}
    </Group>
  );
}
