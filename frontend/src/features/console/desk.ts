// What is on the console's desk: the settings, the conversation, and the calls
// of this session. It outlives the page, so that looking elsewhere ends no
// call; it is gone with the window, and with who was signed in.

import type { CallError, ConsoleCall, Line, Schema } from "@/rpc";
import { asCallError } from "@/rpc";
import { type Answer, noAnswer, read } from "./answer";
import { type Dialect, dialectOf, type Image, type Message, requestOf, sampleResult } from "./dialects";
import { Cutter, framingOf } from "./stream";

type Input = Schema<"ConsoleInput">;

export interface Settings {
  /** tenant/name; empty until one is chosen. */
  app: string;
  /** Name of a key; empty means none. */
  key: string;
  model: string;
  dialect: Dialect;
  system: string;
  temperature: number | "";
  maxTokens: number | "";
  stream: boolean;
  tool: boolean;
}

/** A call, from its request to its end. It is replaced, never changed. */
export interface Exchange {
  id: number;
  kind: "chat" | "raw";
  input: Input;
  at: number;
  phase: "running" | "done" | "failed";
  status: number;
  headers: Record<string, string>;
  /** The body as text, and how many bytes it had; only its beginning is kept. */
  body: string;
  bytes: number;
  cut: boolean;
  answer: Answer;
  /** Milliseconds to the first byte of the body, and in all, as seen from here. */
  firstMs: number | undefined;
  totalMs: number | undefined;
  callId: string;
  canceled: boolean;
  /** Why there was no call, or no end of it. */
  error: CallError | undefined;
}

/** One turn of the conversation: what was said, and the call that answers it. */
export interface Turn {
  said: Exclude<Message, { role: "assistant" }>;
  exchange: number;
}

/** A raw request as it is edited. */
export interface Draft {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  headers: string;
  body: string;
}

export interface View {
  settings: Settings;
  turns: readonly Turn[];
  draft: Draft;
  /** The newest first. */
  exchanges: readonly Exchange[];
}

/** How many calls are remembered, how many turns a conversation keeps, and how much of a body. */
export const mostExchanges = 20;
const mostTurns = 50;
const mostBody = 1_000_000;
/** New pieces are shown together, in milliseconds. */
const showEvery = 40;

const first: View = {
  settings: {
    app: "",
    key: "",
    model: "",
    dialect: "openai",
    system: "",
    temperature: "",
    maxTokens: "",
    stream: true,
    tool: false,
  },
  turns: [],
  draft: { method: "GET", path: "/v1/models", headers: "", body: "" },
  exchanges: [],
};

