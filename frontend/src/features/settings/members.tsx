import { Group, Modal, PasswordInput, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useLineState, useListing, useRead } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { CommandButton, DeleteDialog, Failure, fieldErrors, Moment, StateBadge, uiText } from "@/shared/ui";
import { settingsText } from "./text";

type Member = Schema<"Member">;
type Role = Member["role"];

/** Who may sign in, and who is signed in. */
export function Members() {
  return (
    <Stack>
      <People />
      <Sessions />
    </Stack>
  );
}

function People() {
  const t = useT(settingsText);
  const ui = useT(uiText);
  const { member: me } = useLineState();
  const listing = useListing("members.list", { limit: 1000 });
  const update = useCommand("members.update", ["sessions"]);
  const remove = useCommand("members.delete", ["sessions"]);
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<Member>();
  const [deleting, setDeleting] = useState<Member>();
  if (listing.error) return <Failure error={listing.error} retry={listing.refetch} />;
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {t("members")}
        </Title>
        <CommandButton size="compact-sm" onClick={() => setAdding(true)}>
          {t("addMember")}
        </CommandButton>
      </Group>
      <Table layout="fixed" aria-label={t("members")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("name")}</Table.Th>
            <Table.Th>{t("role")}</Table.Th>
            <Table.Th>{t("state")}</Table.Th>
            <Table.Th w="45%" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {listing.rows.map((member) => {
            const off = member.state === "disabled";
            const mine = member.name === me;
            return (
              <Table.Tr key={member.id}>
                <Table.Td className="hw-break">
                  {member.name} {mine ? `(${t("you")})` : ""}
                </Table.Td>
                <Table.Td>{member.role === "administrator" ? t("administrator") : t("viewerShort")}</Table.Td>
                <Table.Td>{off ? <StateBadge state="off" /> : ui("enabled")}</Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end">
                    <CommandButton size="compact-xs" variant="default" onClick={() => setChanging(member)}>
                      {t("setPassword")}
                    </CommandButton>
                    {mine ? null : (
                      <>
                        <CommandButton
                          size="compact-xs"
                          variant="default"
                          onClick={() =>
                            update.mutate({ ref: member.name, body: { state: off ? "enabled" : "disabled" } })
                          }
                        >
                          {off ? t("enable") : t("disable")}
                        </CommandButton>
                        <CommandButton
                          size="compact-xs"
                          variant="default"
                          onClick={() => setDeleting(member)}
                        >
                          {t("delete")}
                        </CommandButton>
                      </>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      {update.error ? <Failure error={update.error} /> : null}
      <Modal opened={adding} onClose={() => setAdding(false)} title={t("addMember")}>
        <NewMember onDone={() => setAdding(false)} />
      </Modal>
      <Modal opened={changing !== undefined} onClose={() => setChanging(undefined)} title={t("setPassword")}>
        {changing ? <Password name={changing.name} onDone={() => setChanging(undefined)} /> : null}
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
    </section>
  );
}

function NewMember(props: { onDone: () => void }) {
  const t = useT(settingsText);
  const create = useCommand("members.create");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [password, setPassword] = useState("");
  const errors = create.error ? fieldErrors(create.error) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ body: { name, role, password } }, { onSuccess: props.onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("name")}
          required
          data-autofocus
          autoComplete="off"
          maxLength={64}
          value={name}
          error={errors.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("role")}
          required
          allowDeselect={false}
          data={[
            { value: "viewer", label: t("viewer") },
            { value: "administrator", label: t("administrator") },
          ]}
          value={role}
          onChange={(choice) => setRole(choice === "administrator" ? "administrator" : "viewer")}
        />
        <PasswordInput
          label={t("password")}
          description={t("passwordNote")}
          required
          autoComplete="new-password"
          maxLength={1024}
          value={password}
          error={errors.password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {create.error ? <Failure error={create.error} /> : null}
        <Group justify="flex-end">
          <CommandButton type="submit" loading={create.isPending}>
            {t("addMember")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

function Password(props: { name: string; onDone: () => void }) {
  const t = useT(settingsText);
  const update = useCommand("members.update", ["sessions"]);
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    update.mutate({ ref: props.name, body: { password } }, { onSuccess: props.onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <PasswordInput
          label={`${t("newPassword")}: ${props.name}`}
          description={t("passwordNote")}
          required
          data-autofocus
          autoComplete="new-password"
          maxLength={1024}
          value={password}
          error={update.error ? fieldErrors(update.error).password : undefined}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {update.error ? <Failure error={update.error} /> : null}
        <Group justify="flex-end">
          <CommandButton type="submit" loading={update.isPending}>
            {t("setPassword")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

function Sessions() {
  const t = useT(settingsText);
  const sessions = useRead("sessions.list", {});
  const revoke = useCommand("sessions.revoke");
  if (sessions.error) return <Failure error={sessions.error} retry={() => void sessions.refetch()} />;
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {t("sessions")}
      </Title>
      <Table layout="fixed" aria-label={t("sessions")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("name")}</Table.Th>
            <Table.Th>{t("from")}</Table.Th>
            <Table.Th>{t("lastSeen")}</Table.Th>
            <Table.Th>{t("endsAt")}</Table.Th>
            <Table.Th w={110} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(sessions.data?.items ?? []).map((session) => (
            <Table.Tr key={session.id}>
              <Table.Td className="hw-break">
                {session.member} {session.current ? <Text span>({t("you")})</Text> : null}
              </Table.Td>
              <Table.Td>{session.remote}</Table.Td>
              <Table.Td>
                <Moment at={session.last_seen_at} ago />
              </Table.Td>
              <Table.Td>
                <Moment at={session.expires_at} />
              </Table.Td>
              <Table.Td>
                {session.current ? null : (
                  <CommandButton
                    size="compact-xs"
                    variant="default"
                    onClick={() => revoke.mutate({ id: session.id ?? "" })}
                  >
                    {t("revoke")}
                  </CommandButton>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {revoke.error ? <Failure error={revoke.error} /> : null}
    </section>
  );
}
