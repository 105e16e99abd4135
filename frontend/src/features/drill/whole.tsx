import { Anchor, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useRead } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { Faults, Objective, type SectionProps, Time, Where, Whose } from "./fields";
import { drillText } from "./text";
import type { Values } from "./values";

/** All that says what a drill is, for one that starts now and for one that starts by itself. */
export function DrillFields({ values, errors, set }: SectionProps) {
  const t = useT(drillText);
  return (
    <>
      <Where values={values} errors={errors} set={set} />
      <Faults values={values} errors={errors} set={set} />
      <Whose values={values} errors={errors} set={set} noKey={<NoKey values={values} />} />
      <Time values={values} errors={errors} set={set} />
      <Objective values={values} errors={errors} set={set} />
      <TextInput
        label={t("purpose")}
        description={t("purposeNote")}
        maxLength={500}
        value={values.note}
        error={errors.note}
        onChange={(event) => set({ note: event.currentTarget.value })}
      />
    </>
  );
}

/** Nobody could take part: says so where keys for drills are asked for and there are none. */
function NoKey({ values }: { values: Values }) {
  const t = useT(drillText);
  const keys = useRead("keys.list", { limit: 1000 }, { enabled: values.keys });
  const all = keys.data && !keys.data.next;
  if (!values.keys || !all || keys.data.items.some((key) => key.drill)) return null;
  return (
    <Text size="sm" role="note">
      {t("noDrillKey")}{" "}
      <Anchor component={Link} to="/apps" size="sm" td="underline">
        {t("toApps")}
      </Anchor>
    </Text>
  );
}
