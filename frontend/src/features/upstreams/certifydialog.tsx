import {
  Autocomplete,
  Button,
  Group,
  Modal,
  NumberInput,
  Progress,
  Select,
  Stack,
  Text,
} from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useListing, useRead } from "@/rpc/react";
import { dollars, number } from "@/shared/format";
import { useRested } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure, fieldErrors, uiText, Waiting } from "@/shared/ui";
import { subjectOf, useRun } from "./certifyjob";
import { Facts, useCheckName } from "./certifymarks";
import { certifyText } from "./certifytext";

type Job = Schema<"Job">;

interface DialogProps {
  upstream: string;
  /** The model that is in the field at first. */
  model: string;
  opened: boolean;
  onClose: () => void;
  onReport: (id: string) => void;
}

/** Says what live checks would do and cost, makes them, and shows how far they are. */
export function CertifyDialog(props: DialogProps) {
  const t = useT(certifyText);
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      size="lg"
      title={t("title", { name: props.upstream })}
    >
      {props.opened ? <Body {...props} /> : null}
    </Modal>
  );
}

function Body(props: DialogProps) {
  const running = useRun();
  const [id, setId] = useState("");
  // A run that is under way already is shown before another can be planned, and stays when it has ended.
  if (running && running.id !== id) setId(running.id);
  const job = useRun(id);
  if (!job) return <Planned {...props} onStarted={setId} />;
  return <Run job={job} onClose={props.onClose} onReport={props.onReport} onAgain={() => setId("")} />;
}

