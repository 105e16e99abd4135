import { Autocomplete, Box, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useRead } from "@/rpc/react";
import { useRested } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { Failure, NumberField } from "@/shared/ui";
import type { TierValues } from "./ladder";
import { SampleFields, useSample } from "./sample";
import { takeText } from "./taketext";

/** A condition is the same in every language. */
const example = 'app == "crm" && tokens_in > 1000';

interface TakesProps {
  tier: TierValues;
  index: number;
  errors: Record<string, string>;
  onChange: (change: Partial<TierValues>) => void;
}

/** Which calls a tier takes: out of sight as long as it takes them all. */
export function Takes({ tier, index, errors, onChange }: TakesProps) {
  const t = useT(takeText);
  const [opened, setOpened] = useState(false);
  const at = `tiers.${index}`;
  const sticky = tier.kind === "targets" && tier.strategy === "sticky";
  const says = tier.when !== "" || tier.percent !== "" || tier.stickyBy !== "" || sticky;
  if (!opened && !says) {
    return (
      <Group>
        <Button variant="subtle" size="compact-sm" onClick={() => setOpened(true)}>
          {t("some")}
        </Button>
      </Group>
    );
  }
  return (
    <Stack gap="xs">
      <Group align="flex-start" gap="xs" grow>
        <NumberField
          label={t("percent")}
          help={t("percentNote")}
          standard={t("percentAll")}
          most={100}
          value={tier.percent}
          error={errors[`${at}.percent`]}
          onChange={(percent) => onChange({ percent })}
        />
        <Autocomplete
          label={t("stickyBy")}
          description={t("stickyByNote")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          placeholder={t("stickyByNone")}
          required={sticky}
          maxLength={107}
          data={["user", "app", "header:X-Session-Id"]}
          value={tier.stickyBy}
          error={errors[`${at}.sticky_by`]}
          onChange={(stickyBy) => onChange({ stickyBy })}
        />
      </Group>
      <Condition when={tier.when} error={errors[`${at}.when`]} onChange={(when) => onChange({ when })} />
    </Stack>
  );
}

/** A condition with a place to try it at. */
function Condition(props: { when: string; error: string | undefined; onChange: (when: string) => void }) {
  const t = useT(takeText);
  const [trying, setTrying] = useState(false);
  return (
    <Stack gap={4}>
      <Textarea
        label={t("when")}
        description={t("whenNote")}
        placeholder={example}
        inputWrapperOrder={["label", "input", "description", "error"]}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        autosize
        minRows={1}
        maxRows={8}
        maxLength={1000}
        spellCheck={false}
        value={props.when}
        error={props.error}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
      {props.when ? (
        <Group>
          <Button variant="subtle" size="compact-sm" onClick={() => setTrying(!trying)}>
            {t(trying ? "tryClose" : "try")}
          </Button>
        </Group>
      ) : null}
      {trying && props.when ? <Trial when={props.when} /> : null}
    </Stack>
  );
}

/** What a condition says to a call that is only thought of. */
function Trial({ when }: { when: string }) {
  const t = useT(takeText);
  const sample = useSample();
  const asked = useRested(when);
  const result = useRead("routes.condition", { when: asked, ...sample.asked });
  const said = result.data;
  return (
    <Box component="section" aria-label={t("sample.title")} ps="sm">
      <SampleFields values={sample.values} change={sample.change} forCondition />
      {result.error ? <Failure error={result.error} /> : null}
      {said ? (
        <Text
          size="sm"
          mt="xs"
          role="status"
          className="hw-break"
          {...(said.error ? { c: "var(--mantine-color-error)" } : {})}
        >
          {verdict(t, said)}
        </Text>
      ) : null}
    </Box>
  );
}

function verdict(
  t: ReturnType<typeof useT<(typeof takeText)["en"]>>,
  said: { ok: boolean; holds: boolean; error?: string },
): string {
  if (!said.ok) return t("wrong", { error: said.error ?? "" });
  if (said.error) return t("failed", { error: said.error });
  return t(said.holds ? "holds" : "holdsNot");
}
