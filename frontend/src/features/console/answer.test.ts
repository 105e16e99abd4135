import { describe, expect, test } from "vitest";
import { type Answer, noAnswer, read } from "./answer";
import type { Dialect } from "./dialects";
import { Cutter, framingOf } from "./stream";

const events = (...data: unknown[]): string => data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");
const chunk = (delta: unknown, finish: string | null = null) => ({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const block = (index: number, content_block: unknown) => ({
  type: "content_block_start",
  index,
  content_block,
});
const delta = (index: number, of: unknown) => ({ type: "content_block_delta", index, delta: of });

/** The same answer as each dialect streams it: a thought, "Grüß 🌍", a call of a tool, the end. */
const streams: Record<
  Dialect,
  { framing: "sse" | "ndjson"; text: string; finish: string; reasoning?: string }
> = {
  openai: {
    framing: "sse",
    finish: "tool_calls",
    text:
      ": ping\n\n" +
      events(
        chunk({ role: "assistant", content: null }),
        chunk({ reasoning_content: "Hm" }),
        chunk({ content: "Grüß" }),
        chunk({ content: " 🌍" }),
        chunk({
          tool_calls: [{ index: 0, id: "c1", type: "function", function: { name: "w", arguments: "" } }],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '"Wien"}' } }] }),
        chunk({}, "tool_calls"),
        { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
      ) +
      "data: [DONE]\n\n",
  },
  responses: {
    framing: "sse",
    finish: "completed",
    text: `event: response.created\r\n${events(
      { type: "response.created", response: { status: "in_progress", error: null, output: [] } },
      { type: "response.reasoning_summary_text.delta", delta: "Hm" },
      { type: "response.output_text.delta", output_index: 1, delta: "Grüß" },
      { type: "response.output_text.delta", output_index: 1, delta: " 🌍" },
      { type: "response.output_text.done", text: "Grüß 🌍" },
      { type: "response.output_item.added", item: { type: "function_call", name: "w", arguments: "" } },
      { type: "response.function_call_arguments.delta", delta: '{"city":"Wien"}' },
      {
        type: "response.output_item.done",
        item: { type: "function_call", call_id: "c1", name: "w", arguments: '{"city":"Wien"}' },
      },
      {
        type: "response.completed",
        response: { status: "completed", error: null, incomplete_details: null },
      },
    )}`,
  },
  anthropic: {
    framing: "sse",
    finish: "tool_use",
    text: events(
      { type: "message_start", message: { role: "assistant", content: [], stop_reason: null } },
      block(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "Hm" }),
      delta(0, { type: "signature_delta", signature: "sig" }),
      { type: "ping" },
      block(1, { type: "text", text: "" }),
      delta(1, { type: "text_delta", text: "Grüß" }),
      delta(1, { type: "text_delta", text: " 🌍" }),
      block(2, { type: "tool_use", id: "c1", name: "w", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: "" }),
      delta(2, { type: "input_json_delta", partial_json: '{"city":' }),
      delta(2, { type: "input_json_delta", partial_json: '"Wien"}' }),
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 2 } },
      { type: "message_stop" },
    ),
  },
  gemini: {
    framing: "sse",
    finish: "STOP",
    text: events(
      { candidates: [{ content: { parts: [{ text: "Hm", thought: true }], role: "model" }, index: 0 }] },
      { candidates: [{ content: { parts: [{ text: "Grüß" }] } }] },
      {
        candidates: [
          {
            content: {
              parts: [{ text: " 🌍" }, { functionCall: { id: "c1", name: "w", args: { city: "Wien" } } }],
            },
            finishReason: "STOP",
          },
        ],
      },
    ),
  },
  ollama: {
    framing: "ndjson",
    finish: "stop",
    text: [
      { message: { role: "assistant", content: "", thinking: "Hm" }, done: false },
      { message: { role: "assistant", content: "Grüß" }, done: false },
      {
        message: {
          content: " 🌍",
          tool_calls: [{ id: "c1", function: { name: "w", arguments: { city: "Wien" } } }],
        },
        done: false,
      },
      { message: { content: "" }, done: true, done_reason: "stop", eval_count: 2 },
    ]
      .map((one) => JSON.stringify(one))
      .join("\n"),
  },
};

function follow(dialect: Dialect, bytes: Uint8Array, size: number): Answer {
  const answer = noAnswer();
  const decoder = new TextDecoder();
  const framing = framingOf(
    dialect === "ollama" ? "application/x-ndjson" : "text/event-stream; charset=utf-8",
  );
  if (framing === "none") throw new Error("no stream");
  const cutter = new Cutter(framing);
  for (let at = 0; at < bytes.length; at += size) {
    const text = decoder.decode(bytes.subarray(at, at + size), { stream: true });
    for (const payload of cutter.feed(text)) read(answer, dialect, payload);
  }
  for (const payload of cutter.end()) read(answer, dialect, payload);
  return answer;
}

