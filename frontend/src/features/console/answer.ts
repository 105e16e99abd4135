// What a person wants to see of an answer, whatever dialect it is in: text,
// reasoning, tool calls, how it ended, and the error as the caller gets it.

import type { Dialect, ToolCall } from "./dialects";

export interface Answer {
  text: string;
  reasoning: string;
  tools: ToolCall[];
  /** The dialect's own word for how it ended. */
  finish: string;
  /** The text of an error, also of one inside a stream. */
  error: string;
}

export const noAnswer = (): Answer => ({ text: "", reasoning: "", tools: [], finish: "", error: "" });

/** JSON of which nothing is known; what is missing is undefined. */
type Json = undefined | null | string | number | boolean | Json[] | { [name: string]: Json };

const get = (of: Json, ...path: (string | number)[]): Json =>
  path.reduce<Json>((at, name) => (at as Record<string, Json> | null | undefined)?.[name], of);
const text = (of: Json, ...path: (string | number)[]): string => {
  const found = get(of, ...path);
  return typeof found === "string" ? found : "";
};
const list = (of: Json, ...path: (string | number)[]): Json[] => {
  const found = get(of, ...path);
  return Array.isArray(found) ? found : [];
};
const jsonOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value ?? {}));

/** The tool call at a place; it is made where it is not there yet. */
function toolAt(answer: Answer, index: number): ToolCall {
  while (answer.tools.length <= index) answer.tools.push({ id: "", name: "", args: "" });
  return answer.tools[index] as ToolCall;
}

function addTool(answer: Answer, name: string, args: Json, id: string): void {
  answer.tools.push({ id: id || `call_${answer.tools.length + 1}`, name, args: jsonOf(args) });
}

function openai(answer: Answer, event: Json): void {
  // A whole answer has the message where an event has a delta.
  const choice = get(event, "choices", 0);
  // Some have both, in either.
  const [usual, other] =
    text(event, "object") === "chat.completion" ? ["message", "delta"] : ["delta", "message"];
  const delta = get(choice, usual as string) ?? get(choice, other as string);
  answer.text += text(delta, "content") + text(delta, "refusal");
  // Content in parts, as Mistral's reasoning models have it.
  for (const part of list(delta, "content")) {
    answer.text += text(part, "text");
    for (const thought of list(part, "thinking")) answer.reasoning += text(thought, "text");
  }
  answer.reasoning += text(delta, "reasoning_content") || text(delta, "reasoning");
  for (const [i, call] of list(delta, "tool_calls").entries()) {
    const index = get(call, "index");
    const tool = toolAt(answer, typeof index === "number" ? index : i);
    tool.id ||= text(call, "id");
    tool.name ||= text(call, "function", "name");
    tool.args += text(call, "function", "arguments");
  }
  answer.finish = text(choice, "finish_reason") || answer.finish;
}

/** An item of output as it stands when it is complete. */
function responsesItem(answer: Answer, item: Json): void {
  const thought = text(item, "type") === "reasoning";
  for (const part of list(item, "content")) {
    if (thought) answer.reasoning += text(part, "text");
    else answer.text += text(part, "text") + text(part, "refusal");
  }
  for (const part of list(item, "summary")) answer.reasoning += text(part, "text");
  if (text(item, "type") === "function_call") {
    addTool(answer, text(item, "name"), get(item, "arguments"), text(item, "call_id"));
  }
}

function responses(answer: Answer, event: Json): void {
  const delta = text(event, "delta");
  switch (text(event, "type")) {
    case "":
      for (const item of list(event, "output")) responsesItem(answer, item);
      responsesEnd(answer, event);
      return;
    case "response.output_text.delta":
    case "response.refusal.delta":
      answer.text += delta;
      return;
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_text.delta":
      answer.reasoning += delta;
      return;
    case "response.output_item.done":
      if (text(event, "item", "type") === "function_call") responsesItem(answer, get(event, "item"));
      return;
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
      responsesEnd(answer, get(event, "response"));
  }
}

function responsesEnd(answer: Answer, response: Json): void {
  const why = text(response, "incomplete_details", "reason");
  answer.finish = [text(response, "status"), why].filter(Boolean).join(": ");
  answer.error = text(response, "error", "message") || answer.error;
}

function anthropicBlock(answer: Answer, block: Json): void {
  answer.text += text(block, "text");
  answer.reasoning += text(block, "thinking");
  if (text(block, "type") === "tool_use") {
    addTool(answer, text(block, "name"), get(block, "input"), text(block, "id"));
  }
}

function anthropic(answer: Answer, event: Json): void {
  const last = answer.tools.at(-1);
  switch (text(event, "type")) {
    case "message":
      for (const block of list(event, "content")) anthropicBlock(answer, block);
      answer.finish = text(event, "stop_reason");
      return;
    case "content_block_start":
      anthropicBlock(answer, get(event, "content_block"));
      return;
    case "content_block_delta": {
      answer.text += text(event, "delta", "text");
      answer.reasoning += text(event, "delta", "thinking");
      const piece = text(event, "delta", "partial_json");
      // A tool opens with an empty object; what is told of it piece by piece takes its place.
      if (piece && last) last.args = last.args === "{}" ? piece : last.args + piece;
      return;
    }
    case "message_delta":
      answer.finish = text(event, "delta", "stop_reason") || answer.finish;
  }
}

function gemini(answer: Answer, event: Json): void {
  for (const one of Array.isArray(event) ? event : [event]) {
    const candidate = get(one, "candidates", 0);
    for (const part of list(candidate, "content", "parts")) {
      if (get(part, "thought") === true) answer.reasoning += text(part, "text");
      else answer.text += text(part, "text");
      const call = get(part, "functionCall");
      if (call) addTool(answer, text(call, "name"), get(call, "args"), text(call, "id"));
    }
    answer.finish =
      text(candidate, "finishReason") || text(one, "promptFeedback", "blockReason") || answer.finish;
  }
}

function ollama(answer: Answer, event: Json): void {
  answer.text += text(event, "message", "content") || text(event, "response");
  answer.reasoning += text(event, "message", "thinking");
  for (const call of list(event, "message", "tool_calls")) {
    addTool(answer, text(call, "function", "name"), get(call, "function", "arguments"), text(call, "id"));
  }
  answer.finish = text(event, "done_reason") || answer.finish;
}

const readers: Record<Dialect, (answer: Answer, event: Json) => void> = {
  openai,
  responses,
  anthropic,
  gemini,
  ollama,
};

/** Adds an event of a stream, or a whole answer, to what is known. */
export function read(answer: Answer, dialect: Dialect, payload: string): void {
  if (payload === "[DONE]") return;
  let event: Json;
  try {
    event = JSON.parse(payload) as Json;
  } catch {
    return;
  }
  // Every dialect has its error under this name: a text, or an object with one;
  // Gemini may put it into a list, Responses says it plainly in an event.
  const error = get(event, "error") ?? get(event, 0, "error");
  if (error) answer.error = text(error, "message") || (typeof error === "string" ? error : "");
  else if (text(event, "type") === "error") answer.error = text(event, "message");
  readers[dialect](answer, event);
}
