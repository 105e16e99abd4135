// The official Ollama client. It has no setting for a key: an application that
// needs one sends the header, as Ollama's own cloud asks.
import { Ollama } from 'ollama';
import { answerSchema, kindOf, onePixel, question, result, system, toolNames, toolSchema, toolText } from './ask.js';

const ask = (model, more = {}) => ({
  model,
  messages: [
    { role: 'system', content: system },
    { role: 'user', content: question },
  ],
  ...more,
});

const answerOf = (r, text = r.message.content) => ({
  text,
  model: r.model,
  finish: r.done_reason,
  in: r.prompt_eval_count,
  out: r.eval_count,
});

const native = (client) => ({
  chat: async (model) => answerOf(await client.chat(ask(model))),
  async stream(model, seen, signal) {
    const stream = await client.chat(ask(model, { stream: true }));
    signal?.addEventListener('abort', () => stream.abort());
    let [text, last] = ['', null];
    for await (const piece of stream) {
      text += piece.message.content;
      last = piece;
      if (piece.message.content) seen();
    }
    return answerOf(last, text);
  },
  async again(model) {
    const body = ask(model);
    const { message } = await client.chat(body);
    const messages = [...body.messages, message, { role: 'user', content: question }];
    return (await client.chat({ ...body, messages })).message.content;
  },
  async tools(model, next) {
    const tools = toolNames.map((name) => ({ type: 'function', function: { name, description: toolText, parameters: toolSchema } }));
    const body = ask(model, { tools });
    const message = { role: 'assistant', content: '', tool_calls: [] };
    for await (const piece of await client.chat({ ...body, stream: true })) {
      message.content += piece.message.content;
      message.tool_calls.push(...(piece.message.tool_calls ?? []));
    }
    const calls = message.tool_calls.map((c) => ({ id: c.id, name: c.function.name, args: JSON.stringify(c.function.arguments) }));
    const results = calls.map((c) => ({ role: 'tool', tool_name: c.name, content: result }));
    const answer = await client.chat({ ...body, model: next, messages: [...body.messages, message, ...results] });
    return { calls, text: answer.message.content };
  },
  schema: async (model) => JSON.parse((await client.chat(ask(model, { format: answerSchema }))).message.content),
  async vision(model) {
    const messages = [{ role: 'user', content: question, images: [onePixel] }];
    return (await client.chat({ model, messages })).message.content;
  },
  embed: async (model, texts) => (await client.embed({ model, input: texts })).embeddings,
  models: async () => (await client.list()).models.map((m) => m.model),
  // The class is not exported, so that applications read its name.
  kind: (err) => (err?.name === 'ResponseError' ? kindOf(err.status_code) : 'untyped'),
});

export const clients = [
  {
    name: 'Ollama JS',
    package: 'ollama',
    finish: 'stop',
    noIds: true,
    connect: (root, key) => native(new Ollama({ host: root, headers: { Authorization: `Bearer ${key}` } })),
  },
];