/** Header lines as an object; what is no line is named instead. */
export function headersOf(lines: string): { headers: Record<string, string>; wrong?: string } {
  const headers: Record<string, string> = {};
  for (const line of lines.split("\n")) {
    if (!line.trim()) continue;
    const at = line.indexOf(":");
    if (at < 1) return { headers, wrong: line.trim() };
    headers[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return { headers };
}

export class Desk {
  private view: View = first;
  private readonly watchers = new Set<() => void>();
  private readonly calls = new Map<number, ConsoleCall>();
  private next = 1;

  constructor(private readonly line: Line) {}

  readonly snapshot = (): View => this.view;
  readonly watch = (changed: () => void): (() => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };

  set(change: Partial<Settings>): void {
    this.show({ settings: { ...this.view.settings, ...change } });
  }

  edit(change: Partial<Draft>): void {
    this.show({ draft: { ...this.view.draft, ...change } });
  }

  /** The conversation begins anew. */
  clear(): void {
    for (const turn of this.view.turns) this.cancel(turn.exchange);
    this.show({ turns: [] });
  }

  exchange(id: number): Exchange | undefined {
    return this.view.exchanges.find((one) => one.id === id);
  }

  running(kind: Exchange["kind"]): Exchange | undefined {
    return this.view.exchanges.find((one) => one.kind === kind && one.phase === "running");
  }

  /** The request that the next turn would be. */
  ask(said: Turn["said"]): Input {
    const { settings, turns } = this.view;
    const messages = turns.flatMap((turn): Message[] => {
      const { answer } = this.exchange(turn.exchange) ?? {};
      // A turn without an answer is left out: two questions in a row are an error in some dialects.
      if (!answer || (answer.text === "" && answer.tools.length === 0)) return [];
      return [turn.said, { role: "assistant", text: answer.text, tools: answer.tools }];
    });
    const { path, body } = requestOf(
      {
        ...settings,
        temperature: settings.temperature === "" ? undefined : settings.temperature,
        maxTokens: settings.maxTokens === "" ? undefined : settings.maxTokens,
      },
      [...messages, said],
    );
    return this.with({ method: "POST", path, body: JSON.stringify(body) });
  }

  say(text: string, image: Image | undefined): void {
    this.turn({ role: "user", text, ...(image ? { image } : {}) });
  }

  /** Answers the tool calls of a turn with the sample's result. */
  result(of: Exchange): void {
    const results = of.answer.tools.map(({ id, name }) => ({ id, name, text: sampleResult }));
    this.turn({ role: "results", results });
  }

  private turn(said: Turn["said"]): void {
    const exchange = this.begin("chat", this.ask(said));
    this.show({ turns: [...this.view.turns, { said, exchange }].slice(-mostTurns) });
  }

  /** Sends the draft as it is. */
  send(): void {
    const { method, path, headers, body } = this.view.draft;
    const named = headersOf(headers).headers;
    this.begin(
      "raw",
      this.with({
        method,
        path,
        ...(Object.keys(named).length ? { headers: named } : {}),
        ...(body && method !== "GET" ? { body } : {}),
      }),
    );
  }

  /** Puts an earlier request back on the desk, to be looked at and sent again. */
  load(exchange: Exchange): void {
    const { input } = exchange;
    this.set({ app: input.app, key: input.key ?? "" });
    this.edit({
      method: input.method ?? "GET",
      path: input.path,
      headers: Object.entries(input.headers ?? {})
        .map(([name, value]) => `${name}: ${value}`)
        .join("\n"),
      body: pretty(input.body ?? ""),
    });
  }

  cancel(id: number): void {
    this.calls.get(id)?.cancel();
  }

  private with(rest: Omit<Input, "app" | "key">): Input {
    const { app, key } = this.view.settings;
    return { app, ...(key ? { key } : {}), ...rest };
  }

  private begin(kind: Exchange["kind"], input: Input): number {
    const id = this.next++;
    const made: Exchange = {
      id,
      kind,
      input,
      at: Date.now(),
      phase: "running",
      status: 0,
      headers: {},
      body: "",
      bytes: 0,
      cut: false,
      answer: noAnswer(),
      firstMs: undefined,
      totalMs: undefined,
      callId: "",
      canceled: false,
      error: undefined,
    };
    // What the conversation needs stays, too.
    const said = new Set(this.view.turns.slice(-mostTurns).map((turn) => turn.exchange));
    const kept = this.view.exchanges.filter((one, i) => i < mostExchanges - 1 || said.has(one.id));
    this.show({ exchanges: [made, ...kept] });
    const reader = new Reader(made, (exchange) => this.replace(exchange));
    const call = this.line.console(input, (event) => reader.take(event));
    this.calls.set(id, call);
    call.done
      .then(() => reader.end(undefined))
      .catch((error: unknown) => reader.end(asCallError(error)))
      .finally(() => this.calls.delete(id));
    return id;
  }

  private replace(exchange: Exchange): void {
    this.show({ exchanges: this.view.exchanges.map((one) => (one.id === exchange.id ? exchange : one)) });
  }

  private show(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    for (const changed of this.watchers) changed();
  }
}

/** JSON with indents; anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Reads one answer as it comes, and shows it a few times a second. */
class Reader {
  private readonly dialect: Dialect;
  private readonly decoder = new TextDecoder();
  private readonly begun = performance.now();
  private cutter: Cutter | undefined;
  /** All of an answer that is no stream. */
  private whole = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private exchange: Exchange,
    private readonly show: (exchange: Exchange) => void,
  ) {
    this.dialect = dialectOf(exchange.input.path);
  }

  take(event: Schema<"ConsoleEvent">): void {
    if (event.status) {
      this.exchange = { ...this.exchange, status: event.status, headers: event.headers ?? {} };
      const framing = framingOf(this.exchange.headers["Content-Type"]);
      if (framing !== "none") this.cutter = new Cutter(framing);
    }
    if (event.bytes) this.add(event.bytes);
    if (event.end) {
      const { call = "", canceled = false, problem } = event.end;
      this.exchange = { ...this.exchange, callId: call, canceled };
      if (problem) this.exchange.error = asCallError(problem);
    }
    this.timer ??= setTimeout(() => this.flush(), showEvery);
  }

  end(error: CallError | undefined): void {
    const rest = this.decoder.decode();
    if (rest) this.text(rest);
    for (const payload of this.cutter?.end() ?? []) read(this.exchange.answer, this.dialect, payload);
    if (!this.cutter) read(this.exchange.answer, this.dialect, this.whole);
    const failed = error ?? this.exchange.error;
    this.exchange = {
      ...this.exchange,
      phase: failed ? "failed" : "done",
      totalMs: performance.now() - this.begun,
      error: failed,
    };
    this.flush();
  }

  private add(base64: string): void {
    const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    const firstMs = this.exchange.firstMs ?? performance.now() - this.begun;
    this.exchange = { ...this.exchange, firstMs, bytes: this.exchange.bytes + bytes.length };
    this.text(this.decoder.decode(bytes, { stream: true }));
  }

  private text(text: string): void {
    const body = this.exchange.body + text;
    const cut = body.length > mostBody;
    this.exchange = {
      ...this.exchange,
      body: cut ? body.slice(0, mostBody) : body,
      cut: this.exchange.cut || cut,
    };
    if (!this.cutter) {
      if (this.whole.length < mostBody) this.whole += text;
      return;
    }
    for (const payload of this.cutter.feed(text)) read(this.exchange.answer, this.dialect, payload);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { answer } = this.exchange;
    // What is shown is compared by identity.
    this.exchange = {
      ...this.exchange,
      answer: { ...answer, tools: answer.tools.map((one) => ({ ...one })) },
    };
    this.show(this.exchange);
  }
}

const desks = new WeakMap<Line, { member: string; desk: Desk }>();

/** The desk of whoever is signed in on a line. */
export function deskOf(line: Line, member: string): Desk {
  const known = desks.get(line);
  if (known?.member === member) return known.desk;
  const desk = new Desk(line);
  desks.set(line, { member, desk });
  return desk;
}
