// How one conversation is asked for in each of the dialects that apps speak.

import type { Schema } from "@/rpc";

export const dialects = ["openai", "responses", "anthropic", "gemini", "ollama"] as const;
export type Dialect = (typeof dialects)[number];

/** What their vendors call them, in every language. */
export const dialectNames: Record<Dialect, string> = {
  openai: "OpenAI Chat",
  responses: "OpenAI Responses",
  anthropic: "Anthropic Messages",
  gemini: "Gemini",
  ollama: "Ollama",
};

export interface Image {
  name: string;
  /** Media type, e.g. image/png. */
  type: string;
  base64: string;
}

export interface ToolCall {
  id: string;
  name: string;
  /** JSON text. */
  args: string;
}

/** What was said so far. */
export type Message =
  | { role: "user"; text: string; image?: Image | undefined }
  | { role: "assistant"; text: string; tools: ToolCall[] }
  | { role: "results"; results: { id: string; name: string; text: string }[] };

/** What is asked for beside the conversation. */
export interface Wish {
  dialect: Dialect;
  model: string;
  system: string;
  /** Absent means the target's own. */
  temperature: number | undefined;
  maxTokens: number | undefined;
  stream: boolean;
  /** Offers the sample tool. */
  tool: boolean;
}

type Request = Pick<Schema<"ConsoleInput">, "path"> & { body: Record<string, unknown> };

/** Where the dialect has no default of its own. */
const anthropicTokens = 1024;

/** A tool that every model knows what to do with. */
export const sampleTool = {
  name: "get_weather",
  description: "The weather in a city now",
  parameters: {
    type: "object",
    properties: { city: { type: "string", description: "Name of the city" } },
    required: ["city"],
  },
};

/** What the sample tool answers, whatever it is asked. */
export const sampleResult = '{"temperature_c":21,"sky":"clear"}';

/** Without what is undefined or empty. */
function only(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""),
  );
}

function objectOf(json: string): unknown {
  try {
    return JSON.parse(json || "{}");
  } catch {
    return {};
  }
}

const dataUrl = (image: Image): string => `data:${image.type};base64,${image.base64}`;

function openai(wish: Wish, messages: Message[]): Request {
  const said = messages.flatMap((one): unknown[] => {
    if (one.role === "results") {
      return one.results.map((result) => ({ role: "tool", tool_call_id: result.id, content: result.text }));
    }
    if (one.role === "assistant") {
      const calls = one.tools.map((call) => ({
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: call.args },
      }));
      return [
        { role: "assistant", content: one.text || null, ...(calls.length ? { tool_calls: calls } : {}) },
      ];
    }
    if (!one.image) return [{ role: "user", content: one.text }];
    const image = { type: "image_url", image_url: { url: dataUrl(one.image) } };
    return [{ role: "user", content: [{ type: "text", text: one.text }, image] }];
  });
  return {
    path: "/v1/chat/completions",
    body: only({
      model: wish.model,
      messages: [...(wish.system ? [{ role: "system", content: wish.system }] : []), ...said],
      temperature: wish.temperature,
      max_tokens: wish.maxTokens,
      tools: wish.tool ? [{ type: "function", function: sampleTool }] : undefined,
      stream: wish.stream || undefined,
      stream_options: wish.stream ? { include_usage: true } : undefined,
    }),
  };
}

function responses(wish: Wish, messages: Message[]): Request {
  const input = messages.flatMap((one): unknown[] => {
    if (one.role === "results") {
      return one.results.map((result) => ({
        type: "function_call_output",
        call_id: result.id,
        output: result.text,
      }));
    }
    if (one.role === "assistant") {
      const calls = one.tools.map((call) => ({
        type: "function_call",
        call_id: call.id,
        name: call.name,
        arguments: call.args,
      }));
      return [...(one.text ? [{ role: "assistant", content: one.text }] : []), ...calls];
    }
    if (!one.image) return [{ role: "user", content: one.text }];
    const image = { type: "input_image", image_url: dataUrl(one.image) };
    return [{ role: "user", content: [{ type: "input_text", text: one.text }, image] }];
  });
  return {
    path: "/v1/responses",
    body: only({
      model: wish.model,
      instructions: wish.system,
      input,
      temperature: wish.temperature,
      max_output_tokens: wish.maxTokens,
      tools: wish.tool ? [{ type: "function", ...sampleTool }] : undefined,
      // A test leaves nothing behind.
      store: false,
      stream: wish.stream || undefined,
    }),
  };
}

function anthropic(wish: Wish, messages: Message[]): Request {
  const said = messages.map((one) => {
    if (one.role === "results") {
      return {
        role: "user",
        content: one.results.map((result) => ({
          type: "tool_result",
          tool_use_id: result.id,
          content: result.text,
        })),
      };
    }
    if (one.role === "assistant") {
      const calls = one.tools.map((call) => ({
        type: "tool_use",
        id: call.id,
        name: call.name,
        input: objectOf(call.args),
      }));
      if (calls.length === 0) return { role: "assistant", content: one.text };
      return {
        role: "assistant",
        content: [...(one.text ? [{ type: "text", text: one.text }] : []), ...calls],
      };
    }
    if (!one.image) return { role: "user", content: one.text };
    const source = { type: "base64", media_type: one.image.type, data: one.image.base64 };
    return {
      role: "user",
      content: [
        { type: "image", source },
        { type: "text", text: one.text },
      ],
    };
  });
  return {
    path: "/v1/messages",
    body: only({
      model: wish.model,
      system: wish.system,
      max_tokens: wish.maxTokens ?? anthropicTokens,
      messages: said,
      temperature: wish.temperature,
      tools: wish.tool
        ? [
            {
              name: sampleTool.name,
              description: sampleTool.description,
              input_schema: sampleTool.parameters,
            },
          ]
        : undefined,
      stream: wish.stream || undefined,
    }),
  };
}

