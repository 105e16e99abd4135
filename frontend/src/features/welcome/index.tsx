import { Button, Code, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { asCallError, type CallError } from "@/rpc";
import { useLine, useLineState } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { ConnectionsButton, Failure, Waiting } from "@/shared/ui";
import { Card } from "./card";
import { FirstRun } from "./firstrun";
import { SignIn } from "./signin";
import { welcomeText } from "./text";

/** The way in: no contact, sign-in, first run. */
export interface WelcomeProps {
  /** There is no administrator yet. */
  setupNeeded: boolean;
  /** False until the service has said whether there is one. */
  known: boolean;
  /** The first run is under way, also after the administrator was made. */
  running: boolean;
  onDone: () => void;
}

export default function Welcome(props: WelcomeProps) {
  const { phase } = useLineState();
  if (props.running && (props.known || phase === "online")) {
    return <FirstRun setupNeeded={props.setupNeeded} onDone={props.onDone} />;
  }
  if (phase === "no_service" || phase === "lost") return <NoService />;
  if (phase === "signed_out" && props.known) return <SignIn />;
  return <Waiting />;
}

function NoService() {
  const t = useT(welcomeText);
  const line = useLine();
  const { address, remote } = useLineState();
  const [failed, setFailed] = useState<CallError>();
  const start = () => {
    setFailed(undefined);
    line.window?.startService().catch((error: unknown) => setFailed(asCallError(error)));
  };
  return (
    <Card title={t("noService")} note={t("noServiceWhy", { address })}>
      <Stack>
        {line.window && !remote ? (
          <Button onClick={start} data-autofocus>
            {t("start")}
          </Button>
        ) : (
          <>
            <Text size="sm">{t("startCommand")}</Text>
            <Code block>sudo systemctl start headwater</Code>
          </>
        )}
        {failed ? <Failure error={failed} title={t("startFailed")} /> : null}
        <Button variant="default" onClick={() => line.retry()}>
          {t("retry")}
        </Button>
        <ConnectionsButton />
      </Stack>
    </Card>
  );
}
