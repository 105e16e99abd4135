import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { asCallError, type CallError } from "@/rpc";
import { useLine } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { ConnectionsButton, Failure } from "@/shared/ui";
import { Card } from "./card";
import { welcomeText } from "./text";

export function SignIn() {
  const t = useT(welcomeText);
  const line = useLine();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    line
      .signIn(name, password)
      .catch((reason: unknown) => {
        setError(asCallError(reason));
        setPassword("");
      })
      .finally(() => setBusy(false));
  };
  return (
    <Card title={t("signInTitle")}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("name")}
            autoComplete="username"
            autoFocus
            required
            maxLength={64}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("password")}
            autoComplete="current-password"
            required
            maxLength={1024}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {error ? <Failure error={error} /> : null}
          <Button type="submit" loading={busy}>
            {t("signIn")}
          </Button>
          <ConnectionsButton />
        </Stack>
      </form>
    </Card>
  );
}
