import { Alert, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCall, useRead } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure, Moment, Waiting } from "@/shared/ui";
import { settingsText } from "./text";

/** What was changed, by whom; and the proof that nobody rewrote it. */
export function Audit() {
  const t = useT(settingsText);
  const changes = useRead("changes.list", { limit: 100 });
  return (
    <Stack>
      <Verify />
      <section>
        <Title order={2} size="h5" mb="xs">
          {t("latest")}
        </Title>
        {changes.error ? <Failure error={changes.error} retry={() => void changes.refetch()} /> : null}
        {changes.isPending ? <Waiting /> : null}
        {changes.data?.items.length === 0 ? <Text size="sm">{t("noChanges")}</Text> : null}
        <Table layout="fixed" aria-label={t("latest")}>
          <Table.Tbody>
            {(changes.data?.items ?? []).map((change) => (
              <Table.Tr key={change.id}>
                <Table.Td w={170}>
                  <Moment at={change.at} />
                </Table.Td>
                <Table.Td w={140} className="hw-break">
                  {change.actor}
                </Table.Td>
                <Table.Td className="hw-break">
                  {change.summary ||
                    `${change.action}: ${change.items.map((item) => `${item.kind} ${item.name}`).join(", ")}`}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </Stack>
  );
}

function Verify() {
  const t = useT(settingsText);
  const call = useCall();
  const [busy, setBusy] = useState(false);
  const [report, setReport] = useState<Schema<"AuditReport">>();
  const [error, setError] = useState<CallError>();
  const verify = () => {
    setBusy(true);
    setError(undefined);
    call("audit.verify")
      .then(setReport)
      .catch((reason: unknown) => setError(asCallError(reason)))
      .finally(() => setBusy(false));
  };
  return (
    <section>
      <Text size="sm" c="dimmed" mb="xs">
        {t("verifyNote")}
      </Text>
      <CommandButton variant="default" loading={busy} onClick={verify}>
        {t("verify")}
      </CommandButton>
      {error ? <Failure error={error} retry={verify} /> : null}
      {report ? (
        <Alert mt="xs" color={report.ok ? "teal" : "red"} variant="light" role="status">
          <Text size="sm">{report.words}</Text>
        </Alert>
      ) : null}
    </section>
  );
}
