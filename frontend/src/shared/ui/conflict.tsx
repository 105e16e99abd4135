import { Alert, Button, Group, Stack, Table, Text } from "@mantine/core";
import type { CallError } from "@/rpc";
import { useRead } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { Failure, Moment, Waiting } from ".";
import { uiText } from "./text";

type Kind = "upstreams" | "routes" | "apps" | "settings" | "schedules" | "models";

interface ConflictProps {
  name: string;
  kind: Kind;
  tenant?: string;
  /** What would be saved. */
  mine: Record<string, unknown>;
  /** Saves it over what is there, given the version that is there now. */
  onMine: (version: number) => void;
  /** Takes what is there. */
  onTheirs: (theirs: unknown) => void;
}

/** Somebody else has saved meanwhile: what differs, and whose word counts. */
export function Conflict(props: ConflictProps) {
  const t = useT(uiText);
  const params =
    props.kind === "settings" ? {} : { ref: props.name, ...(props.tenant ? { tenant: props.tenant } : {}) };
  const now = useRead(
    `${props.kind === "settings" ? "settings.get" : `${props.kind}.get`}` as "upstreams.get",
    params as never,
    // What this page knew is what was changed meanwhile.
    { anew: true },
  );
  if (!now.data || now.isFetching) return <Waiting />;
  const theirs = now.data as unknown as Record<string, unknown> & {
    version?: number;
    updated_at?: string;
    updated_by?: string;
  };
  const differing = Object.keys(props.mine).filter(
    (field) => text(props.mine[field]) !== text(theirs[field]),
  );
  return (
    <Alert color="orange" variant="light" role="alert" title={t("conflict", { name: props.name })}>
      <Stack gap="xs">
        <Text size="sm">
          {theirs.updated_by} · <Moment at={theirs.updated_at} ago />
        </Text>
        <Table layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("conflictField")}</Table.Th>
              <Table.Th>{t("conflictYours")}</Table.Th>
              <Table.Th>{t("conflictNow")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differing.map((field) => (
              <Table.Tr key={field}>
                <Table.Td className="hw-break">{field}</Table.Td>
                <Table.Td className="hw-break">{text(props.mine[field])}</Table.Td>
                <Table.Td className="hw-break">{text(theirs[field])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Group justify="flex-end">
          <Button size="compact-sm" variant="default" onClick={() => props.onTheirs(now.data)}>
            {t("conflictTheirs")}
          </Button>
          <Button size="compact-sm" onClick={() => props.onMine(theirs.version ?? 0)}>
            {t("conflictMine")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

interface SaveFailureProps extends Omit<ConflictProps, "name"> {
  error: CallError | null | undefined;
  /** The name of what is changed; absent for something new. */
  name: string | undefined;
}

/** Why something was not saved, with the way out where somebody else was first. */
export function SaveFailure({ error, name, ...conflict }: SaveFailureProps) {
  if (!error) return null;
  if (error.problem.code === "version_conflict" && name) return <Conflict {...conflict} name={name} />;
  return <Failure error={error} />;
}

/** A field as text; what is absent and what is empty mean the same, however deep. */
function text(value: unknown): string {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return "";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "" : `[${value.map(text).join(", ")}]`;
  const set = Object.entries(value)
    .map(([field, inner]) => [field, text(inner)] as const)
    .filter(([, inner]) => inner)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return set.length === 0 ? "" : `{${set.map(([field, inner]) => `${field}: ${inner}`).join(", ")}}`;
}
