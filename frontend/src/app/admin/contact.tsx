import { Alert, Button, Group, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useLine, useLineState } from "@/rpc/react";
import { duration } from "@/shared/format";
import { useNow } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { shellText } from "./text";

/** Says that the line is down, since when, and when it is tried again. */
export function Contact() {
  const t = useT(shellText);
  const line = useLine();
  const { phase, retryAt, lostAt } = useLineState();
  const now = useNow(1000);
  if (phase === "online" || phase === "signed_out") return <div role="status" />;
  const seconds = retryAt ? Math.max(0, Math.ceil((retryAt - now) / 1000)) : 0;
  return (
    <Alert
      color="orange"
      variant="light"
      role="status"
      mb="sm"
      icon={<IconPlugConnectedX aria-hidden />}
      py="xs"
    >
      <Group justify="space-between" gap="xs">
        <div>
          <Text size="sm" fw={600}>
            {seconds > 0 ? t("lost", { seconds }) : t("lostNow")}
          </Text>
          <Text size="sm">{t("lostAge", { age: duration(Math.max(0, now - (lostAt ?? now))) })}</Text>
        </div>
        <Button size="compact-sm" variant="default" onClick={() => line.retry()}>
          {t("retry")}
        </Button>
      </Group>
    </Alert>
  );
}
