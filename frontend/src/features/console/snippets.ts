// The same call from a program, with the key from HEADWATER_KEY: curl, and the
// official SDK of the dialect.

import type { Schema } from "@/rpc";
import { type Dialect, dialectOf } from "./dialects";

type Input = Pick<Schema<"ConsoleInput">, "path" | "method" | "headers" | "body">;

const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function parsed(body: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body ?? "");
    return value && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The header in which the dialect's own clients send a key. */
const keyHeaders: Record<Dialect, string> = {
  openai: "Authorization: Bearer $HEADWATER_KEY",
  responses: "Authorization: Bearer $HEADWATER_KEY",
  anthropic: "x-api-key: $HEADWATER_KEY",
  gemini: "x-goog-api-key: $HEADWATER_KEY",
  ollama: "Authorization: Bearer $HEADWATER_KEY",
};

export function curlOf(endpoint: string, input: Input): string {
  const dialect = dialectOf(input.path);
  const method = input.method ?? (input.body ? "POST" : "GET");
  const given = input.headers ?? {};
  const typed = Object.keys(given).some((name) => name.toLowerCase() === "content-type");
  const lines = [
    `curl -sSN${(input.body ? "POST" : "GET") === method ? "" : ` -X ${method}`} ${shell(`http://${endpoint}${input.path}`)}`,
    `-H "${keyHeaders[dialect]}"`,
    ...(dialect === "anthropic" ? ["-H 'anthropic-version: 2023-06-01'"] : []),
    ...Object.entries(given).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
    ...(input.body && !typed ? ["-H 'Content-Type: application/json'"] : []),
    ...(input.body ? [`--data-raw ${shell(input.body)}`] : []),
  ];
  return lines.join(" \\\n  ");
}

/** JSON as Python writes it. */
export function python(value: unknown, indent = 0): string {
  const pad = " ".repeat(indent + 4);
  const end = " ".repeat(indent);
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((one) => `${pad}${python(one, indent + 4)},\n`).join("")}${end}]`;
  }
  if (typeof value === "object") {
    const fields = Object.entries(value);
    if (fields.length === 0) return "{}";
    return `{\n${fields.map(([name, one]) => `${pad}${JSON.stringify(name)}: ${python(one, indent + 4)},\n`).join("")}${end}}`;
  }
  // JSON's escapes are Python's, but for pairs of surrogates, which are not escaped here.
  return JSON.stringify(value);
}

/** An SDK: how a client is made, and what it is called with. BASE and KEY stand for what they say. */
interface Sdk {
  /** The method, in Python and in JavaScript. */
  method: [string, string];
  python: string;
  node: string;
  /** What the method takes: the body, unless the SDK has places of its own for parts of it. */
  takes?: (body: Record<string, unknown>, path: string) => Record<string, unknown>;
}

const openaiSdk = (method: string): Sdk => ({
  method: [method, method],
  python: "from openai import OpenAI\n\nclient = OpenAI(base_url=BASE/v1, api_key=KEY)",
  node: 'import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: BASE/v1, apiKey: KEY });',
});

const anthropicSdk: Sdk = {
  method: ["messages.create", "messages.create"],
  python: "from anthropic import Anthropic\n\nclient = Anthropic(base_url=BASE, api_key=KEY)",
  node: 'import Anthropic from "@anthropic-ai/sdk";\n\nconst client = new Anthropic({ baseURL: BASE, apiKey: KEY });',
};

const geminiSdk = (stream: boolean): Sdk => ({
  method: stream
    ? ["models.generate_content_stream", "models.generateContentStream"]
    : ["models.generate_content", "models.generateContent"],
  python: 'from google import genai\n\nclient = genai.Client(api_key=KEY, http_options={"base_url": BASE})',
  node: 'import { GoogleGenAI } from "@google/genai";\n\nconst client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: BASE } });',
  takes: ({ contents, generationConfig, ...rest }, path) => {
    const config = { ...(generationConfig as object | undefined), ...rest };
    return {
      model: decodeURIComponent(/models\/([^:]+)/.exec(path)?.[1] ?? ""),
      contents,
      ...(Object.keys(config).length ? { config } : {}),
    };
  },
});

const ollamaSdk: Sdk = {
  method: ["chat", "chat"],
  python:
    'from ollama import Client\n\nclient = Client(host=BASE, headers={"Authorization": "Bearer " + KEY})',
  node: 'import { Ollama } from "ollama";\n\nconst client = new Ollama({ host: BASE, headers: { Authorization: "Bearer " + KEY } });',
};

/** Fills in where the gateway is and where the key comes from. */
const filled = (text: string, base: string, key: string): string =>
  text.replace(/BASE(\/v1)?/, (_, rest = "") => JSON.stringify(base + rest)).replace("KEY", () => key);

function inPython(sdk: Sdk, base: string, takes: Record<string, unknown>, stream: boolean): string {
  const words = Object.entries(takes).map(([name, value]) => `    ${name}=${python(value, 4)},\n`);
  return `import os\n${filled(sdk.python, base, 'os.environ["HEADWATER_KEY"]')}\nanswer = client.${sdk.method[0]}(\n${words.join("")})\n${
    stream ? "for event in answer:\n    print(event)" : "print(answer)"
  }`;
}

function inNode(sdk: Sdk, base: string, takes: Record<string, unknown>, stream: boolean): string {
  return `${filled(sdk.node, base, "process.env.HEADWATER_KEY")}\nconst answer = await client.${sdk.method[1]}(${JSON.stringify(takes, null, 2)});\n${
    stream ? "for await (const event of answer) console.log(event);" : "console.log(answer);"
  }`;
}

/** The calls that an SDK has a method for, by the path before a query. */
function sdkOf(path: string): Sdk | undefined {
  const plain = path.split("?")[0] ?? "";
  const google = /^\/v1beta\/models\/[^:]+:(stream)?generateContent$/i.exec(plain);
  if (google) return geminiSdk(google[1] !== undefined);
  const table: Record<string, Sdk> = {
    "/v1/chat/completions": openaiSdk("chat.completions.create"),
    "/v1/responses": openaiSdk("responses.create"),
    "/v1/embeddings": openaiSdk("embeddings.create"),
    "/v1/moderations": openaiSdk("moderations.create"),
    "/v1/images/generations": openaiSdk("images.generate"),
    "/v1/messages": anthropicSdk,
    "/api/chat": ollamaSdk,
  };
  return table[plain];
}

/** Every form in which the call can be copied. */
export function snippetsOf(endpoint: string, input: Input): { id: string; label: string; code: string }[] {
  const curl = { id: "curl", label: "curl", code: curlOf(endpoint, input) };
  const body = parsed(input.body);
  const sdk = sdkOf(input.path);
  if (!sdk || !body || (input.method && input.method !== "POST")) return [curl];
  const base = `http://${endpoint}`;
  const takes = sdk.takes?.(body, input.path) ?? body;
  const stream = body.stream === true || sdk.method[0].endsWith("_stream");
  return [
    curl,
    { id: "python", label: "Python", code: inPython(sdk, base, takes, stream) },
    { id: "node", label: "Node", code: inNode(sdk, base, takes, stream) },
  ];
}
