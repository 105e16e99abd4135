import { Box, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { CallList } from "@/features/calls/list";
import { Tail } from "@/features/calls/tail";
import { Waterfall } from "@/features/calls/waterfall";
import { CallError, type Schema } from "@/rpc";
import { FakeLine, fakeCall } from "@/rpc/fake";
import { newQueryClient, ServiceProvider } from "@/rpc/react";
import {
  CommandButton,
  Conflict,
  CopyButton,
  CopyField,
  chatSnippets,
  Empty,
  Failure,
  HealthWords,
  History,
  Moment,
  Named,
  ProviderMark,
  ProviderOption,
  Rows,
  SearchField,
  Snippets,
  StateBadge,
  TestSteps,
  Waiting,
} from "@/shared/ui";

const Chart = lazy(() => import("@/shared/ui/chart"));

const states = [
  "unknown",
  "healthy",
  "degraded",
  "suspect",
  "open",
  "probing",
  "ramp",
  "throttled",
  "loading",
  "quarantined",
  "disabled",
] as const;

const reasons = ["unreachable", "failed", "overloaded", "slow", "rate", "quota", "auth", "no_model"] as const;

const long = "A-name-without-any-space-that-goes-on-and-on-".repeat(4);

function Part(props: { id: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" id={props.id} aria-label={props.id}>
      <Title order={2} size="h5" mb="sm">
        {props.id}
      </Title>
      {props.children}
    </Paper>
  );
}

/** Shown to somebody else: a viewer, or nobody while the line is lost. */
function As(props: { line: (line: FakeLine) => void; children: ReactNode }) {
  const [line] = useState(() => {
    const made = new FakeLine("practice");
    props.line(made);
    return made;
  });
  const [client] = useState(newQueryClient);
  return (
    <ServiceProvider line={line} client={client}>
      {props.children}
    </ServiceProvider>
  );
}

export function Gallery() {
  return (
    <Stack p="md" component="main">
      <Title order={1} size="h3">
        Gallery
      </Title>
      <Badges />
      <Controls />
      <Messages />
      <Lists />
      <Calls />
      <Reports />
    </Stack>
  );
}

function Badges() {
  return (
    <>
      <Part id="states">
        <Group gap="xs">
          {states.map((state) => (
            <StateBadge key={state} state={state} />
          ))}
        </Group>
      </Part>
      <Part id="reasons">
        <Stack gap={4}>
          {reasons.map((reason) => (
            <Group key={reason} gap="xs">
              <StateBadge state="open" />
              <HealthWords of={{ state: "open", reason, words: `open since 14:02:11: 3 x ${reason}` }} />
            </Group>
          ))}
          <HealthWords
            of={{ state: "open", words: "", reason: "slow", not_before: "2020-01-01T00:00:00Z" }}
          />
        </Stack>
      </Part>
      <Part id="providers">
        <Group>
          {["openai", "anthropic", "mistral", "groq", "deepseek", "ollama", "vllm", "somebody"].map(
            (provider) => (
              <ProviderOption key={provider} provider={provider} label={provider} />
            ),
          )}
          <ProviderMark provider="openai" size={32} />
        </Group>
      </Part>
    </>
  );
}

function Controls() {
  return (
    <Part id="controls">
      <Group>
        <CommandButton>Primary</CommandButton>
        <CommandButton variant="default">Default</CommandButton>
        <CommandButton loading>Busy</CommandButton>
        <CommandButton why="There is nothing to do.">With a reason</CommandButton>
        <As line={(line) => line.set({ role: "viewer" })}>
          <CommandButton>For a viewer</CommandButton>
        </As>
        <As line={(line) => line.set({ phase: "lost" })}>
          <CommandButton>Without contact</CommandButton>
        </As>
        <CopyButton text="text" />
        <CopyButton text="text" compact label="Copy it" />
        <Moment at={new Date(2026, 0, 2, 3, 4, 5).toISOString()} />
        <Moment at={undefined} />
      </Group>
      <CopyField value={long} />
    </Part>
  );
}

function Messages() {
  const error = new CallError({
    status: 401,
    code: "upstream_auth",
    public: "HW-UP-401",
    title: "upstream auth",
    detail: "OpenAI refused this key (401).",
    hint: "Replace the key or check its project.",
    request_id: "req_018f",
  });
  return (
    <>
      <Part id="failure">
        <Stack>
          <Failure error={error} retry={() => undefined} />
          <Failure error={error} title={long} />
        </Stack>
      </Part>
      <Part id="empty">
        <Empty
          title="Nothing here yet"
          why="Why it is empty."
          action={<CommandButton>Do it</CommandButton>}
        />
      </Part>
      <Part id="waiting">
        <Waiting />
      </Part>
      <Part id="conflict">
        <Conflict
          name="up-0001"
          kind="upstreams"
          mine={{ title: "Mine", base_url: long }}
          onMine={() => undefined}
          onTheirs={() => undefined}
        />
      </Part>
      <Part id="history">
        <History kind="upstream" id="nothing" />
      </Part>
    </>
  );
}

interface Row {
  name: string;
  title?: string;
}

function Lists() {
  const [q, setQ] = useState("");
  const rows: Row[] = Array.from({ length: 300 }, (_, i) => ({
    name: `row-${i}`,
    title: i % 3 ? `Row ${i}` : long,
  }));
  return (
    <Part id="rows">
      <SearchField value={q} onChange={setQ} />
      <Box h={260} mt="xs" style={{ display: "flex", flexDirection: "column" }}>
        <Rows<Row>
          label="Rows"
          rows={rows.filter((row) => row.name.includes(q))}
          total={5000}
          more={() => undefined}
          keyOf={(row) => row.name}
          onOpen={() => undefined}
          selected="row-2"
          columns={[
            {
              id: "name",
              header: "Name",
              width: "2fr",
              cell: (row) => <Named name={row.name} title={row.title} />,
            },
            { id: "state", header: "State", cell: () => <StateBadge state="open" /> },
            { id: "figure", header: "Figure", align: "right", wide: true, cell: () => "1,234" },
          ]}
        />
      </Box>
    </Part>
  );
}

function Calls() {
  const [tail] = useState(() => {
    const made = new Tail({});
    made.setOlder(Array.from({ length: 200 }, (_, i) => fakeCall(i)));
    return made;
  });
  return (
    <>
      <Part id="calls">
        <Box h={220} style={{ display: "flex", flexDirection: "column" }}>
          <CallList
            tail={tail}
            view={{ revision: 1, count: 200, paused: false, held: 0, lost: 0 }}
            onOpen={() => undefined}
            more={undefined}
          />
        </Box>
      </Part>
      <Part id="waterfall">
        <Waterfall call={fakeCall(1)} />
      </Part>
      <Part id="chart">
        <Suspense fallback={<Text>…</Text>}>
          <Chart label="A chart" height={140} options={chartOptions} />
        </Suspense>
      </Part>
    </>
  );
}

const chartOptions = (colors: { good: string; bad: string; text: string; line: string }) => ({
  grid: { left: 8, right: 8, top: 8, bottom: 4, containLabel: true },
  xAxis: { type: "category", data: ["14:00", "14:01", "14:02"], axisLabel: { color: colors.text } },
  yAxis: {
    type: "value",
    splitLine: { lineStyle: { color: colors.line } },
    axisLabel: { color: colors.text },
  },
  series: [
    { type: "bar", stack: "calls", color: colors.good, data: [5, 9, 4] },
    { type: "bar", stack: "calls", color: colors.bad, data: [0, 3, 1] },
  ],
});

function Reports() {
  const report: Schema<"TestReport"> = {
    upstream: "openai",
    ok: false,
    steps: [
      { name: "address", ok: true, ms: 0.4, words: "1 address" },
      { name: "connect", ok: true, ms: 12, words: "connected" },
      { name: "tls", ok: false, ms: 30, words: long },
    ],
    diagnosis: "The certificate is signed by somebody this machine does not trust.",
    hint: "Add the issuer to the trust list.",
    code: "HW-UP-TLS",
    total_ms: 42.4,
    at: new Date().toISOString(),
  };
  return (
    <>
      <Part id="test-failed">
        <TestSteps report={report} />
      </Part>
      <Part id="test-passed">
        <TestSteps report={{ ...report, ok: true, steps: report.steps.slice(0, 2) }} />
      </Part>
      <Part id="snippets">
        <Snippets label="A first call" items={chatSnippets("127.0.0.1:4100", "$HEADWATER_KEY", "fast")} />
      </Part>
    </>
  );
}
