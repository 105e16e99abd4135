import { Stack, Table, Text, Title } from "@mantine/core";
import { useCommand, useRead } from "@/rpc/react";
import { useFilters } from "@/shared/hooks/filters";
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

/** The walk over the chain is long work: it runs in the service and reports there. */
function Verify() {
  const t = useT(settingsText);
  const [, setFilters] = useFilters();
  const start = useCommand("jobs.start");
  const verify = () =>
    start.mutate({ body: { kind: "audit.verify" } }, { onSuccess: () => setFilters({ jobs: "1" }, true) });
  return (
    <section>
      <Text size="sm" c="dimmed" mb="xs">
        {t("verifyNote")}
      </Text>
      <CommandButton variant="default" loading={start.isPending} onClick={verify}>
        {t("verify")}
      </CommandButton>
      {start.error ? <Failure error={start.error} retry={verify} /> : null}
    </section>
  );
}
