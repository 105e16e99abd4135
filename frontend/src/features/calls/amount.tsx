import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { useT } from "@/shared/i18n";
import { callText } from "./text";

/** A figure, with a mark and the reason where it is estimated. */
export function Amount(props: { estimated: boolean | undefined; children: ReactNode }) {
  const t = useT(callText);
  if (!props.estimated) return <>{props.children}</>;
  return (
    <Tooltip label={t("estimated")} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the reason must be there for the keyboard too */}
      <span tabIndex={0}>~{props.children}</span>
    </Tooltip>
  );
}
