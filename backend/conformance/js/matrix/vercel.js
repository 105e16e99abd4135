// The AI SDK by Vercel with the providers of three vendors.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, Output, embedMany, generateText, jsonSchema, streamText, tool } from 'ai';
import { answerSchema, kindOf, onePixel, question, result, system, toolNames, toolSchema, toolText } from './ask.js';

const noList = { 'model list': 'the AI SDK lists no models' };

const ask = (model, more = {}) => ({ model, instructions: system, prompt: question, maxRetries: 0, ...more });

/** Reads a stream to its end; what went wrong in it is thrown. */
async function gather(options, seen = () => {}) {
  const stream = streamText({ ...options, onError: () => {} });
  for await (const part of stream.fullStream) {
    if (part.type === 'text-delta') seen();
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw new DOMException('aborted', 'AbortError');
  }
  return stream;
}

const answerOf = async (r) => {
  const usage = await r.usage;
  const { modelId } = await r.response;
  return { text: await r.text, model: modelId, finish: await r.finishReason, in: usage.inputTokens, out: usage.outputTokens };
};

// The provider for Anthropic knows models with a native JSON mode by name; for others an application says so.
const providerOptions = { anthropic: { structuredOutputMode: 'outputFormat' } };

const caller = (language, embedding) => ({
  chat: async (model) => answerOf(await generateText(ask(language(model)))),
  stream: async (model, seen, abortSignal) => answerOf(await gather(ask(language(model), { abortSignal }), seen)),
  async again(model) {
    const user = { role: 'user', content: question };
    const { response } = await generateText(ask(language(model)));
    const messages = [user, ...response.messages, user];
    return (await generateText({ model: language(model), instructions: system, messages, maxRetries: 0 })).text;
  },
  async tools(model, next) {
    const tools = Object.fromEntries(toolNames.map((name) => [name, tool({ description: toolText, inputSchema: jsonSchema(toolSchema) })]));
    const stream = await gather(ask(language(model), { tools }));
    const calls = (await stream.toolCalls).map((c) => ({ id: c.toolCallId, name: c.toolName, args: JSON.stringify(c.input) }));
    const content = calls.map((c) => ({
      type: 'tool-result',
      toolCallId: c.id,
      toolName: c.name,
      output: { type: 'text', value: result },
    }));
    const messages = [{ role: 'user', content: question }, ...(await stream.response).messages, { role: 'tool', content }];
    const answer = await generateText({ model: language(next), instructions: system, messages, tools, maxRetries: 0 });
    return { calls, text: answer.text };
  },
  async schema(model) {
    const output = Output.object({ schema: jsonSchema(answerSchema) });
    return (await generateText(ask(language(model), { output, providerOptions }))).output;
  },
  async vision(model) {
    const content = [
      { type: 'text', text: question },
      { type: 'image', image: onePixel, mediaType: 'image/png' },
    ];
    return (await generateText({ model: language(model), messages: [{ role: 'user', content }], maxRetries: 0 })).text;
  },
  embed: async (model, texts) => (await embedMany({ model: embedding(model), values: texts, maxRetries: 0 })).embeddings,
  kind: (err) => (APICallError.isInstance(err) ? kindOf(err.statusCode, err.message) : 'untyped'),
});

const openai = (root, key) => createOpenAI({ baseURL: `${root}/v1`, apiKey: key });

export const clients = [
  {
    name: 'AI SDK, OpenAI Chat Completions',
    package: '@ai-sdk/openai',
    with: 'ai',
    finish: 'stop',
    lacks: noList,
    connect(root, key) {
      const provider = openai(root, key);
      return caller(provider.chat, provider.textEmbeddingModel);
    },
  },
  {
    name: 'AI SDK, OpenAI Responses',
    package: '@ai-sdk/openai',
    with: 'ai',
    finish: 'stop',
    lacks: noList,
    connect(root, key) {
      const provider = openai(root, key);
      return caller(provider.responses, provider.textEmbeddingModel);
    },
  },
  {
    name: 'AI SDK, Anthropic',
    package: '@ai-sdk/anthropic',
    with: 'ai',
    finish: 'stop',
    lacks: { ...noList, embeddings: 'Anthropic has no embeddings' },
    connect: (root, key) => caller(createAnthropic({ baseURL: `${root}/v1`, apiKey: key })),
  },
  {
    name: 'AI SDK, Google',
    package: '@ai-sdk/google',
    with: 'ai',
    finish: 'stop',
    lacks: noList,
    connect(root, key) {
      const provider = createGoogleGenerativeAI({ baseURL: `${root}/v1beta`, apiKey: key });
      return caller(provider, provider.textEmbeddingModel);
    },
  },
];
