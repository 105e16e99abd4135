import { Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useT } from "@/shared/i18n";
import { NumberField } from "@/shared/ui";
import { policyText } from "./policytext";
import {
  type CheckKind,
  checkDefaults,
  checkFieldsOf,
  checkKinds,
  type HealthField,
  healthDefaults,
  type Probe,
  probes,
  readsAnswer,
  type Values,
} from "./values";

const order = ["label", "input", "description", "error"] as const;

interface SectionProps {
  values: Values;
  errors: Record<string, string>;
  set: (change: Partial<Values>) => void;
}

/** The numbers of the breakers. */
export function Breaker({ values, errors, set }: SectionProps) {
  const t = useT(policyText);
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t("breakerNote")}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {(Object.keys(healthDefaults) as HealthField[]).map((field) => (
          <NumberField
            key={field}
            label={t(`health.${field}.label`)}
            help={t(`health.${field}.help`)}
            standard={healthDefaults[field]}
            value={values.health[field]}
            error={errors[`health.${field}`]}
            onChange={(value) => set({ health: { ...values.health, [field]: value } })}
          />
        ))}
      </SimpleGrid>
      <Select
        label={t("health.probe.label")}
        description={t("health.probe.help")}
        inputWrapperOrder={[...order]}
        allowDeselect={false}
        data={probes.map((one) => ({ value: one, label: t(`probes.${one}`) }))}
        value={values.probe}
        error={errors["health.probe"]}
        onChange={(value) => set({ probe: (value ?? "call") as Probe })}
      />
    </Stack>
  );
}

/** How it is asked, at no cost, whether it lives. */
export function FreeCheck({ values, errors, set }: SectionProps) {
  const t = useT(policyText);
  const kind = values.checkKind;
  const standards = { slow_ms: t("never"), status: t("anySuccess") } as Record<string, string>;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t("checkNote")}
      </Text>
      <Select
        label={t("checks.kind.label")}
        description={t("checks.kind.help")}
        inputWrapperOrder={[...order]}
        allowDeselect={false}
        data={checkKinds.map((one) => ({ value: one, label: t(`kinds.${one}`) }))}
        value={kind}
        error={errors["check.kind"]}
        onChange={(value) => set({ checkKind: (value ?? "models") as CheckKind })}
      />
      {kind === "http" ? (
        <TextInput
          label={t("checks.path.label")}
          description={t("checks.path.help")}
          inputWrapperOrder={[...order]}
          placeholder="/health"
          required
          maxLength={500}
          value={values.checkPath}
          error={errors["check.path"]}
          onChange={(event) => set({ checkPath: event.currentTarget.value })}
        />
      ) : null}
      {readsAnswer(kind) ? (
        <TextInput
          label={t("checks.contains.label")}
          description={t("checks.contains.help")}
          inputWrapperOrder={[...order]}
          placeholder={t("anyText")}
          maxLength={500}
          value={values.checkContains}
          error={errors["check.contains"]}
          onChange={(event) => set({ checkContains: event.currentTarget.value })}
        />
      ) : null}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {checkFieldsOf(kind).map((field) => (
          <NumberField
            key={field}
            label={t(`checks.${field}.label`)}
            help={t(`checks.${field}.help`)}
            standard={checkDefaults[field] ?? standards[field] ?? ""}
            value={values.check[field]}
            error={errors[`check.${field}`]}
            onChange={(value) => set({ check: { ...values.check, [field]: value } })}
          />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
