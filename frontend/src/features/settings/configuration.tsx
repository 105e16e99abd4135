import {
  Badge,
  Button,
  Checkbox,
  Code,
  FileButton,
  Group,
  Stack,
  Table,
  Text,
  Textarea,
  Title,
} from "@mantine/core";
import { useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCall, useCommand } from "@/rpc/react";
import { number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { CommandButton, CopyButton, Failure } from "@/shared/ui";
import { settingsText } from "./text";

/** The whole configuration as a file: out, and in again after a look at what would change. */
export function Configuration() {
  return (
    <Stack>
      <Export />
      <Apply />
    </Stack>
  );
}

function Export() {
  const t = useT(settingsText);
  const call = useCall();
  const [yaml, setYaml] = useState<string>();
  const [error, setError] = useState<CallError>();
  const load = () => {
    setError(undefined);
    call("config.export")
      .then((answer) => setYaml(answer.yaml))
      .catch((reason: unknown) => setError(asCallError(reason)));
  };
  return (
    <section>
      <Title order={2} size="h5">
        {t("export")}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t("exportNote")}
      </Text>
      <Group mb="xs">
        <Button variant="default" onClick={load}>
          {t("load")}
        </Button>
        {yaml ? <CopyButton text={yaml} /> : null}
      </Group>
      {error ? <Failure error={error} retry={load} /> : null}
      {yaml ? (
        <Code block className="hw-code" mah={360} style={{ overflowY: "auto" }} tabIndex={0}>
          {yaml}
        </Code>
      ) : null}
    </section>
  );
}

function Apply() {
  const t = useT(settingsText);
  const [yaml, setYaml] = useState("");
  const [prune, setPrune] = useState(false);
  const diff = useCommand("config.diff");
  const apply = useCommand("config.apply");
  const body = { yaml, ...(prune ? { prune } : {}) };
  const change = (text: string) => {
    setYaml(text);
    // A plan is for the text that it was made of.
    diff.reset();
    apply.reset();
  };
  const plan = diff.data;
  const changes = (plan?.items ?? []).filter((item) => item.action !== "unchanged");
  return (
    <section>
      <Title order={2} size="h5">
        {t("apply")}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t("applyNote")}
      </Text>
      <Stack>
        <Textarea
          label={t("yaml")}
          autosize
          minRows={4}
          maxRows={16}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          value={yaml}
          onChange={(event) => change(event.currentTarget.value)}
        />
        <Group>
          <FileButton accept=".yaml,.yml,.json" onChange={(file) => void file?.text().then(change)}>
            {(props) => (
              <Button {...props} variant="default">
                {t("choose")}
              </Button>
            )}
          </FileButton>
          <Checkbox
            label={t("prune")}
            checked={prune}
            onChange={(event) => {
              setPrune(event.currentTarget.checked);
              diff.reset();
            }}
          />
        </Group>
        <Group>
          <CommandButton
            variant="default"
            disabled={yaml.trim() === ""}
            loading={diff.isPending}
            onClick={() => diff.mutate({ body })}
          >
            {t("plan")}
          </CommandButton>
          {plan && changes.length > 0 && !apply.data ? (
            <CommandButton loading={apply.isPending} onClick={() => apply.mutate({ body })}>
              {t("doApply")}
            </CommandButton>
          ) : null}
        </Group>
        {diff.error ? <Failure error={diff.error} /> : null}
        {apply.error ? <Failure error={apply.error} /> : null}
        <div role="status">
          {apply.data ? <Text size="sm">{t("applied")}</Text> : null}
          {plan ? <PlanView plan={plan} changes={changes} /> : null}
        </div>
      </Stack>
    </section>
  );
}

function PlanView(props: { plan: Schema<"Plan">; changes: Schema<"Plan">["items"] }) {
  const t = useT(settingsText);
  const { plan, changes } = props;
  if (changes.length === 0) return <Text size="sm">{t("nothing")}</Text>;
  const words = {
    create: t("create"),
    update: t("update"),
    delete: t("deleteAction"),
    unchanged: t("unchanged"),
  };
  return (
    <>
      <Text size="sm" mb="xs">
        {t("planned", {
          creates: number(plan.creates),
          updates: number(plan.updates),
          deletes: number(plan.deletes),
        })}
      </Text>
      <Table layout="fixed">
        <Table.Tbody>
          {changes.slice(0, 200).map((item) => (
            <Table.Tr key={`${item.kind}/${item.tenant}/${item.name}`}>
              <Table.Td w={110}>
                <Badge variant="default" tt="none">
                  {words[item.action]}
                </Badge>
              </Table.Td>
              <Table.Td w={120}>{item.kind}</Table.Td>
              <Table.Td className="hw-break">
                {item.tenant ? `${item.tenant} / ` : ""}
                {item.name}
              </Table.Td>
              <Table.Td className="hw-break">{item.fields?.join(", ")}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
