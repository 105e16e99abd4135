import { Box, Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { CallList } from "@/features/calls/list";
import { Tail } from "@/features/calls/tail";
import { Waterfall } from "@/features/calls/waterfall";
import { Chat } from "@/features/console/chat";
import { Desk, type Exchange, type View } from "@/features/console/desk";
import { OutcomeBadge } from "@/features/drill/figures";
import { Live } from "@/features/drill/live";
import { Report } from "@/features/drill/report";
import { RecordView } from "@/features/upstreams/certifyreport";
import { CallError, type Schema } from "@/rpc";
import { FakeLine, fakeCall, steppedCall } from "@/rpc/fake";
import { pastRecords } from "@/rpc/fake/capabilities";
import { pastDrills, reportAt } from "@/rpc/fake/drills";
import { newQueryClient, ServiceProvider } from "@/rpc/react";
import { FoundEngines, KeyGuess } from "@/shared/connect";
import { fromExplanation, RouteMap } from "@/shared/map";
import {
  Chart,
  CommandButton,
  Conflict,
  CopyButton,
  CopyField,
  chatSnippets,
  DrillMark,
  Empty,
  Failure,
  HealthWords,
  History,
  Moment,
  Named,
  NumberField,
  ProviderMark,
  ProviderOption,
  Rows,
  SearchField,
  SecretField,
  Snippets,
  StateBadge,
  Strip,
  StripLegend,
  TestSteps,
  useFaultWord,
  useUndo,
  Waiting,
} from "@/shared/ui";

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
  "draining",
  "maintenance",
  "disabled",
  "off",
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
      <Strips />
      <Maps />
      <Fields />
      <Connecting />
      <Console />
      <Calls />
      <Reports />
      <Drills />
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
          {(["suspect", "degraded", "draining", "maintenance", "disabled"] as const).map((state) => (
            <Group key={state} gap="xs">
              <StateBadge state={state} />
              <HealthWords of={{ state, words: `${state} since 14:02:11` }} />
            </Group>
          ))}
          <HealthWords of={{ state: "maintenance", words: "", not_before: "2030-01-01T08:00:00Z" }} />
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
      {(["cache", "hold", "deferred", "scripted", "hedge"] as const).map((what) => (
        <Part id={`waterfall-${what}`} key={what}>
          <Waterfall call={steppedCall(what)} />
        </Part>
      ))}
      <Part id="chart">
        <Chart label="A chart" good="answered" bad="failed" height={140} bars={chartBars} />
      </Part>
    </>
  );
}

const since = new Date(2026, 0, 2, 3, 0).toISOString();

/** A day with every state in it, a quiet one, one in which all went wrong, and one of which nothing is known. */
const days: Record<string, string[]> = {
  mixed: Array.from({ length: 96 }, (_, i) => (i < 6 ? "" : (states[Math.floor((i - 6) / 7)] ?? "healthy"))),
  quiet: Array.from({ length: 96 }, () => "healthy"),
  broken: Array.from({ length: 96 }, (_, i) => (i % 9 === 0 ? "probing" : "open")),
  unknown: Array.from({ length: 96 }, () => ""),
};

function Strips() {
  return (
    <Part id="strips">
      <Stack gap="sm">
        {Object.entries(days).map(([name, steps]) => (
          <Strip key={name} name={name} since={since} stepS={900} states={steps} />
        ))}
        <Strip name="framed" since={since} stepS={900} states={days.mixed ?? []} height={32} framed />
        <StripLegend stepS={900} keys />
      </Stack>
    </Part>
  );
}

const laddered: Schema<"Route"> = {
  name: "gpt-4o",
  tiers: [
    { kind: "cache", fresh_s: 60, stale_s: 7200 },
    {
      targets: [
        { upstream: "openai", model: "gpt-4o", weight: 3 },
        { upstream: "azure", model: "gpt-4o" },
      ],
    },
    { strategy: "priority", targets: [{ upstream: "groq", model: long }] },
    { strategy: "balanced", targets: [{ upstream: "local" }] },
    { kind: "hold", wait_ms: 20_000 },
    { kind: "deferred" },
    { kind: "scripted", text: `All models are resting. ${long}` },
  ],
};

const explained: Schema<"Explanation"> = {
  route: "gpt-4o",
  ok: true,
  words: "",
  tiers: [],
  targets: [
    { tier: 2, upstream: "azure", model: "gpt-4o", order: 1, share: 0.25, state: "healthy", words: "" },
    { tier: 3, upstream: "groq", model: long, order: 2, share: 1, state: "suspect", words: "suspect" },
    { tier: 4, upstream: "local", order: 3, share: 1, state: "unknown", words: "" },
    {
      tier: 2,
      upstream: "openai",
      model: "gpt-4o",
      credential: "main",
      order: 0,
      share: 0.5,
      state: "open",
      words: "open since 14:02:11: 3 x connection refused; next probe in 8 s",
      reason: "unreachable",
    },
    {
      tier: 2,
      upstream: "openai",
      model: "gpt-4o",
      credential: "spare",
      order: 0,
      share: 0.25,
      state: "maintenance",
      words: "in maintenance",
    },
  ],
};

