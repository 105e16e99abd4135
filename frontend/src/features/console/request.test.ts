// Requests and snippets: what each dialect is asked with, and how a program would.

import { describe, expect, test } from "vitest";
import { mayAsk, modelsOf } from "./choices";
import { headersOf } from "./desk";
import {
  type Dialect,
  dialectOf,
  dialects,
  type Message,
  requestOf,
  sampleTool,
  templatesOf,
} from "./dialects";
import { curlOf, python, snippetsOf } from "./snippets";

const wish = {
  model: "fast",
  system: "Be brief.",
  temperature: 0.2,
  maxTokens: 50,
  stream: true,
  tool: true,
};
const messages: Message[] = [
  { role: "user", text: "What is this?", image: { name: "a.png", type: "image/png", base64: "iVBOR" } },
  { role: "assistant", text: "A map.", tools: [{ id: "c1", name: "get_weather", args: '{"city":"Wien"}' }] },
  { role: "results", results: [{ id: "c1", name: "get_weather", text: '{"temperature_c":21}' }] },
];
const call = { name: "get_weather", arguments: '{"city":"Wien"}' };
const url = "data:image/png;base64,iVBOR";

const want: Record<Dialect, { path: string; body: unknown }> = {
  openai: {
    path: "/v1/chat/completions",
    body: {
      model: "fast",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url } },
          ],
        },
        {
          role: "assistant",
          content: "A map.",
          tool_calls: [{ id: "c1", type: "function", function: call }],
        },
        { role: "tool", tool_call_id: "c1", content: '{"temperature_c":21}' },
      ],
      temperature: 0.2,
      max_tokens: 50,
      tools: [{ type: "function", function: sampleTool }],
      stream: true,
      stream_options: { include_usage: true },
    },
  },
  responses: {
    path: "/v1/responses",
    body: {
      model: "fast",
      instructions: "Be brief.",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: url },
          ],
        },
        { role: "assistant", content: "A map." },
        { type: "function_call", call_id: "c1", ...call },
        { type: "function_call_output", call_id: "c1", output: '{"temperature_c":21}' },
      ],
      temperature: 0.2,
      max_output_tokens: 50,
      tools: [{ type: "function", ...sampleTool }],
      store: false,
      stream: true,
    },
  },
  anthropic: {
    path: "/v1/messages",
    body: {
      model: "fast",
      system: "Be brief.",
      max_tokens: 50,
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBOR" } },
            { type: "text", text: "What is this?" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "text", text: "A map." },
            { type: "tool_use", id: "c1", name: "get_weather", input: { city: "Wien" } },
          ],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "c1", content: '{"temperature_c":21}' }],
        },
      ],
      temperature: 0.2,
      tools: [
        { name: "get_weather", description: sampleTool.description, input_schema: sampleTool.parameters },
      ],
      stream: true,
    },
  },
  gemini: {
    path: "/v1beta/models/fast:streamGenerateContent?alt=sse",
    body: {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        {
          role: "user",
          parts: [{ inlineData: { mimeType: "image/png", data: "iVBOR" } }, { text: "What is this?" }],
        },
        {
          role: "model",
          parts: [{ text: "A map." }, { functionCall: { name: "get_weather", args: { city: "Wien" } } }],
        },
        {
          role: "user",
          parts: [{ functionResponse: { name: "get_weather", response: { temperature_c: 21 } } }],
        },
      ],
      generationConfig: { temperature: 0.2, maxOutputTokens: 50 },
      tools: [{ functionDeclarations: [sampleTool] }],
    },
  },
  ollama: {
    path: "/api/chat",
    body: {
      model: "fast",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "What is this?", images: ["iVBOR"] },
        {
          role: "assistant",
          content: "A map.",
          tool_calls: [{ function: { name: "get_weather", arguments: { city: "Wien" } } }],
        },
        { role: "tool", tool_name: "get_weather", content: '{"temperature_c":21}' },
      ],
      tools: [{ type: "function", function: sampleTool }],
      options: { temperature: 0.2, num_predict: 50 },
      stream: true,
    },
  },
};

