import { Checkbox, Fieldset, Group, SimpleGrid, Stack, Table, TagsInput, Text, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { useDraft } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import {
  CommandButton,
  CopyField,
  Failure,
  fieldErrors,
  NumberField,
  SaveFailure,
  uiText,
  Waiting,
} from "@/shared/ui";
import { settingsText } from "./text";

type Setting = Schema<"Setting">;

export function Gateway() {
  const settings = useRead("settings.get", {});
  if (settings.error && !settings.data) {
    return <Failure error={settings.error} retry={() => void settings.refetch()} />;
  }
  if (!settings.data) return <Waiting />;
  return (
    <Stack maw={640}>
      <Form settings={settings.data} />
      <Addresses />
    </Stack>
  );
}

function Form({ settings }: { settings: Setting }) {
  const t = useT(settingsText);
  const ui = useT(uiText);
  const update = useCommand("settings.update");
  const [values, setValues] = useState(() => valuesOf(settings));
  const [version, setVersion] = useState(settings.version);
  // A draft of an earlier page may lack what has come since.
  const draft = useDraft("settings", values, (kept) => setValues((before) => ({ ...before, ...kept })));
  const error = update.error;
  const errors = error ? fieldErrors(error) : {};
  const set = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }));
  const body = {
    call_retention_days: values.days || 0,
    allowed_hosts: values.hosts,
    max_calls: values.maxCalls || 0,
    queue_calls: values.queueCalls || 0,
    queue_ms: values.queueMs || 0,
    fetch_media: values.fetchMedia,
  };
  const save = (basedOn = version) =>
    update.mutate(
      { body: { ...body, ...(basedOn ? { version: basedOn } : {}) } },
      {
        onSuccess: (saved) => {
          draft.forget();
          setVersion(saved.version);
        },
      },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <NumberField
          label={t("retention")}
          help={t("retentionNote")}
          standard={30}
          most={3650}
          value={values.days}
          error={errors.call_retention_days}
          onChange={(days) => set({ days })}
        />
        <TagsInput
          label={t("hosts")}
          description={t("hostsNote")}
          maxTags={100}
          value={values.hosts}
          error={Object.entries(errors).find(([field]) => field.startsWith("allowed_hosts"))?.[1]}
          onChange={(hosts) => set({ hosts })}
        />
        <Fieldset legend={t("tooMuch")}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              {t("tooMuchNote")}
            </Text>
            <SimpleGrid cols={{ base: 1, xs: 3 }}>
              <NumberField
                label={t("maxCalls")}
                help={t("maxCallsNote")}
                standard={t("maxCallsStandard")}
                value={values.maxCalls}
                error={errors.max_calls}
                onChange={(maxCalls) => set({ maxCalls })}
              />
              <NumberField
                label={t("queueCalls")}
                help={t("queueCallsNote")}
                standard={1000}
                value={values.queueCalls}
                error={errors.queue_calls}
                onChange={(queueCalls) => set({ queueCalls })}
              />
              <NumberField
                label={t("queueMs")}
                help={t("queueMsNote")}
                standard={10_000}
                value={values.queueMs}
                error={errors.queue_ms}
                onChange={(queueMs) => set({ queueMs })}
              />
            </SimpleGrid>
          </Stack>
        </Fieldset>
        <Checkbox
          label={t("fetchMedia")}
          description={t("fetchMediaNote")}
          checked={values.fetchMedia}
          onChange={(event) => set({ fetchMedia: event.currentTarget.checked })}
        />
        <SaveFailure
          error={error}
          name={t("gateway")}
          kind="settings"
          mine={body}
          onMine={(now) => {
            setVersion(now);
            save(now);
          }}
          onTheirs={(theirs) => {
            setValues(valuesOf(theirs as Setting));
            setVersion((theirs as Setting).version);
            update.reset();
          }}
        />
        <Group>
          <CommandButton type="submit" loading={update.isPending}>
            {ui("save")}
          </CommandButton>
          {update.isSuccess ? (
            <Text size="sm" role="status">
              {t("saved")}
            </Text>
          ) : null}
        </Group>
      </Stack>
    </form>
  );
}

interface Values {
  days: number | "";
  hosts: string[];
  maxCalls: number | "";
  queueCalls: number | "";
  queueMs: number | "";
  fetchMedia: boolean;
}

function valuesOf(settings: Setting): Values {
  return {
    days: settings.call_retention_days || "",
    hosts: settings.allowed_hosts ?? [],
    maxCalls: settings.max_calls || "",
    queueCalls: settings.queue_calls || "",
    queueMs: settings.queue_ms || "",
    fetchMedia: settings.fetch_media ?? false,
  };
}

function Addresses() {
  const t = useT(settingsText);
  const status = useRead("status.get", {});
  const addresses = status.data?.addresses;
  if (!addresses) return null;
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {t("addresses")}
      </Title>
      <Table variant="vertical" layout="fixed">
        <Table.Tbody>
          {(["data", "admin", "portal", "remote_admin"] as const).map((door) => (
            <Table.Tr key={door}>
              <Table.Th w={180}>{t(door)}</Table.Th>
              <Table.Td>
                {addresses[door] ? <CopyField value={addresses[door] ?? ""} /> : t("closed")}
              </Table.Td>
            </Table.Tr>
          ))}
          {addresses.remote_admin_fingerprint ? (
            <Table.Tr>
              <Table.Th>{t("fingerprint")}</Table.Th>
              <Table.Td className="hw-break">
                <CopyField value={addresses.remote_admin_fingerprint} />
              </Table.Td>
            </Table.Tr>
          ) : null}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt="xs">
        {t("addressesNote")} {t(addresses.remote_admin ? "remoteOpen" : "remoteClosed")}
      </Text>
    </section>
  );
}
