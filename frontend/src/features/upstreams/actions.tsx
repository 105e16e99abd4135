import { ActionIcon, Button, Group, Menu, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import {
  IconChevronDown,
  IconDoorExit,
  IconDots,
  IconPlayerPause,
  IconPlayerPlay,
  IconTool,
} from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import type { CallError, Params, Schema } from "@/rpc";
import { useCommand, useMayWrite } from "@/rpc/react";
import { moment } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure, uiText } from "@/shared/ui";
import {
  asField,
  draining,
  endOf,
  maintaining,
  operatorState,
  pausing,
  resuming,
  type Until,
  untils,
} from "./operator";
import { upstreamText } from "./text";

type Upstream = Schema<"Upstream">;

const deeds = [
  { key: "resume", icon: IconPlayerPlay, from: ["draining", "maintenance", "disabled"] },
  { key: "drain", icon: IconDoorExit, from: ["enabled", "maintenance", "disabled"] },
  { key: "maintain", icon: IconTool, from: ["enabled", "draining", "maintenance", "disabled"] },
  { key: "pause", icon: IconPlayerPause, from: ["enabled", "draining", "maintenance"] },
] as const;

interface OperatorProps {
  upstream: Upstream;
  /** A small button, for a row. */
  compact?: boolean;
  /** Told what went wrong, and with nothing at each new try: whoever has the room shows it. */
  onFailure: (error: CallError | undefined) => void;
}

const useUpdate = () => useCommand("upstreams.update", ["health", "routes"]);

/** Takes an upstream out of use and back, each way with what it does to calls. */
export function OperatorMenu({ upstream, compact, onFailure }: OperatorProps) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const { may, why } = useMayWrite();
  const update = useUpdate();
  const [planning, setPlanning] = useState(false);
  const now = operatorState(upstream, Date.now());
  const run = (body: Params<"upstreams.update">["body"]) => {
    onFailure(undefined);
    update.mutate({ ref: upstream.name, body }, { onError: onFailure });
  };
  const todo = {
    resume: () => run(resuming),
    drain: () => run(draining),
    maintain: () => setPlanning(true),
    pause: () => run(pausing),
  };
  const label = t("outOf", { name: upstream.name });
  return (
    <>
      {compact || now === "enabled" ? null : (
        <CommandButton loading={update.isPending} onClick={todo.resume}>
          {t("resume")}
        </CommandButton>
      )}
      <Menu position="bottom-end" width={320} shadow="md" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          {compact ? (
            <ActionIcon variant="subtle" color="gray" aria-label={label} loading={update.isPending}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          ) : (
            <Button
              variant="default"
              loading={update.isPending}
              rightSection={<IconChevronDown size={16} aria-hidden />}
            >
              {t("takeOut")}
            </Button>
          )}
        </Menu.Target>
        <Menu.Dropdown aria-label={label}>
          {deeds
            .filter((deed) => (deed.from as readonly string[]).includes(now))
            .map((deed) => (
              <Menu.Item
                key={deed.key}
                disabled={!may}
                leftSection={<deed.icon size={18} aria-hidden />}
                onClick={todo[deed.key]}
              >
                <Text size="sm" fw={600} component="div">
                  {t(deed.key === "maintain" && now === "maintenance" ? "maintainAnew" : deed.key)}
                </Text>
                <Text size="xs" c="dimmed" component="div">
                  {t(`effect.${deed.key}`)}
                </Text>
              </Menu.Item>
            ))}
          {may ? null : <Menu.Label>{ui(why === "viewer" ? "viewer" : "offline")}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={planning}
        onClose={() => setPlanning(false)}
        title={t("maintainTitle", { name: upstream.name })}
      >
        <Maintenance upstream={upstream} onDone={() => setPlanning(false)} />
      </Modal>
    </>
  );
}

/** How long maintenance lasts, before it begins. */
function Maintenance(props: { upstream: Upstream; onDone: () => void }) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const update = useUpdate();
  const [choice, setChoice] = useState<Until>("hour");
  const [begun] = useState(() => new Date());
  const [typed, setTyped] = useState(() => asField(new Date(begun.getTime() + 2 * 3_600_000)));
  const end = endOf(choice, typed, begun);
  const wrong = choice === "custom" && !end;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The clock has gone on while the choice was made.
    const until = endOf(choice, typed, new Date());
    if (choice !== "open" && !until) return;
    update.mutate({ ref: props.upstream.name, body: maintaining(until) }, { onSuccess: props.onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{t("effect.maintain")}</Text>
        <Radio.Group label={t("until")} value={choice} onChange={(value) => setChoice(value as Until)}>
          <Stack gap="xs" mt="xs">
            {untils.map((one) => (
              <Radio key={one} value={one} label={t(`untils.${one}`)} />
            ))}
          </Stack>
        </Radio.Group>
        {choice === "custom" ? (
          <TextInput
            type="datetime-local"
            label={t("untilField")}
            required
            min={asField(begun)}
            value={typed}
            error={wrong ? t("untilPast") : undefined}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        ) : null}
        <Text size="sm" c="dimmed" role="status">
          {choice === "open" ? t("untilOpen") : end ? t("untilWords", { when: moment(end) }) : ""}
        </Text>
        {update.error ? <Failure error={update.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onDone}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={update.isPending} disabled={wrong}>
            {t("maintainStart")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}
