// The official OpenAI SDK, both surfaces.
import OpenAI from 'openai';
import { answerSchema, kindByClass, onePixelUrl, question, result, system, toolNames, toolSchema, toolText } from './ask.js';

const connect = (root, key) => new OpenAI({ baseURL: `${root}/v1`, apiKey: key, maxRetries: 0, timeout: 60_000 });

const shared = (client) => ({
  async embed(model, texts) {
    return (await client.embeddings.create({ model, input: texts })).data.map((row) => row.embedding);
  },
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return ids;
  },
  kind: (err) =>
    kindByClass(err, [
      [OpenAI.RateLimitError, 'rate limit'],
      [OpenAI.AuthenticationError, 'unauthorised'],
      [OpenAI.NotFoundError, 'not found'],
      [OpenAI.InternalServerError, 'server error'],
    ]),
});

const ask = (model, more = {}) => ({
  model,
  messages: [
    { role: 'system', content: system },
    { role: 'user', content: question },
  ],
  ...more,
});

const chatAnswer = (answer, usage = answer.usage) => ({
  text: answer.choices[0].message.content,
  model: answer.model,
  finish: answer.choices[0].finish_reason,
  in: usage.prompt_tokens,
  out: usage.completion_tokens,
});

const chat = (client) => ({
  ...shared(client),
  chat: async (model) => chatAnswer(await client.chat.completions.create(ask(model))),
  async stream(model, seen, signal) {
    const stream = client.chat.completions.stream(ask(model, { stream_options: { include_usage: true } }), { signal });
    stream.on('content', seen);
    return chatAnswer(await stream.finalChatCompletion(), await stream.totalUsage());
  },
  async again(model) {
    const body = ask(model);
    const { message } = (await client.chat.completions.create(body)).choices[0];
    const messages = [...body.messages, message, { role: 'user', content: question }];
    return chatAnswer(await client.chat.completions.create({ ...body, messages })).text;
  },
  async tools(model, next) {
    const tools = toolNames.map((name) => ({ type: 'function', function: { name, description: toolText, parameters: toolSchema } }));
    const body = ask(model, { tools });
    const { message } = (await client.chat.completions.stream(body).finalChatCompletion()).choices[0];
    const calls = (message.tool_calls ?? []).map((c) => ({ id: c.id, name: c.function.name, args: c.function.arguments }));
    const results = calls.map((c) => ({ role: 'tool', tool_call_id: c.id, content: result }));
    const answer = await client.chat.completions.create({ ...body, model: next, messages: [...body.messages, message, ...results] });
    return { calls, text: answer.choices[0].message.content };
  },
  async schema(model) {
    const json_schema = { name: 'answer', strict: true, schema: answerSchema };
    const answer = await client.chat.completions.parse(ask(model, { response_format: { type: 'json_schema', json_schema } }));
    return answer.choices[0].message.parsed ?? JSON.parse(answer.choices[0].message.content);
  },
  async vision(model) {
    const content = [
      { type: 'text', text: question },
      { type: 'image_url', image_url: { url: onePixelUrl } },
    ];
    return chatAnswer(await client.chat.completions.create({ model, messages: [{ role: 'user', content }] })).text;
  },
});

const order = (model, more = {}) => ({ model, instructions: system, input: [{ role: 'user', content: question }], ...more });

const responseAnswer = (r) => ({
  text: r.output_text,
  model: r.model,
  finish: r.status,
  in: r.usage.input_tokens,
  out: r.usage.output_tokens,
});

const responses = (client) => ({
  ...shared(client),
  chat: async (model) => responseAnswer(await client.responses.create(order(model))),
  async stream(model, seen, signal) {
    const stream = client.responses.stream(order(model), { signal });
    stream.on('response.output_text.delta', seen);
    return responseAnswer(await stream.finalResponse());
  },
  async again(model) {
    const body = order(model);
    const { id, output } = await client.responses.create(body);
    await client.responses.create({ ...body, previous_response_id: id });
    return (await client.responses.create({ ...body, input: [...body.input, ...output, ...body.input] })).output_text;
  },
  async tools(model, next) {
    const tools = toolNames.map((name) => ({ type: 'function', name, description: toolText, parameters: toolSchema, strict: false }));
    const body = order(model, { tools });
    const { output } = await client.responses.stream(body).finalResponse();
    const calls = output.filter((item) => item.type === 'function_call').map((c) => ({ id: c.call_id, name: c.name, args: c.arguments }));
    const said = output.map(({ parsed_arguments: _, ...item }) => item);
    const results = calls.map((c) => ({ type: 'function_call_output', call_id: c.id, output: result }));
    const answer = await client.responses.create({ ...body, model: next, input: [...body.input, ...said, ...results] });
    return { calls, text: answer.output_text };
  },
  async schema(model) {
    const format = { type: 'json_schema', name: 'answer', strict: true, schema: answerSchema };
    const answer = await client.responses.parse(order(model, { text: { format } }));
    return answer.output_parsed ?? JSON.parse(answer.output_text);
  },
  async vision(model) {
    const content = [
      { type: 'input_text', text: question },
      { type: 'input_image', image_url: onePixelUrl, detail: 'auto' },
    ];
    return (await client.responses.create({ model, input: [{ role: 'user', content }] })).output_text;
  },
});

export const clients = [
  { name: 'OpenAI JS, Chat Completions', package: 'openai', finish: 'stop', connect: (root, key) => chat(connect(root, key)) },
  { name: 'OpenAI JS, Responses', package: 'openai', finish: 'completed', connect: (root, key) => responses(connect(root, key)) },
];
