import {
  ActionIcon,
  Badge,
  Button,
  type ButtonProps,
  Code,
  Group,
  Modal,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClockPause,
  IconCopy,
  IconDoorExit,
  IconLoader,
  IconPlayerPause,
  IconPlayerPlay,
  IconProgressHelp,
  IconTool,
} from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import type { CallError, Schema } from "@/rpc";
import { useLine, useMayWrite } from "@/rpc/react";
import { moment, relative, utc } from "@/shared/format";
import { useNow } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { Failure } from "./page";
import { uiText } from "./text";

export type HealthState = Schema<"HealthChanged">["to"];

const looks: Record<string, { color: string; icon: typeof IconCheck }> = {
  unknown: { color: "gray", icon: IconCircleDashed },
  tried: { color: "yellow", icon: IconAlertTriangle },
  healthy: { color: "teal", icon: IconCircleCheck },
  degraded: { color: "yellow", icon: IconAlertTriangle },
  suspect: { color: "yellow", icon: IconProgressHelp },
  open: { color: "red", icon: IconCircleX },
  probing: { color: "blue", icon: IconLoader },
  ramp: { color: "blue", icon: IconLoader },
  throttled: { color: "orange", icon: IconClockPause },
  loading: { color: "blue", icon: IconLoader },
  quarantined: { color: "red", icon: IconCircleX },
  // What a person did is neither good nor bad.
  draining: { color: "indigo", icon: IconDoorExit },
  maintenance: { color: "indigo", icon: IconTool },
  disabled: { color: "gray", icon: IconPlayerPause },
  enabled: { color: "indigo", icon: IconPlayerPlay },
  off: { color: "gray", icon: IconPlayerPause },
};

/** The word for a state of health, or for a document that is switched off ("off"). */
export function useStateWord(): (state: string) => string {
  const t = useT(uiText);
  return (state) => (state === "off" ? t("disabled") : t(`health.${state}` as "health.healthy"));
}

/** A state as icon and word, never by colour alone. */
export function StateBadge(props: { state: string; label?: string }) {
  const word = useStateWord();
  const look = looks[props.state] ?? { color: "gray", icon: IconCircleDashed };
  const Icon = look.icon;
  return (
    <Badge
      color={look.color}
      variant="light"
      radius="sm"
      tt="none"
      fw={600}
      leftSection={<Icon size={14} aria-hidden />}
      className="hw-state"
      data-state={props.state}
    >
      {props.label ?? word(props.state)}
    </Badge>
  );
}

const prevent = (event: { preventDefault(): void }) => event.preventDefault();

/** A button for commands: when it cannot be pressed it says why. */
export function CommandButton(
  props: ButtonProps & {
    onClick?: () => void;
    type?: "button" | "submit";
    why?: string;
    children: ReactNode;
  },
) {
  const t = useT(uiText);
  const { may, why } = useMayWrite();
  const { why: own, ...rest } = props;
  const reason = may ? own : t(why === "viewer" ? "viewer" : "offline");
  return (
    <Tooltip label={reason} disabled={!reason} multiline maw={320}>
      <Button
        {...rest}
        disabled={props.disabled ?? false}
        // Not the native attribute: a disabled button could not be reached to read why.
        {...(reason ? { "data-disabled": true, "aria-disabled": true, onClick: prevent } : {})}
      >
        {props.children}
      </Button>
    </Tooltip>
  );
}

/** Puts text on the clipboard and says so. */
export function CopyButton(props: { text: string; label?: string; compact?: boolean }) {
  const t = useT(uiText);
  const line = useLine();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const label = copied ? t("copied") : (props.label ?? t("copy"));
  const icon = copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
  const copy = () => void line.copy(props.text).then(() => setCopied(true));
  if (props.compact) {
    return (
      <Tooltip label={label}>
        <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={copy}>
          {icon}
        </ActionIcon>
      </Tooltip>
    );
  }
  return (
    <Button size="compact-sm" variant="default" leftSection={icon} onClick={copy}>
      {label}
    </Button>
  );
}

/** One line of code or an address, with a button to copy it. */
export function CopyField(props: { value: string; label?: string }) {
  return (
    <Group gap={4} wrap="nowrap" miw={0}>
      <Code className="hw-break" aria-label={props.label}>
        {props.value}
      </Code>
      <CopyButton text={props.value} compact />
    </Group>
  );
}

/** A moment: local clock time, UTC on the hover; ago adds how long it has been. */
export function Moment(props: { at: string | undefined; ago?: boolean }) {
  const now = useNow(props.ago ? 1000 : 60_000);
  if (!props.at) return <>–</>;
  return (
    <time dateTime={props.at} title={utc(props.at)} className="hw-figures">
      {props.ago ? relative(props.at, now) : moment(props.at)}
    </time>
  );
}

/** Deletes for good: shows what it means and wants the name typed. */
export function DeleteDialog(props: {
  name: string;
  opened: boolean;
  onClose: () => void;
  onDelete: () => void;
  busy?: boolean;
  error?: CallError | null;
  children?: ReactNode;
}) {
  const t = useT(uiText);
  const [typed, setTyped] = useState("");
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t("deleteTitle", { name: props.name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === props.name) props.onDelete();
        }}
      >
        <Stack>
          {props.children}
          <Text size="sm">
            {t("deleteGone")} {t("deleteType", { name: props.name })}
          </Text>
          <TextInput
            label={t("deleteLabel")}
            value={typed}
            data-autofocus
            autoComplete="off"
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {props.error ? <Failure error={props.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("cancel")}
            </Button>
            <CommandButton
              type="submit"
              color="red"
              disabled={typed !== props.name}
              loading={props.busy ?? false}
            >
              {t("delete")}
            </CommandButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** A secret that is shown this once; it closes only when it has been saved. */
export function SecretDialog(props: {
  secret: string | undefined;
  onSaved: () => void;
  children?: ReactNode;
}) {
  const t = useT(uiText);
  return (
    <Modal
      opened={props.secret !== undefined}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("secretTitle")}
      size="lg"
    >
      <Stack>
        <Text size="sm">{t("secretNote")}</Text>
        <CopyField value={props.secret ?? ""} />
        {props.children}
        <Group justify="flex-end">
          <Button onClick={props.onSaved} data-autofocus>
            {t("secretSaved")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** What the service found at single fields, for a form's errors: body.base_url becomes base_url. */
export function fieldErrors(error: CallError): Record<string, string> {
  const found: Record<string, string> = {};
  for (const place of error.problem.errors ?? []) {
    const field = (place.location ?? "").replace(/^body\./, "").replace(/\[(\d+)\]/g, ".$1");
    if (field && field !== "body") found[field] = place.message ?? "";
  }
  return found;
}
