import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useListing, useRead } from "@/rpc/react";
import { useRested } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import {
  CommandButton,
  chatSnippets,
  DeleteDialog,
  Empty,
  Failure,
  fieldErrors,
  Moment,
  Rows,
  SearchField,
  SecretDialog,
  Snippets,
  StateBadge,
  uiText,
} from "@/shared/ui";
import { appText } from "./text";

type Key = Schema<"Key">;

interface KeysProps {
  app: string;
  tenant: string;
  /** A route that the snippets can ask for. */
  model: string | undefined;
}

/** The keys of an app: create, rotate with an overlap, disable, revoke. */
export function Keys(props: KeysProps) {
  const t = useT(appText);
  const ui = useT(uiText);
  const [q, setQ] = useState("");
  const rested = useRested(q);
  const listing = useListing("keys.list", {
    tenant: props.tenant,
    limit: 5000,
    ...(rested ? { q: rested } : {}),
  });
  const [creating, setCreating] = useState(false);
  const [rotating, setRotating] = useState<Key>();
  const [deleting, setDeleting] = useState<Key>();
  const [secret, setSecret] = useState<string>();
  const update = useCommand("keys.update");
  const remove = useCommand("keys.delete");
  const status = useRead("status.get", {});
  const routes = useRead("routes.list", { limit: 1 }, { enabled: props.model === undefined });
  const own = listing.rows.filter((key) => key.app === props.app);
  const model = props.model ?? routes.data?.items[0]?.name ?? "MODEL";
  const create = <CommandButton onClick={() => setCreating(true)}>{t("addKey")}</CommandButton>;
  return (
    <Stack gap="xs" style={{ flex: "1 0 320px", minHeight: 0 }}>
      <Group justify="space-between">
        <Title order={2} size="h5">
          {t("keys")}
        </Title>
        <Group gap="xs">
          <SearchField value={q} onChange={setQ} label={t("findKey")} />
          {create}
        </Group>
      </Group>
      {listing.error ? <Failure error={listing.error} retry={listing.refetch} /> : null}
      {update.error ? <Failure error={update.error} /> : null}
      {!listing.loading && own.length === 0 ? (
        rested ? (
          <Empty
            title={ui("nothingFound", { q: rested })}
            why=""
            action={<Button onClick={() => setQ("")}>{ui("clearSearch")}</Button>}
          />
        ) : (
          <Empty title={t("noKeys")} why="" action={create} />
        )
      ) : null}
      {own.length > 0 ? (
        <Rows<Key>
          label={t("keys")}
          rows={own}
          keyOf={(key) => key.id ?? key.name}
          columns={[
            {
              id: "name",
              header: t("name"),
              width: "2fr",
              cell: (key) => (
                <>
                  {key.name}
                  {key.drill ? (
                    <Text span size="xs" c="dimmed" ml="xs" title={t("drillNote")}>
                      {t("drillMark")}
                    </Text>
                  ) : null}
                </>
              ),
            },
            {
              id: "last4",
              wide: true,
              header: t("last4"),
              width: "1fr",
              cell: (key) => (key.last4 ? `…${key.last4}` : "–"),
            },
            {
              id: "expires",
              wide: true,
              header: t("expires"),
              width: "2fr",
              cell: (key) => <Expiry key={key.id} at={key.expires_at} />,
            },
            {
              id: "state",
              header: t("state"),
              width: "1fr",
              cell: (key) => (key.state === "disabled" ? <StateBadge state="off" /> : ui("enabled")),
            },
            {
              id: "do",
              header: "",
              width: "230px",
              cell: (key) => (
                <Group gap={4} justify="flex-end" wrap="nowrap">
                  <CommandButton size="compact-xs" variant="default" onClick={() => setRotating(key)}>
                    {t("rotate")}
                  </CommandButton>
                  <CommandButton
                    size="compact-xs"
                    variant="default"
                    onClick={() =>
                      update.mutate({
                        ref: key.name,
                        tenant: props.tenant,
                        body: { state: key.state === "disabled" ? "enabled" : "disabled" },
                      })
                    }
                  >
                    {key.state === "disabled" ? t("enable") : t("disable")}
                  </CommandButton>
                  <CommandButton size="compact-xs" variant="default" onClick={() => setDeleting(key)}>
                    {t("revoke")}
                  </CommandButton>
                </Group>
              ),
            },
          ]}
        />
      ) : null}
      <Modal opened={creating} onClose={() => setCreating(false)} title={t("addKey")}>
        <NewKey
          app={props.app}
          tenant={props.tenant}
          onMade={(made) => {
            setCreating(false);
            setSecret(made);
          }}
        />
      </Modal>
      <Modal
        opened={rotating !== undefined}
        onClose={() => setRotating(undefined)}
        title={t("rotateTitle", { name: rotating?.name ?? "" })}
      >
        {rotating ? (
          <Rotate
            old={rotating}
            tenant={props.tenant}
            onMade={(made) => {
              setRotating(undefined);
              setSecret(made);
            }}
          />
        ) : null}
      </Modal>
      <SecretDialog secret={secret} onSaved={() => setSecret(undefined)}>
        <Snippets
          label={t("firstCall")}
          items={chatSnippets(status.data?.addresses.data ?? "127.0.0.1:4100", "$HEADWATER_KEY", model)}
        />
      </SecretDialog>
      {deleting ? (
        <DeleteDialog
          name={deleting.name}
          opened
          onClose={() => setDeleting(undefined)}
          busy={remove.isPending}
          error={remove.error}
          onDelete={() =>
            remove.mutate(
              { ref: deleting.name, tenant: props.tenant },
              { onSuccess: () => setDeleting(undefined) },
            )
          }
        />
      ) : null}
    </Stack>
  );
}