function gemini(wish: Wish, messages: Message[]): Request {
  const contents = messages.map((one) => {
    if (one.role === "results") {
      const parts = one.results.map((result) => ({
        functionResponse: { name: result.name, response: objectOf(result.text) },
      }));
      return { role: "user", parts };
    }
    if (one.role === "assistant") {
      const calls = one.tools.map((call) => ({
        functionCall: { name: call.name, args: objectOf(call.args) },
      }));
      return { role: "model", parts: [...(one.text ? [{ text: one.text }] : []), ...calls] };
    }
    const image = one.image ? [{ inlineData: { mimeType: one.image.type, data: one.image.base64 } }] : [];
    return { role: "user", parts: [...image, { text: one.text }] };
  });
  const generation = only({ temperature: wish.temperature, maxOutputTokens: wish.maxTokens });
  const method = wish.stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
  return {
    path: `/v1beta/models/${wish.model.split("/").map(encodeURIComponent).join("/")}${method}`,
    body: only({
      systemInstruction: wish.system ? { parts: [{ text: wish.system }] } : undefined,
      contents,
      generationConfig: Object.keys(generation).length ? generation : undefined,
      tools: wish.tool ? [{ functionDeclarations: [sampleTool] }] : undefined,
    }),
  };
}

function ollama(wish: Wish, messages: Message[]): Request {
  const said = messages.flatMap((one): unknown[] => {
    if (one.role === "results") {
      return one.results.map((result) => ({ role: "tool", tool_name: result.name, content: result.text }));
    }
    if (one.role === "assistant") {
      const calls = one.tools.map((call) => ({
        function: { name: call.name, arguments: objectOf(call.args) },
      }));
      return [{ role: "assistant", content: one.text, ...(calls.length ? { tool_calls: calls } : {}) }];
    }
    return [{ role: "user", content: one.text, ...(one.image ? { images: [one.image.base64] } : {}) }];
  });
  const options = only({ temperature: wish.temperature, num_predict: wish.maxTokens });
  return {
    path: "/api/chat",
    body: only({
      model: wish.model,
      messages: [...(wish.system ? [{ role: "system", content: wish.system }] : []), ...said],
      tools: wish.tool ? [{ type: "function", function: sampleTool }] : undefined,
      options: Object.keys(options).length ? options : undefined,
      // Without this word the dialect streams.
      stream: wish.stream,
    }),
  };
}

const makers: Record<Dialect, (wish: Wish, messages: Message[]) => Request> = {
  openai,
  responses,
  anthropic,
  gemini,
  ollama,
};

/** The request of a conversation: path and body, the way the dialect's SDK makes it. */
export function requestOf(wish: Wish, messages: Message[]): Request {
  return makers[wish.dialect](wish, messages);
}

/** The dialect of a path, as the data listener takes it. */
export function dialectOf(path: string): Dialect {
  if (path.startsWith("/v1/responses")) return "responses";
  if (path.startsWith("/v1/messages")) return "anthropic";
  if (path.startsWith("/v1beta/")) return "gemini";
  return path.startsWith("/api/") ? "ollama" : "openai";
}

export interface Template {
  method: "GET" | "POST";
  path: string;
  /** Absent for a GET. */
  body?: Record<string, unknown>;
}

/** What can be asked without a form, by what it does. */
export function templatesOf(model: string): Record<Dialect, Template[]> {
  const wish = {
    model,
    system: "",
    temperature: undefined,
    maxTokens: undefined,
    stream: false,
    tool: false,
  };
  const chat = (dialect: Dialect): Template => ({
    method: "POST",
    ...requestOf({ ...wish, dialect }, [{ role: "user", text: "Hello" }]),
  });
  const post = (path: string, body: Record<string, unknown>): Template => ({ method: "POST", path, body });
  const get = (path: string): Template => ({ method: "GET", path });
  const named = encodeURIComponent(model);
  return {
    openai: [
      chat("openai"),
      get("/v1/models"),
      post("/v1/embeddings", { model, input: "Hello" }),
      post("/v1/moderations", { model, input: "Hello" }),
      post("/v1/images/generations", { model, prompt: "A lighthouse", size: "1024x1024" }),
      post("/v1/audio/speech", { model, input: "Hello", voice: "alloy" }),
      post("/v1/rerank", { model, query: "Hello", documents: ["Hello", "Goodbye"] }),
    ],
    responses: [chat("responses")],
    anthropic: [
      chat("anthropic"),
      post("/v1/messages/count_tokens", { model, messages: [{ role: "user", content: "Hello" }] }),
    ],
    gemini: [
      chat("gemini"),
      get("/v1beta/models"),
      post(`/v1beta/models/${named}:embedContent`, { content: { parts: [{ text: "Hello" }] } }),
      post(`/v1beta/models/${named}:countTokens`, { contents: [{ parts: [{ text: "Hello" }] }] }),
    ],
    ollama: [
      chat("ollama"),
      get("/api/tags"),
      post("/api/generate", { model, prompt: "Hello", stream: false }),
      post("/api/embed", { model, input: "Hello" }),
      post("/api/show", { model }),
    ],
  };
}