/** What is asked for, and what that would cost at most. */
function Planned(props: DialogProps & { onStarted: (id: string) => void }) {
  const t = useT(certifyText);
  const ui = useT(uiText);
  const { upstream } = props;
  const [model, setModel] = useState(props.model);
  const [credential, setCredential] = useState("");
  const [cap, setCap] = useState<number | "">("");
  const input = { model: useRested(model.trim(), 400), ...(credential ? { credential } : {}) };
  const plan = useRead(
    "upstreams.certify_plan",
    { ref: upstream, body: input },
    { enabled: input.model !== "" },
  );
  const certify = useCommand("upstreams.certify", ["jobs"]);
  const settled = input.model === model.trim() ? plan.data : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!settled) return;
    const body = { ...input, ...(cap ? { max_cost_usd: cap } : {}) };
    // News of the job may be here before the answer, and take this form away.
    void certify.mutateAsync({ ref: upstream, body }).then(
      (job) => props.onStarted(job.id),
      () => undefined, // shown as the command's error
    );
  };
  const errors = certify.error ? fieldErrors(certify.error) : {};
  const most = settled?.max_cost_usd;
  return (
    <form onSubmit={submit}>
      <Stack>
        <ModelField upstream={upstream} value={model} error={errors.model} onChange={setModel} />
        <KeyField upstream={upstream} value={credential} onChange={setCredential} />
        {plan.error && input.model ? <Failure error={plan.error} retry={() => void plan.refetch()} /> : null}
        {plan.isFetching && !settled ? <Waiting /> : null}
        {settled ? <Plan plan={settled} /> : null}
        {most ? (
          <NumberInput
            label={t("cap")}
            description={t("capNote")}
            placeholder={dollars(most)}
            inputWrapperOrder={["label", "input", "description", "error"]}
            min={0}
            max={1000}
            decimalScale={6}
            w={260}
            value={cap}
            error={errors.max_cost_usd}
            onChange={(value) => setCap(value === "" ? "" : Number(value))}
          />
        ) : null}
        {certify.error ? <Failure error={certify.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={certify.isPending} disabled={!settled}>
            {t("start")}
            {most === undefined ? "" : ` (≤ ${dollars(cap || most)})`}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

interface FieldProps {
  upstream: string;
  value: string;
  error?: string | undefined;
  onChange: (value: string) => void;
}

/** How many names are offered at once; typing finds the others. */
const offered = 100;

/** A model by its name: those the upstream tells are offered, any other may be typed. */
function ModelField(props: FieldProps) {
  const t = useT(certifyText);
  // Asking for the list costs nothing.
  const told = useRead("upstreams.models", { ref: props.upstream });
  const failed = told.error || (told.data && !told.data.ok);
  return (
    <Autocomplete
      label={t("model")}
      description={failed ? t("listFailed") : t("modelNote")}
      required
      data-autofocus
      autoComplete="off"
      maxLength={128}
      data={[...new Set(told.data?.items.map((one) => one.id))]}
      limit={offered}
      maxDropdownHeight={240}
      value={props.value}
      error={props.error}
      onChange={props.onChange}
    />
  );
}

function KeyField(props: FieldProps) {
  const t = useT(certifyText);
  const keys = useListing("credentials.list", { limit: 1000 });
  const own = keys.rows.filter((row) => row.upstream === props.upstream);
  if (own.length === 0) return null;
  return (
    <Select
      label={t("key")}
      data={[
        { value: "", label: t("firstKey") },
        ...own.map((row) => ({
          value: row.name,
          label: row.last4 ? `${row.name} (…${row.last4})` : row.name,
        })),
      ]}
      allowDeselect={false}
      value={props.value}
      onChange={(value) => props.onChange(value ?? "")}
    />
  );
}

function Plan({ plan }: { plan: Schema<"CertifyPlan"> }) {
  const t = useT(certifyText);
  const nameOf = useCheckName();
  const cost =
    plan.max_cost_usd === undefined
      ? t("planUnknown", { count: number(plan.tokens_in + plan.tokens_out) })
      : dollars(plan.max_cost_usd);
  const cells: [string, ReactNode][] = [
    [
      t("planChecks"),
      `${number(plan.checks.length)}${plan.skipped.length > 0 ? ` (${plan.skipped.length} ${t("outcome.skipped")})` : ""}`,
    ],
    [t("planRequests"), number(plan.requests)],
    [t("planIn"), number(plan.tokens_in)],
    [t("planOut"), number(plan.tokens_out)],
    [t("planCost"), cost],
  ];
  return (
    <section aria-label={t("plan")} data-plan={plan.model}>
      <Text fw={600} size="sm" mb="xs">
        {t("plan")}
      </Text>
      <Facts cells={cells} />
      <details>
        <Text size="sm" component="summary" mt="xs">
          {t("which")}
        </Text>
        <Text size="sm">{plan.checks.map(nameOf).join(" · ")}</Text>
      </details>
    </section>
  );
}

/** How far the checks are. */
export function RunBar({ job }: { job: Job }) {
  const t = useT(certifyText);
  const subject = subjectOf(job);
  const words = t("running", { model: subject?.model ?? "…" });
  return (
    <div role="status">
      <Text size="sm" className="hw-break">
        {words}
      </Text>
      <Progress
        mt={4}
        value={job.total > 0 ? (job.done / job.total) * 100 : 100}
        animated={job.total === 0}
        aria-label={words}
      />
      {job.total > 0 ? (
        <Text size="xs" c="dimmed" className="hw-figures">
          {t("progress", { done: number(job.done), total: number(job.total) })}
        </Text>
      ) : null}
    </div>
  );
}

interface RunProps {
  job: Job;
  onClose: () => void;
  onReport: (id: string) => void;
  onAgain: () => void;
}

/** A run from its start to its end. */
function Run({ job, onClose, onReport, onAgain }: RunProps) {
  const t = useT(certifyText);
  const ui = useT(uiText);
  const cancel = useCommand("jobs.cancel");
  if (job.state === "running") {
    return (
      <Stack>
        <RunBar job={job} />
        <Text size="sm" c="dimmed">
          {t("goesOn")}
        </Text>
        {cancel.error ? <Failure error={cancel.error} /> : null}
        <Group justify="flex-end">
          <CommandButton
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ id: job.id })}
          >
            {t("cancelRun")}
          </CommandButton>
          <Button onClick={onClose}>{ui("close")}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack data-ended={job.state}>
      <div role="status">
        <Text fw={600}>{t("ended")}</Text>
        {job.words ? (
          <Text size="sm" className="hw-break">
            {job.words}
          </Text>
        ) : null}
      </div>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {ui("close")}
        </Button>
        <Button variant="default" onClick={onAgain}>
          {t("certify")}
        </Button>
        {job.state === "done" ? <ReportButton id={job.id} onReport={onReport} /> : null}
      </Group>
    </Stack>
  );
}

function ReportButton({ id, onReport }: { id: string; onReport: (id: string) => void }) {
  const t = useT(certifyText);
  const job = useRead("jobs.get", { id });
  const record = job.data?.result as Pick<Schema<"CapabilityRecord">, "id"> | undefined;
  if (job.error) return <Failure error={job.error} retry={() => void job.refetch()} />;
  if (!record) return null;
  return (
    <Button data-autofocus onClick={() => onReport(record.id)}>
      {t("showReport")}
    </Button>
  );
}
