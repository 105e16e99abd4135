// The test console of the fake service: every model says the same words, in the
// dialect it is asked in. "nothing" in a model's name is a model that is not
// there, "slow" one that goes on until it is given up, "think" one that reasons.

import type { Schema } from "../call";
import type { ConsoleListener } from "../line";
import { refuse } from "./refuse";
import { call, type World } from "./world";

type Input = Schema<"ConsoleInput">;

const words = ["Hello ", "from ", "the ", "fake ", "service."];

interface Part {
  text?: string;
  reasoning?: string;
  tool?: boolean;
  last?: boolean;
}

const json = (value: unknown): string => JSON.stringify(value);
const data = (value: unknown): string => `data: ${json(value)}\n\n`;
const city = '{"city":"Vienna"}';

/** One part of a stream in a dialect, by the beginning of its path. */
const streams: [string, (part: Part) => string][] = [
  [
    "/v1/responses",
    (part) =>
      (part.reasoning ? data({ type: "response.reasoning_summary_text.delta", delta: part.reasoning }) : "") +
      (part.text ? data({ type: "response.output_text.delta", delta: part.text }) : "") +
      (part.tool
        ? data({
            type: "response.output_item.done",
            item: { type: "function_call", call_id: "call_1", name: "get_weather", arguments: city },
          })
        : "") +
      (part.last ? data({ type: "response.completed", response: { status: "completed" } }) : ""),
  ],
  [
    "/v1/messages",
    (part) =>
      (part.reasoning
        ? data({ type: "content_block_delta", delta: { type: "thinking_delta", thinking: part.reasoning } })
        : "") +
      (part.text
        ? data({ type: "content_block_delta", delta: { type: "text_delta", text: part.text } })
        : "") +
      (part.tool
        ? data({
            type: "content_block_start",
            content_block: { type: "tool_use", id: "call_1", name: "get_weather", input: {} },
          }) + data({ type: "content_block_delta", delta: { type: "input_json_delta", partial_json: city } })
        : "") +
      (part.last ? data({ type: "message_delta", delta: { stop_reason: "end_turn" } }) : ""),
  ],
  [
    "/v1beta/",
    (part) => {
      const parts = [
        ...(part.reasoning ? [{ text: part.reasoning, thought: true }] : []),
        ...(part.text ? [{ text: part.text }] : []),
        ...(part.tool ? [{ functionCall: { name: "get_weather", args: { city: "Vienna" } } }] : []),
      ];
      return data({
        candidates: [{ content: { parts }, ...(part.last ? { finishReason: "STOP" } : {}) }],
      });
    },
  ],
  [
    "/api/",
    (part) =>
      `${json({
        message: {
          role: "assistant",
          content: part.text ?? "",
          ...(part.reasoning ? { thinking: part.reasoning } : {}),
          ...(part.tool
            ? { tool_calls: [{ function: { name: "get_weather", arguments: { city: "Vienna" } } }] }
            : {}),
        },
        done: part.last ?? false,
        ...(part.last ? { done_reason: "stop" } : {}),
      })}\n`,
  ],
  [
    "/v1/chat/completions",
    (part) =>
      data({
        choices: [
          {
            delta: {
              ...(part.text ? { content: part.text } : {}),
              ...(part.reasoning ? { reasoning_content: part.reasoning } : {}),
              ...(part.tool
                ? {
                    tool_calls: [
                      { index: 0, id: "call_1", function: { name: "get_weather", arguments: city } },
                    ],
                  }
                : {}),
            },
            finish_reason: part.last ? "stop" : null,
          },
        ],
      }) + (part.last ? "data: [DONE]\n\n" : ""),
  ],
];

/** Bytes as they stand in JSON. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Makes the call: its answer, its row in the log, and its end. */
export async function answerOf(
  world: World,
  input: Input,
  told: ConsoleListener,
  canceled: Promise<"canceled">,
): Promise<void> {
  const [tenant, name] = input.app.split("/");
  if (!world.documents.apps.some((one) => one.tenant === tenant && one.name === name)) {
    throw refuse(404, "not_found", `There is no app "${name}" in tenant ${tenant}.`);
  }
  const asked = `${input.body ?? ""} ${input.path}`;
  const row: Schema<"Call"> = {
    ...call(0),
    id: `req_console_${world.calls.length}`,
    client: "console:admin",
    app: name ?? "",
    tenant: tenant ?? "",
    status: 200,
  };
  const end = (status: number, ended: Partial<Schema<"ConsoleEnd">> = {}) => {
    const done = { ...row, status };
    world.calls.unshift(done);
    told({ end: { call: row.id, ...ended } });
    world.publish("calls.tail", done);
  };
  const headers = { "X-Request-Id": row.id, "X-Headwater-Served-By": "tier=1;upstream=up-0000;model=big" };
  if (/nothing/.test(asked)) {
    const body = json({
      error: { message: 'There is no model "nothing" for this app.', code: "unknown_model" },
    });
    told({ status: 404, headers: { ...headers, "Content-Type": "application/json" }, bytes: base64(body) });
    return end(404);
  }
  const stream = streams.find(([path]) => input.path.startsWith(path))?.[1];
  if (!stream) {
    const body = json({ object: "list", data: [{ id: "route-0" }] });
    told({ status: 200, headers: { ...headers, "Content-Type": "application/json" }, bytes: base64(body) });
    return end(200);
  }
  const lines = input.path.startsWith("/api/");
  told({
    status: 200,
    headers: { ...headers, "Content-Type": lines ? "application/x-ndjson" : "text/event-stream" },
  });
  if (/think/.test(asked)) told({ bytes: base64(stream({ reasoning: "Let me think." })) });
  for (const text of words) {
    told({ bytes: base64(stream({ text })) });
    await new Promise((later) => setTimeout(later, 0));
  }
  if (/slow/.test(asked)) {
    await canceled;
    return end(499, { canceled: true });
  }
  const tool = /"(tools|functionDeclarations)"/.test(asked) && !/21/.test(asked);
  told({ bytes: base64(stream({ tool, last: true })) });
  end(200);
}
