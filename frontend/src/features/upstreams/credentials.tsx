import {
  Button,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useListing } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { CommandButton, DeleteDialog, Failure, fieldErrors, StateBadge, uiText } from "@/shared/ui";
import { upstreamText } from "./text";

type Credential = Schema<"Credential">;

/** The key pool of an upstream: add, replace, disable, delete. Secrets only go in. */
export function Credentials(props: { upstream: string }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const listing = useListing("credentials.list", { limit: 1000 });
  const [adding, setAdding] = useState(false);
  const [rotating, setRotating] = useState<Credential>();
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
              <Table.Th>{t("state")}</Table.Th>
              <Table.Th w="40%" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {own.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td className="hw-break">{row.name}</Table.Td>
                <Table.Td ff="monospace">{row.last4 ? `…${row.last4}` : "–"}</Table.Td>
                <Table.Td className="hw-figures">{row.weight || 1}</Table.Td>
                <Table.Td>{row.state === "disabled" ? <StateBadge state="off" /> : ui("enabled")}</Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end">
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
        <AddKey upstream={props.upstream} taken={own.length} onDone={() => setAdding(false)} />
      </Modal>
      <Modal
        opened={rotating !== undefined}
        onClose={() => setRotating(undefined)}
        title={t("rotateTitle", { name: rotating?.name ?? "" })}
      >
        {rotating ? <Rotate name={rotating.name} onDone={() => setRotating(undefined)} /> : null}
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

function AddKey(props: { upstream: string; taken: number; onDone: () => void }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const create = useCommand("credentials.create", ["health"]);
  const [name, setName] = useState(`${props.upstream}-key${props.taken > 0 ? `-${props.taken + 1}` : ""}`);
  const [secret, setSecret] = useState("");
  const [weight, setWeight] = useState<number | "">("");
  const errors = create.error ? fieldErrors(create.error) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { name, upstream: props.upstream, secret, ...(weight ? { weight } : {}) };
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
        <PasswordInput
          label={t("key")}
          required
          data-autofocus
          autoComplete="off"
          maxLength={8192}
          value={secret}
          error={errors.secret}
          onChange={(event) => setSecret(event.currentTarget.value.trim())}
        />
        <NumberInput
          label={t("weight")}
          description={t("weightNote")}
          min={0}
          allowDecimal={false}
          value={weight}
          error={errors.weight}
          onChange={(value) => setWeight(value === "" ? "" : Number(value))}
        />
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

function Rotate(props: { name: string; onDone: () => void }) {
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
        <PasswordInput
          label={t("newKey")}
          description={t("keyNote")}
          required
          data-autofocus
          autoComplete="off"
          maxLength={8192}
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value.trim())}
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
