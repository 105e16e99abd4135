import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { told } from "@/shared/i18n/said";
import { CommandButton, Failure, Moment, Waiting } from "@/shared/ui";
import { CertifyDialog, RunBar } from "./certifydialog";
import { subjectOf, useRun } from "./certifyjob";
import { Marks, useCost } from "./certifymarks";
import { CertifyReport } from "./certifyreport";
import { certifyText } from "./certifytext";

/** The models of an upstream that were tried with live checks, and the way to try one. */
export function Certified({ upstream }: { upstream: Schema<"Upstream"> }) {
  const t = useT(certifyText);
  const records = useRead("capabilities.list", { upstream: upstream.name });
  const run = useRun();
  const subject = subjectOf(run);
  const [filters, setFilters] = useFilters();
  const [model, setModel] = useState("");
  const certify = (one: string) => {
    setModel(one);
    setFilters({ certify: "1" }, true);
  };
  const here = !subject || subject.upstream === upstream.name;
  const why = run && !here ? { why: t("elsewhereRuns", { name: subject.upstream }) } : {};
  const dialog = filters.certify === "1";
  const rows = records.data?.items ?? [];
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" style={{ flex: "1 1 20rem" }} maw={720}>
          {t("note")}
        </Text>
        <CommandButton size="compact-sm" variant="default" onClick={() => certify("")} {...why}>
          {t(run && here ? "show" : "certify")}
        </CommandButton>
      </Group>
      {run && here && !dialog ? <RunBar job={run} /> : null}
      {records.error ? <Failure error={records.error} retry={() => void records.refetch()} /> : null}
      {records.isPending && !records.error ? <Waiting /> : null}
      {records.data && rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("none")}
        </Text>
      ) : null}
      {rows.length > 0 ? (
        <Records
          rows={rows}
          onReport={(report) => setFilters({ report }, true)}
          onAgain={run ? undefined : certify}
        />
      ) : null}
      <CertifyDialog
        upstream={upstream.name}
        model={model}
        opened={dialog}
        onClose={() => setFilters({ certify: undefined })}
        onReport={(report) => setFilters({ certify: undefined, report }, true)}
      />
      <CertifyReport
        id={filters.report}
        baseUrl={upstream.base_url}
        onOpen={(report) => setFilters({ report })}
        onClose={() => setFilters({ report: undefined })}
      />
    </Stack>
  );
}

interface RecordsProps {
  rows: Schema<"CapabilityRecord">[];
  onReport: (id: string) => void;
  onAgain: ((model: string) => void) | undefined;
}

/** A row for each model; where it is narrow its parts go below each other. */
function Records({ rows, onReport, onAgain }: RecordsProps) {
  const t = useT(certifyText);
  const cost = useCost();
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: "none" }} aria-label={t("records")}>
      {rows.map((one) => (
        <Group
          component="li"
          key={one.id}
          gap="xs"
          pt="xs"
          style={{ borderTop: "1px solid var(--mantine-color-default-border)" }}
          data-model={one.model}
        >
          <Anchor
            component="button"
            type="button"
            size="sm"
            ta="left"
            className="hw-break"
            style={{ flex: "1 1 12rem" }}
            onClick={() => onReport(one.id)}
          >
            {one.model}
          </Anchor>
          <Text size="sm" style={{ flex: "0 0 10.5rem" }}>
            <Moment at={one.at} />
          </Text>
          <Group gap={4} style={{ flex: "2 1 16rem" }}>
            <Marks of={one} />
            {one.stopped ? (
              <Text size="xs" c="dimmed" title={told(one.stopped, one.stopped_said)}>
                {t("stopped")}
              </Text>
            ) : null}
          </Group>
          <Text size="sm" className="hw-figures" style={{ flex: "0 0 6.5rem" }}>
            {cost(one)}
          </Text>
          {onAgain ? (
            <CommandButton size="compact-xs" variant="default" onClick={() => onAgain(one.model)}>
              {t("again")}
            </CommandButton>
          ) : null}
        </Group>
      ))}
    </Stack>
  );
}
