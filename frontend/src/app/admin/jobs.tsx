import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  Drawer,
  Group,
  Indicator,
  Paper,
  Progress,
  Stack,
  Text,
  Tooltip,
} from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useFollow, useRead } from "@/rpc/react";
import { duration, number } from "@/shared/format";
import { useNow } from "@/shared/hooks";
import { useFilters } from "@/shared/hooks/filters";
import { texts, useT } from "@/shared/i18n";
import { testWords } from "@/shared/i18n/problems";
import { CommandButton, CopyButton, Empty, Failure, Moment, Waiting } from "@/shared/ui";

const jobText = texts(
  "jobs",
  {
    title: "Long work",
    running_one: "{{count}} job is running",
    running_other: "{{count}} jobs are running",
    none: "No long work yet",
    noneWhy:
      "Testing all upstreams, certifying a model or checking the audit chain runs in the service and is listed here.",
    kind: {
      "audit.verify": "Check the audit chain",
      "upstreams.test": "Test all upstreams",
      "upstreams.certify": "Certify a model",
      "upstreams.scan": "Look for engines on a network",
    },
    state: {
      running: "running",
      done: "done",
      failed: "failed",
      canceled: "canceled",
      interrupted: "interrupted",
    },
    progress: "{{done}} of {{total}}",
    left: "about {{time}} left",
    took: "took {{time}}",
    by: "started by {{who}}",
    cancel: "Cancel",
    report: "Report",
    copyReport: "Copy all of it",
    again: "Start again",
    checks: "The checks of {{model}}",
  },
  {
    title: "长时间任务",
    running_one: "{{count}} 个任务正在运行",
    running_other: "{{count}} 个任务正在运行",
    none: "还没有长时间任务",
    noneWhy: "测试全部上游、认证模型或检查审计链在服务中运行，并列在这里。",
    kind: {
      "audit.verify": "检查审计链",
      "upstreams.test": "测试全部上游",
      "upstreams.certify": "认证模型",
      "upstreams.scan": "在网络中查找引擎",
    },
    state: {
      running: "运行中",
      done: "已完成",
      failed: "失败",
      canceled: "已取消",
      interrupted: "已中断",
    },
    progress: "{{done}} / {{total}}",
    left: "约剩 {{time}}",
    took: "用时 {{time}}",
    by: "由 {{who}} 启动",
    cancel: "取消",
    report: "报告",
    copyReport: "复制全部",
    again: "重新开始",
    checks: "{{model}} 的检查",
  },
);

type Job = Schema<"Job">;

const colors: Record<Job["state"], string> = {
  running: "blue",
  done: "teal",
  failed: "red",
  canceled: "gray",
  interrupted: "orange",
};

/** What runs in the service for longer than a click; ?jobs=1 in the address opens it from anywhere. */
export function Jobs() {
  const t = useT(jobText);
  const [filters, setFilters] = useFilters();
  const jobs = useRead("jobs.list", {});
  const client = useQueryClient();
  useFollow("jobs.watch", (push) => {
    const last = push.events.at(-1);
    if (last) client.setQueryData(["jobs", "jobs.list", {}], (old: unknown) => merged(old, push.events));
    // What live checks have shown is news for whoever shows it.
    if (push.events.some(({ data }) => isCertify(data) && data.state !== "running")) {
      void client.invalidateQueries({ queryKey: ["capabilities"] });
    }
  });
  const running = (jobs.data?.items ?? []).filter((job) => job.state === "running").length;
  const label = running > 0 ? t("running", { count: running }) : t("title");
  return (
    <>
      <Tooltip label={label}>
        <Indicator disabled={running === 0} processing color="blue" size={10}>
          <ActionIcon
            variant="default"
            size="md"
            aria-label={label}
            onClick={() => setFilters({ jobs: "1" }, true)}
          >
            <IconListCheck size={18} aria-hidden />
          </ActionIcon>
        </Indicator>
      </Tooltip>
      <Drawer
        opened={filters.jobs === "1"}
        onClose={() => setFilters({ jobs: undefined })}
        position="right"
        size="md"
        title={t("title")}
      >
        {jobs.error ? <Failure error={jobs.error} retry={() => void jobs.refetch()} /> : null}
        {jobs.isPending && !jobs.error ? <Waiting /> : null}
        {jobs.data?.items.length === 0 ? <Empty title={t("none")} why={t("noneWhy")} /> : null}
        <Stack>
          {(jobs.data?.items ?? []).map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
        </Stack>
      </Drawer>
    </>
  );
}

const isCertify = (job: Job) => job.kind === "upstreams.certify";

/** The list with what was just told; a job nobody has seen yet comes first. */
function merged(old: unknown, events: { data: Job }[]): unknown {
  const page = old as { items: Job[] } | undefined;
  if (!page) return old;
  const items = [...page.items];
  for (const { data } of events) {
    const at = items.findIndex((job) => job.id === data.id);
    if (at < 0) items.unshift(data);
    else items[at] = data;
  }
  return { ...page, items };
}

function JobCard({ job }: { job: Job }) {
  const t = useT(jobText);
  const cancel = useCommand("jobs.cancel");
  const start = useCommand("jobs.start");
  const [shown, setShown] = useState((job.kind === "upstreams.test" || isCertify(job)) && fresh(job));
  const running = job.state === "running";
  const { kind } = job;
  return (
    <Paper withBorder p="sm" data-job={job.kind} data-state={job.state}>
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600} size="sm" className="hw-break">
          {t(`kind.${job.kind}`)}
          {job.subject ? ` · ${job.subject}` : ""}
        </Text>
        <Badge
          variant="light"
          color={colors[job.state]}
          tt="none"
          className="hw-state"
          data-state={job.state}
        >
          {t(`state.${job.state}`)}
        </Badge>
      </Group>
      <Text size="xs" c="dimmed">
        <Moment at={job.started_at} /> · {t("by", { who: job.actor })}
        {job.ended_at
          ? ` · ${t("took", { time: duration(Date.parse(job.ended_at) - Date.parse(job.started_at)) })}`
          : ""}
      </Text>
      {running ? <Bar job={job} /> : null}
      {job.words ? (
        <Text size="sm" mt={4} className="hw-break">
          {job.words}
        </Text>
      ) : null}
      {shown && job.state === "done" ? <Report id={job.id} /> : null}
      {cancel.error ? <Failure error={cancel.error} /> : null}
      {start.error ? <Failure error={start.error} /> : null}
      <Group gap="xs" mt="xs">
        {running ? (
          <CommandButton
            size="compact-xs"
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ id: job.id })}
          >
            {t("cancel")}
          </CommandButton>
        ) : kind === "upstreams.certify" || kind === "upstreams.scan" ? null : (
          // Which model to certify, or where to look, was asked for where it was started.
          <CommandButton
            size="compact-xs"
            variant="default"
            loading={start.isPending}
            onClick={() => start.mutate({ body: { kind } })}
          >
            {t("again")}
          </CommandButton>
        )}
        {job.state === "done" ? (
          <Button size="compact-xs" variant="default" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {t("report")}
          </Button>
        ) : null}
      </Group>
    </Paper>
  );
}

