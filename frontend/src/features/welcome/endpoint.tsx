import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useFollow, useRead } from "@/rpc/react";
import { duration } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { CopyField, chatSnippets, Snippets } from "@/shared/ui";
import { Card } from "./card";
import type { Made } from "./make";
import { welcomeText } from "./text";

/** The endpoint with its key, and the wait for the first call. */
export function Endpoint(props: { made: Made; onDone: () => void }) {
  const t = useT(welcomeText);
  const status = useRead("status.get", {});
  const [first, setFirst] = useState<Schema<"Call">>();
  useFollow("calls.tail", (push) => {
    const call = push.events.find((event) => event.data.app === props.made.app)?.data;
    if (call) setFirst((before) => before ?? call);
  });
  const address = status.data?.addresses.data ?? "127.0.0.1:4100";
  const { made } = props;
  return (
    <Card wide title={t("endpointTitle")} note={`${t("step", { now: 3, all: 3 })} · ${t("endpointNote")}`}>
      <Group gap="xl" align="flex-start">
        <div>
          <Text size="sm" fw={600}>
            {t("endpoint")}
          </Text>
          <CopyField value={`http://${address}/v1`} label={t("endpoint")} />
        </div>
        <div>
          <Text size="sm" fw={600}>
            {t("appKey", { app: made.app })}
          </Text>
          <CopyField value={made.secret} label={t("appKey", { app: made.app })} />
        </div>
      </Group>
      <Snippets label={t("snippets")} items={chatSnippets(address, made.secret, made.model)} />
      <div role="status">
        {first ? (
          <Alert color="teal" variant="light" icon={<IconCircleCheck aria-hidden />} title={t("arrived")}>
            {t("arrivedNote", {
              app: first.app ?? "",
              model: first.asked ?? "",
              status: first.status,
              time: duration(first.total_ms),
            })}
          </Alert>
        ) : (
          <Group gap="xs">
            <Loader size="xs" type="dots" aria-hidden />
            <Text size="sm">{t("waiting")}</Text>
          </Group>
        )}
      </div>
      <Stack align="flex-end">
        <Button variant={first ? "filled" : "default"} onClick={props.onDone}>
          {first ? t("open") : t("openAnyway")}
        </Button>
      </Stack>
    </Card>
  );
}
