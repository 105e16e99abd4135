import { Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useListing, useRead } from "@/rpc/react";
import { locale, type Translate, useT } from "@/shared/i18n";
import {
  CommandButton,
  DeleteDialog,
  Failure,
  fieldErrors,
  NumberField,
  SecretField,
  StateBadge,
  uiText,
} from "@/shared/ui";
import { upstreamText } from "./text";

type Credential = Schema<"Credential">;

/** The key pool of an upstream: add, replace, disable, delete. Secrets only go in. */
export function Credentials(props: { upstream: string; provider: string }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const listing = useListing("credentials.list", { limit: 1000 });
  const providers = useRead("providers.list", {});
  const provider = providers.data?.items.find((one) => one.id === props.provider);
  const [adding, setAdding] = useState(false);
  const [rotating, setRotating] = useState<Credential>();
  const [editing, setEditing] = useState<Credential>();
  const [deleting, setDeleting] = useState<Credential>();
  const update = useCommand("credentials.update", ["health"]);
  const remove = useCommand("credentials.delete", ["health"]);
  const own = listing.rows.filter((row) => row.upstream === props.upstream);
  if (listing.error) return <Failure error={listing.error} retry={listing.refetch} />;
  return (
    <Stack gap="xs">
      {own.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("noKeys")}
        </Text>
      ) : (
        <Table layout="fixed" aria-label={t("loadedKeys", { name: props.upstream })}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("name")}</Table.Th>
              <Table.Th>{t("last4")}</Table.Th>
              <Table.Th>{t("weight")}</Table.Th>
              <Table.Th>{t("perMinute")}</Table.Th>
              <Table.Th>{t("ends")}</Table.Th>
              <Table.Th>{t("state")}</Table.Th>
              <Table.Th w="36%" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {own.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td className="hw-break">{row.name}</Table.Td>
                <Table.Td ff="monospace">{row.last4 ? `…${row.last4}` : "–"}</Table.Td>
                <Table.Td className="hw-figures">{row.weight || 1}</Table.Td>
                <Table.Td className="hw-figures">{limitsOf(t, row)}</Table.Td>
                <Table.Td className="hw-figures">
                  {row.expires_at ? new Date(row.expires_at).toLocaleDateString(locale()) : t("never")}
                </Table.Td>
                <Table.Td>{stateOf(row, ui("enabled"), t("ended"))}</Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end">
                    <CommandButton size="compact-xs" variant="default" onClick={() => setEditing(row)}>
                      {t("editKey")}
                    </CommandButton>
                    <CommandButton size="compact-xs" variant="default" onClick={() => setRotating(row)}>
                      {t("rotate")}
                    </CommandButton>
                    <CommandButton
                      size="compact-xs"
                      variant="default"
                      onClick={() =>
                        update.mutate({
                          ref: row.name,
                          body: { state: row.state === "disabled" ? "enabled" : "disabled" },
                        })
                      }
                    >
                      {row.state === "disabled" ? t("enable") : t("disable")}
                    </CommandButton>
                    <CommandButton size="compact-xs" variant="default" onClick={() => setDeleting(row)}>
                      {t("delete")}
                    </CommandButton>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {update.error ? <Failure error={update.error} /> : null}
      <Group>
        <CommandButton size="compact-sm" variant="default" onClick={() => setAdding(true)}>
          {t("addKey")}
        </CommandButton>
      </Group>
      <Modal opened={adding} onClose={() => setAdding(false)} title={t("addKey")}>
        <AddKey
          upstream={props.upstream}
          provider={provider}
          taken={own.length}
          onDone={() => setAdding(false)}
        />
      </Modal>
      <Modal
        opened={rotating !== undefined}
        onClose={() => setRotating(undefined)}
        title={t("rotateTitle", { name: rotating?.name ?? "" })}
      >
        {rotating ? (
          <Rotate name={rotating.name} provider={provider} onDone={() => setRotating(undefined)} />
        ) : null}
      </Modal>
      <Modal
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
        title={t("editKeyTitle", { name: editing?.name ?? "" })}
      >
        {editing ? <EditKey edited={editing} onDone={() => setEditing(undefined)} /> : null}
      </Modal>
      {deleting ? (
        <DeleteDialog
          name={deleting.name}
          opened
          onClose={() => setDeleting(undefined)}
          busy={remove.isPending}
          error={remove.error}
          onDelete={() => remove.mutate({ ref: deleting.name }, { onSuccess: () => setDeleting(undefined) })}
        />
      ) : null}
    </Stack>
  );
}

type Provider = Schema<"Provider"> | undefined;

