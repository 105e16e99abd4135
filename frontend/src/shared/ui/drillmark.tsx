import { Badge } from "@mantine/core";
import { texts, useT } from "@/shared/i18n";

const markText = texts(
  "drillmark",
  { drill: "drill", note: "Rehearsed: it happened in the calls of a fire drill alone." },
  { drill: "演练", note: "预演：只发生在故障演练的调用中。" },
);

/** Marks what a fire drill did: nobody else was touched. */
export function DrillMark() {
  const t = useT(markText);
  return (
    <Badge size="sm" variant="light" color="orange" tt="none" title={t("note")} className="hw-state">
      {t("drill")}
    </Badge>
  );
}