describe.each(Object.entries(streams))("a stream of %s", (name, { text, finish }) => {
  const dialect = name as Dialect;
  const whole = {
    text: "Grüß 🌍",
    reasoning: "Hm",
    tools: [{ id: "c1", name: "w", args: '{"city":"Wien"}' }],
    finish,
    error: "",
  };
  test("says the same wherever it is cut", () => {
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size <= bytes.length; size++) {
      expect(follow(dialect, bytes, size), `pieces of ${size}`).toEqual(whole);
    }
  });
  test("says the same with other line ends", () => {
    for (const end of ["\r\n", "\r"]) {
      const other = new TextEncoder().encode(
        text.replaceAll(/\r?\n/g, end === "\r" && name === "ollama" ? "\n" : end),
      );
      for (const size of [1, 2, 7, other.length]) expect(follow(dialect, other, size)).toEqual(whole);
    }
  });
});

test("data in several lines is one payload, and the last needs no end", () => {
  const cutter = new Cutter("sse");
  expect(cutter.feed('event: x\nid: 1\ndata: {"a":\ndata:1}\n\ndata: [DONE]')).toEqual(['{"a":\n1}']);
  expect(cutter.end()).toEqual(["[DONE]"]);
});

test.each<[string, Dialect, unknown, Partial<Answer>]>([
  [
    "OpenAI",
    "openai",
    {
      object: "chat.completion",
      choices: [
        {
          message: {
            content: "Hi",
            tool_calls: [{ id: "c1", function: { name: "w", arguments: "{}" } }],
          },
          delta: { content: "" },
          finish_reason: "stop",
        },
      ],
    },
    { text: "Hi", tools: [{ id: "c1", name: "w", args: "{}" }], finish: "stop" },
  ],
  [
    "OpenAI, in parts",
    "openai",
    {
      choices: [
        {
          message: {
            content: [
              { type: "thinking", thinking: [{ type: "text", text: "Hm" }] },
              { type: "text", text: "Hi" },
            ],
          },
        },
      ],
    },
    { text: "Hi", reasoning: "Hm" },
  ],
  [
    "Responses",
    "responses",
    {
      object: "response",
      status: "incomplete",
      error: null,
      incomplete_details: { reason: "max_output_tokens" },
      output: [
        { type: "reasoning", summary: [{ text: "Hm" }], content: [{ type: "reasoning_text", text: "!" }] },
        { type: "message", content: [{ type: "output_text", text: "Hi" }] },
      ],
    },
    { text: "Hi", reasoning: "!Hm", finish: "incomplete: max_output_tokens" },
  ],
  [
    "Anthropic",
    "anthropic",
    {
      type: "message",
      content: [
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "c1", name: "w", input: { a: 1 } },
      ],
      stop_reason: "tool_use",
    },
    { text: "Hi", tools: [{ id: "c1", name: "w", args: '{"a":1}' }], finish: "tool_use" },
  ],
  [
    "Gemini, blocked",
    "gemini",
    { promptFeedback: { blockReason: "SAFETY" } },
    { text: "", finish: "SAFETY" },
  ],
  [
    "Gemini, a list",
    "gemini",
    [
      { candidates: [{ content: { parts: [{ text: "H" }] } }] },
      { candidates: [{ content: { parts: [{ text: "i" }] } }] },
    ],
    { text: "Hi" },
  ],
  [
    "Ollama, generate",
    "ollama",
    { response: "Hi", done: true, done_reason: "stop" },
    { text: "Hi", finish: "stop" },
  ],
  ["an error of OpenAI", "openai", { error: { message: "No.", code: "x" } }, { error: "No." }],
  [
    "an error of Anthropic",
    "anthropic",
    { type: "error", error: { type: "not_found_error", message: "No." }, request_id: "req_1" },
    { error: "No." },
  ],
  [
    "an error of Gemini",
    "gemini",
    { error: { code: 404, message: "No.", status: "NOT_FOUND" } },
    { error: "No." },
  ],
  ["an error of Gemini, listed", "gemini", [{ error: { message: "No." } }], { error: "No." }],
  ["an error of Ollama", "ollama", { error: "No." }, { error: "No." }],
  [
    "an error inside of Responses",
    "responses",
    { type: "error", code: "x", message: "No." },
    { error: "No." },
  ],
  [
    "a failed response",
    "responses",
    { type: "response.failed", response: { status: "failed", error: { message: "No." } } },
    { error: "No.", finish: "failed" },
  ],
])("%s is read", (_, dialect, body, want) => {
  const answer = noAnswer();
  read(answer, dialect, JSON.stringify(body));
  expect(answer).toMatchObject(want);
});

test.each([
  "",
  "<html>",
  "null",
  "[]",
  "7",
  '"x"',
  '{"choices":7}',
  '{"output":{"a":1}}',
  '{"content":[null]}',
])("what is no answer, such as %s, says nothing and breaks nothing", (body) => {
  for (const dialect of Object.keys(streams) as Dialect[]) {
    const answer = noAnswer();
    read(answer, dialect, body);
    expect(answer).toMatchObject({ text: "", reasoning: "", tools: [], error: "" });
  }
});
