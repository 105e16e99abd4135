import { ActionIcon, Badge, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { asCallError, type CallError, type Connection, type WindowPowers } from "@/rpc";
import { useLine, useLineState } from "@/rpc/react";
import { texts, useT } from "@/shared/i18n";
import { Failure } from "./page";

const connectionText = texts(
  "connections",
  {
    title: "Other Headwaters",
    change: "Administer another Headwater",
    note: "One window can administer Headwaters on other machines, where their administrator has opened remote administration.",
    here: "This machine",
    current: "in use",
    use: "Use",
    remove: "Forget {{address}}",
    address: "Address",
    addressNote: "host:port of its remote administration.",
    fingerprint: "Fingerprint of its certificate",
    fingerprintNote:
      "In its settings, and in `headwater status` on that machine. Only this certificate is trusted.",
    add: "Add",
  },
  {
    title: "其他 Headwater",
    change: "管理另一台 Headwater",
    note: "一个窗口可以管理其他机器上的 Headwater，前提是那里的管理员已开放远程管理。",
    here: "本机",
    current: "使用中",
    use: "使用",
    remove: "移除 {{address}}",
    address: "地址",
    addressNote: "其远程管理的 主机:端口。",
    fingerprint: "证书指纹",
    fingerprintNote: "见该机器的设置页或 `headwater status`。只信任这一张证书。",
    add: "添加",
  },
);

/** The way to another Headwater; there is none in a browser. */
export function ConnectionsButton() {
  const t = useT(connectionText);
  const powers = useLine().window;
  const [opened, setOpened] = useState(false);
  if (!powers) return null;
  return (
    <>
      <Button variant="subtle" size="compact-sm" onClick={() => setOpened(true)}>
        {t("change")}
      </Button>
      <ConnectionsDialog opened={opened} onClose={() => setOpened(false)} />
    </>
  );
}

export function useConnectionsTitle(): string {
  return useT(connectionText)("change");
}

/** The Headwaters this window knows: change over, add by fingerprint, forget. */
export function ConnectionsDialog(props: { opened: boolean; onClose: () => void }) {
  const t = useT(connectionText);
  const powers = useLine().window;
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t("title")} size="lg">
      {powers ? <Body powers={powers} onChanged={props.onClose} /> : null}
    </Modal>
  );
}

function Body(props: { powers: WindowPowers; onChanged: () => void }) {
  const t = useT(connectionText);
  const { powers } = props;
  const { address: now } = useLineState();
  const [known, setKnown] = useState<Connection[]>([]);
  const [address, setAddress] = useState("");
  const [fingerprint, setFingerprint] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const read = useCallback(
    () => powers.connections().then(setKnown, (reason: unknown) => setError(asCallError(reason))),
    [powers],
  );
  useEffect(() => void read(), [read]);
  const run = (work: Promise<void>, then: () => void) => {
    setBusy(true);
    setError(undefined);
    work.then(then, (reason: unknown) => setError(asCallError(reason))).finally(() => setBusy(false));
  };
  const add = (event: FormEvent) => {
    event.preventDefault();
    run(powers.addConnection(address, fingerprint), () => {
      setAddress("");
      setFingerprint("");
      void read();
    });
  };
  return (
    <Stack>
      <Text size="sm">{t("note")}</Text>
      <Stack gap="xs">
        {known.map((one) => (
          <Group key={one.id} justify="space-between" wrap="nowrap">
            <div style={{ minWidth: 0 }}>
              <Text size="sm" className="hw-break">
                {one.fingerprint ? one.address : `${t("here")}${one.current ? ` · ${now}` : ""}`}
              </Text>
              {one.fingerprint ? (
                <Text size="xs" c="dimmed" ff="monospace" truncate>
                  {one.fingerprint}
                </Text>
              ) : null}
            </div>
            <Group gap="xs" wrap="nowrap">
              {one.current ? (
                <Badge variant="light">{t("current")}</Badge>
              ) : (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => run(powers.changeTo(one.id), props.onChanged)}
                >
                  {t("use")}
                </Button>
              )}
              {one.fingerprint ? (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t("remove", { address: one.address })}
                  onClick={() => run(powers.removeConnection(one.id), () => void read())}
                >
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              ) : null}
            </Group>
          </Group>
        ))}
      </Stack>
      <form onSubmit={add}>
        <Stack>
          <TextInput
            label={t("address")}
            description={t("addressNote")}
            required
            maxLength={256}
            value={address}
            error={error?.at("address")}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <TextInput
            label={t("fingerprint")}
            description={t("fingerprintNote")}
            required
            maxLength={120}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            spellCheck={false}
            value={fingerprint}
            error={error?.at("fingerprint")}
            onChange={(event) => setFingerprint(event.currentTarget.value)}
          />
          {error ? <Failure error={error} /> : null}
          <Group justify="flex-end">
            <Button type="submit" loading={busy}>
              {t("add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}
