// The official Anthropic SDK.
import Anthropic from '@anthropic-ai/sdk';
import { answerSchema, kindByClass, onePixel, question, result, system, toolNames, toolSchema, toolText } from './ask.js';

const ask = (model, more = {}) => ({ model, max_tokens: 1024, system, messages: [{ role: 'user', content: question }], ...more });

const textOf = (message) => message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

const answerOf = (m) => ({ text: textOf(m), model: m.model, finish: m.stop_reason, in: m.usage.input_tokens, out: m.usage.output_tokens });

const messages = (client) => ({
  chat: async (model) => answerOf(await client.messages.create(ask(model))),
  async stream(model, seen, signal) {
    const stream = client.messages.stream(ask(model), { signal });
    stream.on('text', seen);
    return answerOf(await stream.finalMessage());
  },
  async again(model) {
    const body = ask(model);
    const { role, content } = await client.messages.create(body);
    return textOf(await client.messages.create({ ...body, messages: [...body.messages, { role, content }, ...body.messages] }));
  },
  async tools(model, next) {
    const tools = toolNames.map((name) => ({ name, description: toolText, input_schema: toolSchema }));
    const body = ask(model, { tools });
    const { role, content } = await client.messages.stream(body).finalMessage();
    const calls = content.filter((b) => b.type === 'tool_use').map((b) => ({ id: b.id, name: b.name, args: JSON.stringify(b.input) }));
    const results = calls.map((c) => ({ type: 'tool_result', tool_use_id: c.id, content: result }));
    const turns = [...body.messages, { role, content }, { role: 'user', content: results }];
    return { calls, text: textOf(await client.messages.create({ ...body, model: next, messages: turns })) };
  },
  async schema(model) {
    const answer = await client.messages.parse(ask(model, { output_config: { format: { type: 'json_schema', schema: answerSchema } } }));
    return answer.parsed_output ?? JSON.parse(textOf(answer));
  },
  async vision(model) {
    const content = [
      { type: 'text', text: question },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: onePixel } },
    ];
    return textOf(await client.messages.create(ask(model, { messages: [{ role: 'user', content }] })));
  },
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return ids;
  },
  kind: (err) =>
    kindByClass(err, [
      [Anthropic.RateLimitError, 'rate limit'],
      [Anthropic.AuthenticationError, 'unauthorised'],
      [Anthropic.NotFoundError, 'not found'],
      [Anthropic.InternalServerError, 'server error'],
    ]),
});

export const clients = [
  {
    name: 'Anthropic JS',
    package: '@anthropic-ai/sdk',
    finish: 'end_turn',
    lacks: { embeddings: 'Anthropic has no embeddings' },
    connect: (root, key) => messages(new Anthropic({ baseURL: root, apiKey: key, authToken: null, maxRetries: 0, timeout: 60_000 })),
  },
];