describe.each(dialects)("%s", (dialect) => {
  test("asks for all that is wished for", () => {
    expect(requestOf({ ...wish, dialect }, messages)).toEqual(want[dialect]);
  });
  test("says nothing of what is not wished for", () => {
    const { path, body } = requestOf(
      {
        dialect,
        model: "org/m 1",
        system: "",
        temperature: undefined,
        maxTokens: undefined,
        stream: false,
        tool: false,
      },
      [{ role: "user", text: "Hi" }],
    );
    expect(JSON.stringify(body)).not.toMatch(
      /tools|system|temperature|options|generationConfig|"stream":true/,
    );
    if (dialect === "gemini") expect(path).toBe("/v1beta/models/org/m%201:generateContent");
    else expect(body.model).toBe("org/m 1");
  });
  test("is known by its paths", () => {
    for (const one of templatesOf("fast")[dialect]) expect(dialectOf(one.path), one.path).toBe(dialect);
  });
  test("has code for curl, Python and Node, without a key in it", () => {
    const { path, body } = requestOf({ ...wish, dialect }, [{ role: "user", text: "It's $HOME" }]);
    const snippets = snippetsOf("127.0.0.1:4100", { method: "POST", path, body: JSON.stringify(body) });
    expect(snippets.map((one) => one.id)).toEqual(["curl", "python", "node"]);
    for (const { code } of snippets) {
      expect(code).toContain("127.0.0.1:4100");
      expect(code).toContain("HEADWATER_KEY");
      expect(code).toMatch(/HOME/);
    }
    expect(snippets[0]?.code).toContain("It'\\''s $HOME");
  });
});

test("curl says what differs from its defaults", () => {
  expect(curlOf("h:1", { method: "GET", path: "/v1/models" })).toBe(
    `curl -sSN 'http://h:1/v1/models' \\\n  -H "Authorization: Bearer $HEADWATER_KEY"`,
  );
  const put = curlOf("h:1", {
    method: "PUT",
    path: "/v1/messages",
    headers: { "content-type": "text/plain" },
    body: "x",
  });
  expect(put).toContain(" -X PUT ");
  expect(put).toContain("x-api-key: $HEADWATER_KEY");
  expect(put.match(/content-type/gi)).toHaveLength(1);
});

test("what no SDK has a method for is told as curl alone", () => {
  expect(snippetsOf("h:1", { path: "/v1/rerank", body: '{"a":1}' })).toHaveLength(1);
  expect(snippetsOf("h:1", { path: "/v1/chat/completions", body: "no json" })).toHaveLength(1);
});

test("JSON is written as Python", () => {
  expect(python({ a: [true, null, 1.5], "b c": "x\n'\"" })).toBe(
    '{\n    "a": [\n        True,\n        None,\n        1.5,\n    ],\n    "b c": "x\\n\'\\"",\n}',
  );
});

test("header lines become fields, and what is none is named", () => {
  expect(headersOf("X-A: 1\n\n X-B:2:3 \n")).toEqual({ headers: { "X-A": "1", "X-B": "2:3" } });
  expect(headersOf("X-A: 1\nnonsense").wrong).toBe("nonsense");
  expect(headersOf(": 1").wrong).toBe(": 1");
});

test("an app is offered what it may ask for", () => {
  const app = { tenant: "acme", routes: ["fast", "gpt-*"] };
  expect([mayAsk(app, "fast"), mayAsk(app, "faster"), mayAsk(app, "gpt-5")]).toEqual([true, false, true]);
  const route = (name: string, more = {}) => ({ name, tiers: [], ...more });
  const names = [
    route("fast"),
    route("gpt-5"),
    route("gpt-*"),
    route("other"),
    route("gpt-own", { tenant: "acme" }),
    route("gpt-theirs", { tenant: "globex" }),
    route("gpt-off", { state: "disabled" }),
  ];
  expect(modelsOf(app, names as never)).toEqual(["fast", "gpt-5", "gpt-own"]);
});
