// LangChain with the packages of four vendors.
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings } from '@langchain/google-genai';
import { ChatOllama, OllamaEmbeddings } from '@langchain/ollama';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { answerSchema, kindOf, onePixelUrl, question, result, system, toolNames, toolSchema, toolText } from './ask.js';

const noList = { 'model list': 'LangChain lists no models' };
const turns = () => [new SystemMessage(system), new HumanMessage(question)];
const tools = toolNames.map((name) => tool(async () => result, { name, description: toolText, schema: toolSchema }));

/** Adds the chunks of a stream together, as LangChain does. */
async function gather(stream, seen = () => {}) {
  let all = null;
  for await (const chunk of stream) {
    all = all === null ? chunk : all.concat(chunk);
    if (chunk.text) seen();
  }
  return all;
}

/** What a message says; how it ended and of which model stands where the vendor's package puts it. */
const answerOf = (message, surface) => ({
  text: message.text,
  ...surface.end({ ...message.response_metadata, ...message.additional_kwargs }),
  in: message.usage_metadata?.input_tokens,
  out: message.usage_metadata?.output_tokens,
});

const caller = (surface, root, key) => {
  const chat = (model) => surface.chat(model, root, key);
  return {
    chat: async (model) => answerOf(await chat(model).invoke(turns()), surface),
    stream: async (model, seen, signal) => answerOf(await gather(await chat(model).stream(turns(), { signal }), seen), surface),
    async again(model) {
      const said = await chat(model).invoke(turns());
      return (await chat(model).invoke([...turns(), said, new HumanMessage(question)])).text;
    },
    async tools(model, next) {
      const said = await gather(await chat(model).bindTools(tools).stream(turns()));
      const calls = said.tool_calls.map((c) => ({ id: c.id, name: c.name, args: JSON.stringify(c.args) }));
      const results = calls.map((c) => new ToolMessage({ tool_call_id: c.id, name: c.name, content: result }));
      const answer = await chat(next).bindTools(tools).invoke([...turns(), said, ...results]);
      return { calls, text: answer.text };
    },
    schema: (model) => chat(model).withStructuredOutput(answerSchema, { method: 'jsonSchema', name: 'answer' }).invoke(turns()),
    async vision(model) {
      const content = [
        { type: 'text', text: question },
        { type: 'image_url', image_url: { url: onePixelUrl } },
      ];
      return (await chat(model).invoke([new HumanMessage({ content })])).text;
    },
    embed: (model, texts) => surface.embeddings(model, root, key).embedDocuments(texts),
    kind: (err) => kindOf(err?.status ?? err?.status_code, err?.message),
  };
};

const row = (name, pkg, finish, surface, more = {}) => ({
  name: `LangChain JS, ${name}`,
  package: pkg,
  with: '@langchain/core',
  finish,
  lacks: { ...noList, ...more.lacks },
  countsStart: more.countsStart,
  connect: (root, key) => caller(surface, root, key),
});

const openai = (useResponsesApi) => ({
  chat: (model, root, key) =>
    new ChatOpenAI({ model, apiKey: key, maxRetries: 0, useResponsesApi, configuration: { baseURL: `${root}/v1` } }),
  embeddings: (model, root, key) => new OpenAIEmbeddings({ model, apiKey: key, maxRetries: 0, configuration: { baseURL: `${root}/v1` } }),
  end: (m) => ({ model: m.model_name, finish: useResponsesApi ? m.status : m.finish_reason }),
});

const anthropic = {
  chat: (model, root, key) => new ChatAnthropic({ model, apiKey: key, maxRetries: 0, maxTokens: 1024, anthropicApiUrl: root }),
  end: (m) => ({ model: m.model ?? m.model_name, finish: m.stop_reason }),
};

const google = {
  chat: (model, root, key) => new ChatGoogleGenerativeAI({ model, apiKey: key, maxRetries: 0, baseUrl: root }),
  embeddings: (model, root, key) => new GoogleGenerativeAIEmbeddings({ model, apiKey: key, maxRetries: 0, baseUrl: root }),
  end: (m) => ({ finish: m.finishReason ?? m.finish_reason }),
};

const headers = (key) => ({ Authorization: `Bearer ${key}` });
const ollama = {
  chat: (model, root, key) => new ChatOllama({ model, baseUrl: root, headers: headers(key), maxRetries: 0 }),
  embeddings: (model, root, key) => new OllamaEmbeddings({ model, baseUrl: root, headers: headers(key), maxRetries: 0 }),
  end: (m) => ({ model: m.model, finish: m.done_reason }),
};

export const clients = [
  row('OpenAI Chat Completions', '@langchain/openai', 'stop', openai(false)),
  row('OpenAI Responses', '@langchain/openai', 'completed', openai(true)),
  row('Anthropic', '@langchain/anthropic', 'end_turn', anthropic, {
    lacks: { embeddings: 'Anthropic has no embeddings' },
    // Of a stream it adds the token that message_start tells to the sum that message_delta tells.
    countsStart: true,
  }),
  row('Google', '@langchain/google-genai', 'STOP', google),
  row('Ollama', '@langchain/ollama', 'stop', ollama),
];