function AddKey(props: { upstream: string; provider: Provider; taken: number; onDone: () => void }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const create = useCommand("credentials.create", ["health"]);
  const [name, setName] = useState(`${props.upstream}-key${props.taken > 0 ? `-${props.taken + 1}` : ""}`);
  const [secret, setSecret] = useState("");
  const [bounds, setBounds] = useState<Bounds>(boundsOf());
  const errors = create.error ? fieldErrors(create.error) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { name, upstream: props.upstream, secret, ...bodyOf(bounds) };
    create.mutate({ body }, { onSuccess: props.onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("keyName")}
          required
          maxLength={64}
          value={name}
          error={errors.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <SecretField
          label={t("key")}
          provider={props.provider}
          required
          autoFocus
          value={secret}
          error={errors.secret}
          onChange={setSecret}
        />
        <BoundFields bounds={bounds} errors={errors} onChange={setBounds} />
        {create.error ? <Failure error={create.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onDone}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={create.isPending}>
            {t("addKey")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

/** What a key may be used for, as the form has it: empty is the default. */
interface Bounds {
  weight: number | "";
  requests: number | "";
  tokens: number | "";
  /** The last day, as a date field writes it. */
  ends: string;
}

function boundsOf(row?: Credential): Bounds {
  return {
    weight: row?.weight || "",
    requests: row?.requests_per_minute || "",
    tokens: row?.tokens_per_minute || "",
    ends: row?.expires_at ? dayOf(new Date(row.expires_at)) : "",
  };
}

/** A moment's day on this machine's calendar, as a date field writes it. */
function dayOf(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

function bodyOf(bounds: Bounds) {
  return {
    weight: bounds.weight || 0,
    requests_per_minute: bounds.requests || 0,
    tokens_per_minute: bounds.tokens || 0,
    ...(bounds.ends ? { expires_at: new Date(`${bounds.ends}T23:59:59`).toISOString() } : {}),
  };
}

function limitsOf(t: Translate<typeof upstreamText.en>, row: Credential): string {
  const limits = [
    row.requests_per_minute ? t("requestsShort", { count: row.requests_per_minute }) : "",
    row.tokens_per_minute ? t("tokensShort", { count: row.tokens_per_minute }) : "",
  ];
  return limits.filter(Boolean).join(", ") || t("noLimit");
}

function stateOf(row: Credential, enabled: string, ended: string) {
  if (row.state === "disabled") return <StateBadge state="off" />;
  return row.expires_at && new Date(row.expires_at) <= new Date() ? ended : enabled;
}

interface BoundFieldsProps {
  bounds: Bounds;
  errors: Record<string, string>;
  onChange: (bounds: Bounds) => void;
}

/** Share, limits and end of a key. */
function BoundFields({ bounds, errors, onChange }: BoundFieldsProps) {
  const t = useT(upstreamText);
  const set = (change: Partial<Bounds>) => onChange({ ...bounds, ...change });
  return (
    <>
      <NumberField
        label={t("weight")}
        help={t("weightNote")}
        standard={1}
        value={bounds.weight}
        error={errors.weight}
        onChange={(weight) => set({ weight })}
      />
      <NumberField
        label={t("requestsPerMinute")}
        help={t("requestsPerMinuteNote")}
        standard={t("noLimit")}
        value={bounds.requests}
        error={errors.requests_per_minute}
        onChange={(requests) => set({ requests })}
      />
      <NumberField
        label={t("tokensPerMinute")}
        help={t("tokensPerMinuteNote")}
        standard={t("noLimit")}
        value={bounds.tokens}
        error={errors.tokens_per_minute}
        onChange={(tokens) => set({ tokens })}
      />
      <TextInput
        type="date"
        label={t("ends")}
        description={t("endsNote")}
        value={bounds.ends}
        error={errors.expires_at}
        onChange={(event) => set({ ends: event.currentTarget.value })}
      />
    </>
  );
}

function EditKey(props: { edited: Credential; onDone: () => void }) {
  const ui = useT(uiText);
  const update = useCommand("credentials.update", ["health"]);
  const [bounds, setBounds] = useState<Bounds>(boundsOf(props.edited));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // An end that was taken out has to be said: what is left out stays.
    const never = props.edited.expires_at && !bounds.ends ? { expires_at: "0001-01-01T00:00:00Z" } : {};
    update.mutate(
      { ref: props.edited.name, body: { ...bodyOf(bounds), ...never } },
      { onSuccess: props.onDone },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <BoundFields
          bounds={bounds}
          errors={update.error ? fieldErrors(update.error) : {}}
          onChange={setBounds}
        />
        {update.error ? <Failure error={update.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onDone}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={update.isPending}>
            {ui("save")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

function Rotate(props: { name: string; provider: Provider; onDone: () => void }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const update = useCommand("credentials.update", ["health"]);
  const [secret, setSecret] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    update.mutate({ ref: props.name, body: { secret } }, { onSuccess: props.onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <SecretField
          label={t("newKey")}
          provider={props.provider}
          note={t("keyNote")}
          required
          autoFocus
          value={secret}
          onChange={setSecret}
        />
        {update.error ? <Failure error={update.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onDone}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={update.isPending}>
            {t("rotate")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}