function Expiry(props: { at: string | undefined }) {
  const t = useT(appText);
  if (!props.at) return <>{t("never")}</>;
  if (Date.parse(props.at) < Date.now()) {
    return (
      <Text span size="sm" c="var(--mantine-color-error)">
        {t("expired")} <Moment at={props.at} />
      </Text>
    );
  }
  return <Moment at={props.at} />;
}

function NewKey(props: { app: string; tenant: string; onMade: (secret: string | undefined) => void }) {
  const t = useT(appText);
  const create = useCommand("keys.create");
  const [name, setName] = useState("");
  const [expires, setExpires] = useState("");
  const [drill, setDrill] = useState(false);
  const errors = create.error ? fieldErrors(create.error) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const until = expires ? { expires_at: new Date(`${expires}T23:59:59`).toISOString() } : {};
    create.mutate(
      { body: { name, app: props.app, tenant: props.tenant, ...until, ...(drill ? { drill } : {}) } },
      { onSuccess: (made) => props.onMade(made.secret) },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("keyName")}
          required
          data-autofocus
          maxLength={64}
          value={name}
          error={errors.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t("expires")}
          description={t("expiresNote")}
          min={new Date().toISOString().slice(0, 10)}
          value={expires}
          error={errors.expires_at}
          onChange={(event) => setExpires(event.currentTarget.value)}
        />
        <Checkbox
          label={t("drill")}
          description={t("drillNote")}
          checked={drill}
          onChange={(event) => setDrill(event.currentTarget.checked)}
        />
        {create.error ? <Failure error={create.error} /> : null}
        <Group justify="flex-end">
          <CommandButton type="submit" loading={create.isPending}>
            {t("addKey")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

function Rotate(props: { old: Key; tenant: string; onMade: (secret: string | undefined) => void }) {
  const t = useT(appText);
  const create = useCommand("keys.create");
  const update = useCommand("keys.update");
  const [name, setName] = useState(`${props.old.name}-2`.slice(-64));
  const [hours, setHours] = useState<number | "">(24);
  const error = create.error ?? update.error;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const drill = props.old.drill ? { drill: true } : {};
    const body = { name, app: props.old.app, tenant: props.tenant, ...drill };
    const made = await create.mutateAsync({ body });
    const until = new Date(Date.now() + Number(hours || 0) * 3_600_000).toISOString();
    // The new key is there and must be shown, whatever becomes of the old one.
    await update
      .mutateAsync({ ref: props.old.name, tenant: props.tenant, body: { expires_at: until } })
      .catch(() => undefined);
    props.onMade(made.secret);
  };
  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)}>
      <Stack>
        <Text size="sm">{t("rotateNote")}</Text>
        <TextInput
          label={t("keyName")}
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NumberInput
          label={t("overlap")}
          min={0}
          max={24 * 365}
          value={hours}
          onChange={(value) => setHours(value === "" ? "" : Number(value))}
        />
        {error ? <Failure error={error} /> : null}
        <Group justify="flex-end">
          <CommandButton type="submit" loading={create.isPending || update.isPending}>
            {t("rotate")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}