function Maps() {
  const providers = new Map([
    ["openai", "openai"],
    ["groq", "groq"],
    ["local", "ollama"],
  ]);
  const [tiers, setTiers] = useState(() => fromExplanation(laddered, explained, providers));
  const hopeless = { name: "hopeless", tiers: [{ targets: [{ upstream: "gone", model: "big" }] }] };
  const row = { tier: 1, upstream: "gone", model: "big", order: 0, share: 1 };
  const nobody = fromExplanation(hopeless, {
    route: "hopeless",
    ok: false,
    words: "",
    tiers: [],
    targets: [{ ...row, state: "quarantined", words: "quarantined since 14:02:11: it refuses the key" }],
  });
  return (
    <>
      <Part id="map">
        <RouteMap route="gpt-4o" tiers={tiers} onMove={setTiers} />
      </Part>
      <Part id="map-read-only">
        <RouteMap route="hopeless" tiers={nobody} readOnly />
      </Part>
    </>
  );
}

function Drills() {
  const [past] = useState(pastDrills);
  const [running] = useState((): Schema<"Drill"> => {
    const drill: Schema<"Drill"> = {
      id: "drl_9",
      spec: { upstreams: [long], fault: "flapping", scope: { route: long, tenant: "acme" }, duration_s: 900 },
      state: "running",
      started_by: "admin",
      started_at: new Date().toISOString(),
      ends_at: new Date(Date.now() + 900_000).toISOString(),
    };
    return { ...drill, report: reportAt(drill, 4000, false) };
  });
  return (
    <>
      <Part id="drill-outcomes">
        <Group gap="xs">
          {[running, ...past].map((drill) => (
            <OutcomeBadge key={drill.id} drill={drill} />
          ))}
          <DrillMark />
        </Group>
      </Part>
      <Part id="drill-live">
        <Stack>
          <Live drill={running} />
        </Stack>
      </Part>
      {past.slice(0, 4).map((drill) => (
        <Part key={drill.id} id={`drill-${drill.state}-${drill.id}`}>
          <Stack>
            <Report drill={drill} />
          </Stack>
        </Part>
      ))}
    </>
  );
}

function Fields() {
  const [value, setValue] = useState<number | "">("");
  const offer = useUndo();
  const t = useFaultWord();
  return (
    <Part id="fields">
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <NumberField
          label="Standard"
          help="What it is."
          standard={60_000}
          value={value}
          onChange={setValue}
        />
        <NumberField label="A word" standard="any 2xx" value="" onChange={setValue} />
        <NumberField label="Wrong" help="What it is." error="must be less" value={5} onChange={setValue} />
      </SimpleGrid>
      <Group mt="sm">
        <CommandButton onClick={() => offer("The new order is in force.", () => undefined)}>
          With undo
        </CommandButton>
        <Text size="sm">{t("slow_first_token")}</Text>
      </Group>
    </Part>
  );
}

const providers: Schema<"Provider">[] = [
  { id: "openai", name: "OpenAI", dialect: "openai" },
  { id: "google-vertex", name: "Vertex", dialect: "gemini", token_issuer: "google" },
] as Schema<"Provider">[];

/** What helps to connect an upstream. */
function Connecting() {
  const [secret, setSecret] = useState("sk-proj-0123456789abcdefghij");
  return (
    <>
      <Part id="found-engines">
        <FoundEngines onPick={() => undefined} />
      </Part>
      <Part id="key">
        <SecretField label="Key" provider={providers[1]} value={secret} onChange={setSecret} />
        <KeyGuess secret={secret} provider="google-vertex" among={providers} onUse={() => undefined} />
      </Part>
    </>
  );
}

/** A conversation: an answer with a tool call, an error, and one that is under way. */
function Console() {
  const [desk] = useState(() => new Desk(new FakeLine()));
  const base: Exchange = {
    id: 1,
    kind: "chat",
    input: { app: "acme/crm", method: "POST", path: "/v1/chat/completions", body: '{"model":"fast"}' },
    at: 0,
    phase: "done",
    status: 200,
    headers: {
      "Content-Type": "application/json",
      "X-Headwater-Target": "tier=1;upstream=up-0000;model=big",
    },
    body: "",
    bytes: 0,
    cut: false,
    answer: {
      text: `It rains. ${long}`,
      reasoning: "Somebody asks for the weather.",
      tools: [{ id: "call_1", name: "get_weather", args: '{"city":"Vienna"}' }],
      finish: "tool_calls",
      error: "",
    },
    firstMs: 120,
    totalMs: 1400,
    callId: "",
    canceled: false,
    error: undefined,
  };
  const nothing = { text: "", reasoning: "", tools: [], finish: "", error: "" };
  const view: View = {
    ...desk.snapshot(),
    turns: [1, 2, 3].map((exchange) => ({ said: { role: "user", text: `Question ${exchange}` }, exchange })),
    exchanges: [
      { ...base, id: 3, phase: "running", status: 0, answer: nothing },
      { ...base, id: 2, status: 429, answer: { ...nothing, error: "Every upstream is rate limited." } },
      base,
    ],
  };
  return (
    <Part id="console-chat">
      <Chat desk={desk} view={view} steps={() => null} />
    </Part>
  );
}

const chartBars = Array.from({ length: 60 }, (_, i) => ({
  at: String(i),
  label: `14:${String(i).padStart(2, "0")}`,
  good: (i * 7919) % 1400,
  bad: i % 11 === 0 ? (i * 31) % 400 : 0,
}));

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
      {pastRecords()
        .slice(0, 2)
        .map((record) => (
          <Part key={record.id} id={`live-checks-${record.model}`}>
            <RecordView record={record} baseUrl={record.stopped ? "http://127.0.0.1:9" : ""} />
          </Part>
        ))}
      <Part id="snippets">
        <Snippets label="A first call" items={chatSnippets("127.0.0.1:4100", "$HEADWATER_KEY", "fast")} />
      </Part>
    </>
  );
}
