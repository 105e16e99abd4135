// What the panel, the dialog and the report of live checks have in common.

import { Badge, Group, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconProgressHelp,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schema } from "@/rpc";
import { dollars } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { told } from "@/shared/i18n/said";
import { certifyText } from "./certifytext";
import { checkKey, counts, whyKey } from "./certifywords";

const looks = {
  yes: { color: "teal", icon: IconCircleCheck },
  no: { color: "red", icon: IconCircleX },
  unclear: { color: "yellow", icon: IconProgressHelp },
  skipped: { color: "gray", icon: IconCircleDashed },
  changed: { color: "orange", icon: IconAlertTriangle },
} as const;

interface MarkProps {
  /** How a check went, or that one went otherwise the time before. */
  of: keyof typeof looks;
  /** How many did. */
  count?: number;
}

/** Icon and word, never colour alone. */
export function Mark({ of, count }: MarkProps) {
  const t = useT(certifyText);
  const { color, icon: Icon } = looks[of];
  return (
    <Badge
      color={color}
      variant="light"
      radius="sm"
      tt="none"
      leftSection={<Icon size={14} aria-hidden />}
      className="hw-state hw-figures"
      data-outcome={of}
      // A quiet outcome looks as a quiet state does.
      data-state={of === "skipped" ? "off" : undefined}
    >
      {count} {t(`outcome.${of}`)}
    </Badge>
  );
}

/** How all checks of a record went. */
export function Marks({ of: record }: { of: Schema<"CapabilityRecord"> }) {
  return (
    <>
      {counts(record).map(([outcome, count]) => (
        <Mark key={outcome} of={outcome} count={count} />
      ))}
      {record.drift.length > 0 ? <Mark of="changed" /> : null}
    </>
  );
}

/** What a run cost, or that nobody knows. */
export function useCost(): (record: Pick<Schema<"CapabilityRecord">, "price_known" | "cost_usd">) => string {
  const t = useT(certifyText);
  return (record) => (record.price_known ? dollars(record.cost_usd) : t("unknownPrice"));
}

/** A check in the words of the page; by its own name where the page has none. */
export function useCheckName(): (name: string) => string {
  const t = useT(certifyText);
  return (name) => {
    const key = checkKey(name);
    return key ? t(key as "cap") : name;
  };
}

/** What the service said, in the page's language where it came with keys, or is a word of every run. */
export function useSaid(): (words: string, said: Schema<"Said">[] | null | undefined) => string {
  const t = useT(certifyText);
  return (words, said) => {
    const key = said?.length ? undefined : whyKey(words);
    return key ? t(key as "cap") : told(words, said);
  };
}

/** Names and figures, as many beside each other as there is room. */
export function Facts({ cells }: { cells: [string, ReactNode][] }) {
  return (
    <Group gap="lg" component="dl" m={0} align="flex-start">
      {cells.map(([name, value]) => (
        <div key={name} style={{ minWidth: 0 }}>
          <Text size="xs" c="dimmed" component="dt">
            {name}
          </Text>
          <Text size="sm" fw={600} component="dd" m={0} className="hw-figures hw-break">
            {value}
          </Text>
        </div>
      ))}
    </Group>
  );
}
