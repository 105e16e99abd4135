import { Autocomplete, Checkbox, NumberInput, Select, SimpleGrid, Stack, Textarea } from "@mantine/core";
import { useT } from "@/shared/i18n";
import type { useChoices } from "./choices";
import type { Desk, Settings } from "./desk";
import { type Dialect, dialectNames, dialects } from "./dialects";
import { consoleText } from "./text";

interface Props {
  desk: Desk;
  settings: Settings;
  choices: ReturnType<typeof useChoices>;
  /** For a request that is written by hand. */
  raw?: boolean;
}

/** In whose name, and for which model. */
export function Caller({ desk, settings, choices, raw }: Props) {
  const t = useT(consoleText);
  return (
    <>
      <Select
        label={t("app")}
        placeholder={t("pickApp")}
        searchable
        limit={100}
        data={choices.apps}
        value={settings.app || null}
        onChange={(app) => desk.set({ app: app ?? "", key: "", model: "" })}
      />
      <Select
        label={t("key")}
        description={settings.key ? t("keyNote") : undefined}
        placeholder={t("noKey")}
        clearable
        searchable
        limit={100}
        data={choices.keys}
        value={settings.key || null}
        onChange={(key) => desk.set({ key: key ?? "" })}
      />
      <Autocomplete
        label={t("model")}
        description={t(raw ? "modelRaw" : "modelNote")}
        limit={100}
        maxLength={200}
        data={choices.models}
        value={settings.model}
        onChange={(model) => desk.set({ model })}
      />
    </>
  );
}

/** How it is asked for, in a chat. */
export function ChatSettings(props: Props) {
  const t = useT(consoleText);
  const { desk, settings } = props;
  const numbers = { placeholder: t("standard"), min: 0 } as const;
  return (
    <Stack gap="sm" component="section" aria-label={t("settings")}>
      <Caller {...props} />
      <Select
        label={t("dialect")}
        allowDeselect={false}
        data={dialects.map((one) => ({ value: one, label: dialectNames[one] }))}
        value={settings.dialect}
        onChange={(dialect) => desk.set({ dialect: dialect as Dialect })}
      />
      <Textarea
        label={t("system")}
        autosize
        minRows={1}
        maxRows={6}
        maxLength={20_000}
        value={settings.system}
        onChange={(event) => desk.set({ system: event.currentTarget.value })}
      />
      <SimpleGrid cols={2} spacing="xs">
        <NumberInput
          {...numbers}
          label={t("temperature")}
          max={2}
          step={0.1}
          decimalScale={2}
          value={settings.temperature}
          onChange={(value) => desk.set({ temperature: value === "" ? "" : Number(value) })}
        />
        <NumberInput
          {...numbers}
          label={t("maxTokens")}
          allowDecimal={false}
          max={1_000_000}
          value={settings.maxTokens}
          onChange={(value) => desk.set({ maxTokens: value === "" ? "" : Number(value) })}
        />
      </SimpleGrid>
      <Checkbox
        label={t("stream")}
        checked={settings.stream}
        onChange={(event) => desk.set({ stream: event.currentTarget.checked })}
      />
      <Checkbox
        label={t("tool")}
        description={t("toolNote")}
        checked={settings.tool}
        onChange={(event) => desk.set({ tool: event.currentTarget.checked })}
      />
    </Stack>
  );
}