/** Somebody is looking at what has just ended: its report need not be asked for. */
function fresh(job: Job): boolean {
  return job.state === "running" || Date.now() - Date.parse(job.ended_at ?? job.started_at) < 60_000;
}

/** How far it is; without a number of items it only moves. */
function Bar({ job }: { job: Job }) {
  const t = useT(jobText);
  const now = useNow(1000);
  const share = job.total > 0 ? job.done / job.total : 0;
  const spent = now - Date.parse(job.started_at);
  return (
    <>
      <Progress
        mt={6}
        value={job.total > 0 ? share * 100 : 100}
        animated={job.total === 0}
        aria-label={t(`kind.${job.kind}`)}
      />
      {job.total > 0 ? (
        <Text size="xs" c="dimmed" className="hw-figures" role="status">
          {t("progress", { done: number(job.done), total: number(job.total) })}
          {share > 0.05 && share < 1 && spent > 2000
            ? ` · ${t("left", { time: duration((spent / share) * (1 - share)) })}`
            : ""}
        </Text>
      ) : null}
    </>
  );
}

/** What a job has found: who needs help and what to do, and all of it to copy. */
function Report({ id }: { id: string }) {
  const t = useT(jobText);
  const job = useRead("jobs.get", { id });
  if (job.error) return <Failure error={job.error} retry={() => void job.refetch()} />;
  if (!job.data) return <Waiting />;
  if (isCertify(job.data)) return <Certified result={job.data.result} />;
  const reports = job.data.kind === "upstreams.test" ? testedOf(job.data.result) : [];
  const engines = job.data.kind === "upstreams.scan" ? foundOf(job.data.result) : [];
  return (
    <Stack gap={4} mt={4}>
      {reports
        .filter((report) => !report.ok)
        .slice(0, 50)
        .map((report) => {
          const { what, next } = testWords(report);
          return (
            <Text key={report.upstream} size="sm" className="hw-break">
              <b>{report.upstream}</b>: {what} {next ?? ""}
            </Text>
          );
        })}
      {engines.slice(0, 50).map((one) => (
        <Text key={one.address} size="sm" className="hw-break">
          <b>{one.name}</b> {one.version} {one.base_url}
        </Text>
      ))}
      <Group>
        <CopyButton text={JSON.stringify(job.data.result, null, 2)} label={t("copyReport")} />
      </Group>
    </Stack>
  );
}

/** Leads to what live checks have shown. */
function Certified({ result }: { result: unknown }) {
  const t = useT(jobText);
  const record = result as Partial<Record<"id" | "upstream" | "model", string>> | undefined;
  if (!record?.id || !record.upstream) return null;
  return (
    <Anchor
      component={Link}
      size="sm"
      mt={4}
      to={`/upstreams/${encodeURIComponent(record.upstream)}`}
      search={{ report: record.id } as never}
    >
      {t("checks", { model: record.model ?? "" })}
    </Anchor>
  );
}

function foundOf(result: unknown): Schema<"FoundEngine">[] {
  return (result as { found?: Schema<"FoundEngine">[] } | undefined)?.found ?? [];
}

function testedOf(result: unknown): Schema<"TestReport">[] {
  return (result as { reports?: Schema<"TestReport">[] } | undefined)?.reports ?? [];
}
