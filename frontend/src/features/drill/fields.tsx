// The fields of the form, in their order.

import {
  Button,
  Checkbox,
  Fieldset,
  Group,
  MultiSelect,
  NumberInput,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import type { ReactNode } from "react";
import { useRead } from "@/rpc/react";
import { number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { NumberField } from "@/shared/ui";
import { useFaultWord } from "@/shared/ui/faults";
import { drillDefaults, type Fault, faultGroups, longest, ofMachine, takes } from "./faults";
import { faultText } from "./faulttext";
import { drillText } from "./text";
import type { Values } from "./values";
import { spoken } from "./words";

export interface SectionProps {
  values: Values;
  errors: Record<string, string>;
  set: (change: Partial<Values>) => void;
}

const most = 1000;
const order = ["label", "input", "description", "error"] as const;

function Section(props: { title: string; disabled?: boolean; children: ReactNode }) {
  return (
    <Fieldset
      legend={props.title}
      miw={0}
      disabled={props.disabled ?? false}
      styles={{ legend: { fontWeight: 600 } }}
    >
      <Stack gap="sm">{props.children}</Stack>
    </Fieldset>
  );
}

/** At which upstreams. */
export function Where({ values, errors, set }: SectionProps) {
  const t = useT(drillText);
  const upstreams = useRead("upstreams.list", { limit: 5000 });
  return (
    <Section title={t("where")} disabled={ofMachine(values.fault)}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <MultiSelect
          label={t("upstreams")}
          description={t("upstreamsNote")}
          inputWrapperOrder={[...order]}
          placeholder={values.upstreams.length === 0 ? t("pick") : ""}
          searchable
          limit={100}
          maxValues={100}
          disabled={values.allCloud}
          data={(upstreams.data?.items ?? []).map((one) => one.name)}
          value={values.allCloud ? [] : values.upstreams}
          error={errors.upstreams}
          onChange={(names) => set({ upstreams: names })}
        />
        <TextInput
          label={t("model")}
          description={t("modelNote")}
          inputWrapperOrder={[...order]}
          placeholder={t("anyModel")}
          maxLength={200}
          value={values.model}
          error={errors.model}
          onChange={(event) => set({ model: event.currentTarget.value })}
        />
      </SimpleGrid>
      <Checkbox
        label={t("allCloud")}
        description={t("allCloudNote")}
        checked={values.allCloud}
        error={errors.all_cloud}
        onChange={(event) => set({ allCloud: event.currentTarget.checked })}
      />
    </Section>
  );
}

/** What is injected, in groups, with the fields that go with it. */
export function Faults({ values, errors, set }: SectionProps) {
  const t = useT(drillText);
  const words = useT(faultText);
  const word = useFaultWord();
  const { fault } = values;
  return (
    <Section title={t("fault")}>
      <Radio.Group
        aria-label={t("fault")}
        value={fault}
        error={errors.fault}
        onChange={(chosen) => set({ fault: chosen as Fault })}
      >
        <Stack gap="sm">
          {faultGroups.map((group) => (
            <div key={group.id} role="group" aria-label={words(`group.${group.id}`)}>
              <Text size="sm" fw={600} mb={4}>
                {words(`group.${group.id}`)}
              </Text>
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing={6}>
                {group.faults.map((one) => (
                  <Radio
                    key={one}
                    size="xs"
                    value={one}
                    label={word(one)}
                    description={words(`of.${one}.looks`)}
                    styles={{
                      label: { fontSize: "var(--mantine-font-size-sm)" },
                      description: { fontSize: "var(--mantine-font-size-xs)" },
                    }}
                  />
                ))}
              </SimpleGrid>
            </div>
          ))}
        </Stack>
      </Radio.Group>
      {ofMachine(fault) ? (
        <Text size="sm" role="note">
          {t("machineScope")}
        </Text>
      ) : (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <NumberField
            label={t("percent")}
            help={t("percentNote")}
            standard={drillDefaults.percent}
            most={100}
            value={values.percent}
            error={errors.percent}
            onChange={(percent) => set({ percent })}
          />
          {takes(fault, "delay") ? (
            <NumberField
              label={t("delay")}
              help={t("delayNote")}
              standard={drillDefaults.delay_ms}
              most={600_000}
              value={values.delay}
              error={errors.delay_ms}
              onChange={(delay) => set({ delay })}
            />
          ) : null}
          {takes(fault, "retryAfter") ? (
            <NumberField
              label={t("retryAfter")}
              help={t("retryAfterNote")}
              standard={t("retryNone")}
              most={3600}
              value={values.retryAfter}
              error={errors.retry_after_s}
              onChange={(retryAfter) => set({ retryAfter })}
            />
          ) : null}
          {takes(fault, "flap") ? (
            <NumberField
              label={t("flap")}
              help={t("flapNote")}
              standard={drillDefaults.flap_s}
              most={longest}
              value={values.flap}
              error={errors.flap_s}
              onChange={(flap) => set({ flap })}
            />
          ) : null}
        </SimpleGrid>
      )}
    </Section>
  );
}

/** Whose calls take part. */
export function Whose({ values, errors, set, noKey }: SectionProps & { noKey: ReactNode }) {
  const t = useT(drillText);
  const apps = useRead("apps.list", { limit: most });
  const routes = useRead("routes.list", { limit: most });
  const tenants = useRead("tenants.list", { limit: 5000 });
  const appNames = (apps.data?.items ?? []).map((one) =>
    one.tenant ? `${one.tenant}/${one.name}` : one.name,
  );
  return (
    <Section title={t("whose")} disabled={ofMachine(values.fault)}>
      <Text size="sm" c="dimmed">
        {t("whoseNote")}
      </Text>
      <Checkbox
        label={t("keys")}
        description={t("keysNote")}
        checked={values.keys}
        error={errors["scope.keys"]}
        onChange={(event) => set({ keys: event.currentTarget.checked })}
      />
      {noKey}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={t("route")}
          placeholder={t("anyRoute")}
          searchable
          clearable
          limit={100}
          data={withOwn(
            (routes.data?.items ?? []).map((one) => one.name),
            values.route,
          )}
          value={values.route || null}
          error={errors["scope.route"]}
          onChange={(route) => set({ route: route ?? "" })}
        />
        <Select
          label={t("tenant")}
          placeholder={t("anyTenant")}
          searchable
          clearable
          limit={100}
          data={withOwn(
            (tenants.data?.items ?? []).map((one) => one.name),
            values.tenant,
          )}
          value={values.tenant || null}
          error={errors["scope.tenant"]}
          onChange={(tenant) => set({ tenant: tenant ?? "" })}
        />
        <MultiSelect
          label={t("apps")}
          placeholder={values.apps.length === 0 ? t("anyApp") : ""}
          searchable
          limit={100}
          maxValues={100}
          data={[...new Set([...appNames, ...values.apps])]}
          value={values.apps}
          error={errors["scope.apps"]}
          onChange={(names) => set({ apps: names })}
        />
        <NumberField
          label={t("callPercent")}
          standard={drillDefaults.call_percent}
          most={100}
          value={values.callPercent}
          error={errors["scope.call_percent"]}
          onChange={(callPercent) => set({ callPercent })}
        />
      </SimpleGrid>
      {errors.scope ? (
        <Text size="sm" c="red" role="alert" tabIndex={-1} data-error>
          {errors.scope}
        </Text>
      ) : null}
    </Section>
  );
}

/** What is chosen stays among the choices, also when it is not on the page that was read. */
function withOwn(names: string[], own: string): string[] {
  return own && !names.includes(own) ? [own, ...names] : names;
}

const usual = [60, 120, 300, 900] as const;

/** How long it lasts. */
export function Time({ values, errors, set }: SectionProps) {
  const t = useT(drillText);
  const seconds = values.duration || drillDefaults.duration_s;
  return (
    <Section title={t("howLong")}>
      <Group align="flex-start" gap="md">
        <NumberField
          label={t("duration")}
          help={t("durationNote")}
          standard={drillDefaults.duration_s}
          most={longest}
          w={220}
          value={values.duration}
          error={errors.duration_s}
          onChange={(duration) => set({ duration })}
        />
        <Group gap="xs" mt={26}>
          {usual.map((one) => (
            <Button
              key={one}
              variant={seconds === one ? "light" : "default"}
              aria-pressed={seconds === one}
              onClick={() => set({ duration: one })}
            >
              {spoken(one)}
            </Button>
          ))}
        </Group>
      </Group>
    </Section>
  );
}

/** What it is passed by. */
export function Objective({ values, errors, set }: SectionProps) {
  const t = useT(drillText);
  return (
    <Section title={t("objective")}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput
          label={t("served")}
          description={t("servedNote")}
          inputWrapperOrder={[...order]}
          placeholder={number(drillDefaults.served_percent)}
          min={0}
          max={100}
          decimalScale={3}
          value={values.served}
          error={errors["objective.served_percent"]}
          onChange={(value) => set({ served: value === "" ? "" : Number(value) })}
        />
        <NumberField
          label={t("added")}
          help={t("addedNote")}
          standard={t("addedNone")}
          most={3_600_000}
          value={values.added}
          error={errors["objective.added_p99_ms"]}
          onChange={(added) => set({ added })}
        />
      </SimpleGrid>
    </Section>
  );
}
