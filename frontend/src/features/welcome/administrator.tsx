import { Button, PasswordInput, Progress, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { asCallError, type CallError } from "@/rpc";
import { useLine, useLineState } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { Failure } from "@/shared/ui";
import { Card } from "./card";
import { welcomeText } from "./text";

const shortest = 12;

/** The setup code from the address: …/#/setup?code=… */
function codeInAddress(): string {
  return new URLSearchParams(location.hash.split("?")[1] ?? "").get("code") ?? "";
}

export function Administrator(props: { onDone: () => void }) {
  const t = useT(welcomeText);
  const line = useLine();
  // On this machine the window is trusted already and makes its own code.
  const { phase, remote } = useLineState();
  const needsCode = line.window === undefined || remote || phase !== "online";
  const [code, setCode] = useState(codeInAddress);
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    line
      .setUp(code.trim(), name, password)
      .then(() => {
        // The code is used up; it need not stay in the address.
        location.hash = "#/";
        props.onDone();
      })
      .catch((reason: unknown) => setError(asCallError(reason)))
      .finally(() => setBusy(false));
  };
  const codeFirst = needsCode && code === "";
  return (
    <Card title={t("setupTitle")} note={`${t("step", { now: 1, all: 3 })} · ${t("setupNote")}`}>
      <form onSubmit={submit}>
        <Stack>
          {needsCode ? (
            <TextInput
              label={t("code")}
              description={t("codeNote")}
              required
              autoComplete="off"
              spellCheck={false}
              autoFocus={codeFirst}
              maxLength={64}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
          ) : null}
          <TextInput
            label={t("name")}
            required
            autoComplete="username"
            maxLength={64}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("password")}
            description={t("passwordNote")}
            required
            autoComplete="new-password"
            autoFocus={!codeFirst}
            maxLength={1024}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Meter password={password} />
          {error ? <Failure error={error} /> : null}
          <Button type="submit" loading={busy} disabled={[...password].length < shortest}>
            {t("create")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}

/** How far the password is from long enough, in words and as a bar. */
function Meter(props: { password: string }) {
  const t = useT(welcomeText);
  const length = [...props.password].length;
  if (length === 0) return null;
  const kinds = new Set(props.password).size;
  const strong = length >= 16 && kinds >= 8;
  const words =
    length < shortest ? t("tooShort", { count: shortest - length }) : strong ? t("strong") : t("longEnough");
  return (
    <div>
      <Progress
        size="xs"
        aria-hidden
        value={Math.min(100, (length / 16) * 100)}
        color={length < shortest ? "red" : strong ? "teal" : "yellow"}
      />
      <Text size="xs" c="dimmed" aria-live="polite">
        {words}
      </Text>
    </div>
  );
}
