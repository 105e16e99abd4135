import { Checkbox, MultiSelect, NumberInput, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Params } from "@/rpc";
import { useRested } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { takeText } from "./taketext";

/** A call that is only thought of; what is empty is not known of it. */
export interface SampleValues {
  model: string;
  tenant: string;
  app: string;
  user: string;
  tokens: number | "";
  headers: string;
  stream: boolean;
  needs: Need[];
}

/** What a call can need beside what its endpoint and its stream tell. */
export const needs = [
  "tools",
  "tool_choice",
  "parallel_tools",
  "json",
  "schema",
  "vision",
  "documents",
  "reasoning",
  "stop",
] as const;

type Need = (typeof needs)[number];

type Sample = Omit<Params<"routes.explain">, "model">;

const nothing: SampleValues = {
  model: "",
  tenant: "",
  app: "",
  user: "",
  tokens: "",
  headers: "",
  stream: false,
  needs: [],
};

/** A sample as it is edited, and as the service is asked about it once the typing rests. */
export function useSample(): {
  values: SampleValues;
  change: (part: Partial<SampleValues>) => void;
  asked: Sample & { model?: string };
} {
  const [values, setValues] = useState(nothing);
  return {
    values,
    change: (part) => setValues((before) => ({ ...before, ...part })),
    asked: sampleOf(useRested(values)),
  };
}

/** Only what is said: the service knows the rest by its absence. */
export function sampleOf(values: SampleValues): Sample & { model?: string } {
  return {
    ...(values.model ? { model: values.model } : {}),
    ...(values.tenant ? { tenant: values.tenant } : {}),
    ...(values.app ? { app: values.app } : {}),
    ...(values.user ? { user: values.user } : {}),
    ...(values.tokens ? { tokens_in: values.tokens } : {}),
    ...(values.headers.trim() ? { headers: values.headers } : {}),
    ...(values.stream ? { stream: true } : {}),
    ...(values.needs.length > 0 ? { needs: values.needs } : {}),
  };
}

/** The fields of a sample: a condition knows the model, but no end user; of a route it is the other way. */
export function SampleFields(props: {
  values: SampleValues;
  change: (part: Partial<SampleValues>) => void;
  forCondition?: boolean;
}) {
  const t = useT(takeText);
  const { values, change } = props;
  const names = props.forCondition
    ? (["model", "tenant", "app"] as const)
    : (["tenant", "app", "user"] as const);
  return (
    <Stack gap="xs">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
        {names.map((name) => (
          <TextInput
            key={name}
            size="xs"
            label={t(`sample.${name}`)}
            placeholder={t("sample.unknown")}
            maxLength={200}
            value={values[name]}
            onChange={(event) => change({ [name]: event.currentTarget.value })}
          />
        ))}
        <NumberInput
          size="xs"
          label={t("sample.tokens")}
          placeholder={t("sample.unknown")}
          min={0}
          allowDecimal={false}
          value={values.tokens}
          onChange={(tokens) => change({ tokens: tokens === "" ? "" : Number(tokens) })}
        />
      </SimpleGrid>
      <Textarea
        size="xs"
        label={t("sample.headers")}
        placeholder="X-Tier: gold"
        autosize
        minRows={1}
        maxRows={6}
        maxLength={8000}
        value={values.headers}
        onChange={(event) => change({ headers: event.currentTarget.value })}
      />
      {props.forCondition ? null : (
        <MultiSelect
          size="xs"
          label={t("sample.needs")}
          placeholder={values.needs.length === 0 ? t("sample.unknown") : ""}
          data={needs.map((value) => ({ value, label: t(`need.${value}`) }))}
          value={values.needs}
          onChange={(chosen) => change({ needs: needs.filter((one) => chosen.includes(one)) })}
          clearable
        />
      )}
      <Checkbox
        size="xs"
        label={t("sample.stream")}
        checked={values.stream}
        onChange={(event) => change({ stream: event.currentTarget.checked })}
      />
    </Stack>
  );
}
