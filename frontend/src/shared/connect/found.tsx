import { Button, Group, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useMayWrite, useRead } from "@/rpc/react";
import { number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { told } from "@/shared/i18n/said";
import { CommandButton, Failure, fieldErrors, ProviderMark } from "@/shared/ui";
import { connectText } from "./text";

export type Engine = Schema<"FoundEngine">;

interface FoundProps {
  /** One that is not connected yet was chosen. */
  onPick: (engine: Engine) => void;
  /** That a choice only fills in the form around it. */
  fills?: boolean;
  busy?: boolean;
}

/** The engines on this machine and, where somebody names one, on a network. */
export function FoundEngines(props: FoundProps) {
  const t = useT(connectText);
  const { may } = useMayWrite();
  const here = useRead("upstreams.scan", {}, { enabled: may, anew: true });
  const [network, setNetwork] = useState(false);
  if (!may) return null;
  return (
    <Stack gap="xs" role="group" aria-label={t("found")}>
      {here.error ? <Failure error={here.error} retry={() => void here.refetch()} /> : null}
      {here.data ? <Report {...props} report={here.data} /> : null}
      <Group gap="xs">
        {here.isFetching ? (
          <Text size="sm" c="dimmed" role="status">
            {t("looking")}
          </Text>
        ) : (
          <Button size="compact-sm" variant="subtle" onClick={() => void here.refetch()}>
            {t("again")}
          </Button>
        )}
        {network ? null : (
          <Button size="compact-sm" variant="subtle" onClick={() => setNetwork(true)}>
            {t("network")}
          </Button>
        )}
      </Group>
      {network ? <OnNetwork {...props} /> : null}
    </Stack>
  );
}

/** A network that is looked through as a job. */
function OnNetwork(props: FoundProps) {
  const t = useT(connectText);
  const [range, setRange] = useState("");
  const [id, setId] = useState("");
  const start = useCommand("upstreams.scan_range", ["jobs"]);
  const cancel = useCommand("jobs.cancel");
  const job = useRead("jobs.get", { id }, { enabled: id !== "", every: 1000 });
  const running = id !== "" && (job.data === undefined || job.data.state === "running");
  const look = () => {
    if (range.trim() && !running) {
      start.mutate({ body: { range: range.trim() } }, { onSuccess: (begun) => setId(begun.id) });
    }
  };
  const wrong = start.error ? fieldErrors(start.error).range : undefined;
  return (
    <Stack gap="xs">
      <TextInput
        label={t("range")}
        description={t("rangeNote")}
        placeholder="192.168.1.0/24"
        maxLength={255}
        autoFocus
        value={range}
        error={wrong}
        onChange={(event) => setRange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault(); // the form around it is about something else
          look();
        }}
      />
      <Group gap="xs">
        <CommandButton
          size="compact-sm"
          variant="default"
          loading={start.isPending || running}
          onClick={look}
        >
          {t("look")}
        </CommandButton>
        {running ? (
          <>
            <Button size="compact-sm" variant="subtle" onClick={() => cancel.mutate({ id })}>
              {t("stop")}
            </Button>
            <Text size="sm" c="dimmed" role="status">
              {t("progress", { done: number(job.data?.done ?? 0), total: number(job.data?.total ?? 0) })}
            </Text>
          </>
        ) : null}
      </Group>
      {start.error && !wrong ? <Failure error={start.error} /> : null}
      {job.error ? <Failure error={job.error} retry={() => void job.refetch()} /> : null}
      {job.data && job.data.state !== "running" ? (
        job.data.state === "done" ? (
          <Report {...props} report={job.data.result as Schema<"ScanReport">} />
        ) : (
          <Text size="sm">{job.data.words}</Text>
        )
      ) : null}
    </Stack>
  );
}

function Report(props: FoundProps & { report: Schema<"ScanReport"> }) {
  const t = useT(connectText);
  const { report } = props;
  if (report.found.length === 0) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {report.range ? t("noneAt", { range: report.range }) : t("none")}{" "}
        {told(report.stopped, report.stopped_said)}
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {report.range ? t("foundAt", { range: report.range }) : t("found")}
      </Text>
      {report.found.slice(0, 50).map((engine) => (
        <Row key={engine.address} {...props} engine={engine} />
      ))}
      {report.found.length > 50 || report.more ? (
        <Text size="xs">
          {t("more", { count: Math.max(report.found.length - 50, 0) + (report.more ?? 0) })}
        </Text>
      ) : null}
      {report.stopped ? <Text size="xs">{told(report.stopped, report.stopped_said)}</Text> : null}
    </Stack>
  );
}

function Row({ engine, onPick, fills, busy }: FoundProps & { engine: Engine }) {
  const t = useT(connectText);
  const count = engine.models.length + (engine.models_more ?? 0);
  const add = t(engine.needs_key ? "choose" : fills ? "fill" : "add");
  return (
    <Paper withBorder p="xs" data-engine={engine.provider}>
      <Group gap="xs" wrap="nowrap">
        <ProviderMark provider={engine.provider} />
        <div style={{ flex: 1, minWidth: 0 }}>
          <Text size="sm" fw={600} className="hw-break">
            {engine.name} {engine.version}
          </Text>
          <Text size="xs" c="dimmed" className="hw-break" title={engine.models.slice(0, 20).join(", ")}>
            {engine.address} · {engine.needs_key ? t("wantsKey") : t("models", { count })}
          </Text>
        </div>
        {engine.upstream ? (
          <Text size="xs" c="dimmed" className="hw-break">
            {t("connected", { name: engine.upstream })}
          </Text>
        ) : (
          <CommandButton
            size="compact-sm"
            variant="light"
            disabled={busy ?? false}
            aria-label={`${add}: ${engine.name}, ${engine.address}`}
            onClick={() => onPick(engine)}
          >
            {add}
          </CommandButton>
        )}
      </Group>
    </Paper>
  );
}
