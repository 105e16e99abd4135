import {
  Button,
  Fieldset,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { Fragment, useState } from "react";
import { useT } from "@/shared/i18n";
import {
  type Effort,
  efforts,
  type FigureName,
  figureBounds,
  type ParameterName,
  type ParametersValues,
  parameterNames,
  type Side,
  type SideValues,
  saysAny,
  sides,
} from "./parameters";
import { takeText } from "./taketext";

interface ParametersProps {
  values: ParametersValues;
  errors: Record<string, string>;
  onChange: (values: ParametersValues) => void;
}

/** The parameters that a route sets or fills in: out of sight as long as it has no word on any. */
export function Parameters({ values, errors, onChange }: ParametersProps) {
  const t = useT(takeText);
  const [opened, setOpened] = useState(false);
  return (
    <Fieldset legend={t("parameters")}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {t("parametersNote")}
        </Text>
        {opened || saysAny(values) ? (
          <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
            {sides.map((side) => (
              <Text key={side} size="xs" c="dimmed">
                <Text span fw={600} size="sm" c="var(--mantine-color-text)">
                  {t(side)}
                </Text>{" "}
                {t(`${side}Note`)}
              </Text>
            ))}
            {parameterNames.map((name) => (
              <Fragment key={name}>
                {sides.map((side) => (
                  <Parameter
                    key={side}
                    name={name}
                    side={side}
                    values={values[side]}
                    error={errorAt(errors, `parameters.${side}.${name}`)}
                    onChange={(part) => onChange({ ...values, [side]: { ...values[side], ...part } })}
                  />
                ))}
              </Fragment>
            ))}
          </SimpleGrid>
        ) : (
          <Group>
            <Button variant="subtle" size="compact-sm" onClick={() => setOpened(true)}>
              {t("parametersOpen")}
            </Button>
          </Group>
        )}
      </Stack>
    </Fieldset>
  );
}

/** The error of a field or of something in it. */
function errorAt(errors: Record<string, string>, field: string): string | undefined {
  return Object.entries(errors).find(([at]) => at === field || at.startsWith(`${field}.`))?.[1];
}

interface ParameterProps {
  name: ParameterName;
  side: Side;
  values: SideValues;
  error: string | undefined;
  onChange: (part: Partial<SideValues>) => void;
}

function Parameter({ name, side, values, error, onChange }: ParameterProps) {
  const t = useT(takeText);
  const common = {
    size: "xs",
    label: t(`param.${name}.label`),
    description: t(`param.${name}.help`),
    "aria-label": `${t(`param.${name}.label`)} (${t(side)})`,
    inputWrapperOrder: ["label", "input", "description", "error"] as (
      | "label"
      | "input"
      | "description"
      | "error"
    )[],
    placeholder: t("open"),
    error,
  };
  switch (name) {
    case "reasoning_effort":
      return (
        <Select
          {...common}
          clearable
          data={[...efforts]}
          value={values.reasoning_effort || null}
          onChange={(effort) => onChange({ reasoning_effort: (effort ?? "") as Effort | "" })}
        />
      );
    case "stop":
      return (
        <TagsInput
          {...common}
          placeholder={values.stop.length > 0 ? "" : t("open")}
          maxTags={4}
          splitChars={[]}
          value={values.stop}
          onChange={(stop) => onChange({ stop })}
        />
      );
    case "user":
      return (
        <TextInput
          {...common}
          maxLength={200}
          value={values.user}
          onChange={(event) => onChange({ user: event.currentTarget.value })}
        />
      );
    default:
      return (
        <Amount
          {...common}
          name={name}
          value={values[name]}
          onChange={(value) => onChange({ [name]: value })}
        />
      );
  }
}

function Amount(props: {
  name: FigureName;
  value: number | "";
  onChange: (value: number | "") => void;
  size: string;
  label: string;
  description: string;
  placeholder: string;
  error: string | undefined;
}) {
  const { name, onChange, ...rest } = props;
  const { least, most, step } = figureBounds[name];
  return (
    <NumberInput
      {...rest}
      min={least}
      max={most}
      step={step}
      allowDecimal={step < 1}
      allowNegative={least < 0}
      onChange={(value) => onChange(value === "" ? "" : Number(value))}
    />
  );
}
