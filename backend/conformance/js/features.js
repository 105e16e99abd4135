// What applications do with the client, against the test upstream in either dialect.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import { plainOutcome, sameArgs, streamOutcome } from './outcome.js';

const eightWords = 'word1 word2 word3 word4 word5 word6 word7 word8';
const onePixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const tools = [
  {
    type: 'function',
    function: {
      name: 'weather',
      description: 'Weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

export const hello = (model, more = {}) => ({
  model,
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Say eight words.' },
  ],
  ...more,
});

/** Defines the tests of what works. */
export function features(stage, client) {
  for (const dialect of ['openai', 'anthropic']) {
    const route = (model) => `dev-${dialect}-${model}`;
    describe(`features, ${dialect} upstream`, () => {
      plain(client, route);
      streamed(client, route);
      withTools(client, route);
      abort(client, route);
    });
  }
  describe('features', () => {
    embeddings(client);
    models(stage, client);
  });
}

function plain(client, route) {
  test('a plain chat', async () => {
    const { data, response } = await client.chat.completions.create(hello(route('ok'))).withResponse();
    const got = plainOutcome(data);
    assert.equal(got.text, eightWords);
    assert.equal(got.model, route('ok'));
    assert.equal(got.finish, 'stop');
    assert.equal(got.usage.out, 8);
    assert.equal(got.usage.total, got.usage.in + 8);
    assert.ok(response.headers.get('x-request-id'));
    assert.equal(data._request_id, response.headers.get('x-request-id'));
  });
  test('reasoning', async () => {
    const got = plainOutcome(await client.chat.completions.create(hello(route('reasoning'), { reasoning_effort: 'low' })));
    assert.equal(got.reasoning, 'word1 word2');
    assert.equal(got.text, eightWords);
  });
  test('an image and a JSON schema', async () => {
    const answer = await client.chat.completions.create({
      model: route('ok'),
      messages: [
        { role: 'developer', content: 'Describe.' },
        { role: 'user', content: [{ type: 'text', text: 'What?' }, { type: 'image_url', image_url: { url: onePixel } }] },
      ],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'answer',
          strict: true,
          schema: { type: 'object', properties: { w: { type: 'string' } }, required: ['w'], additionalProperties: false },
        },
      },
    });
    assert.equal(plainOutcome(answer).text, eightWords);
  });
}

function streamed(client, route) {
  test('a streamed chat with usage', async () => {
    const stream = client.chat.completions.stream(hello(route('ok'), { stream_options: { include_usage: true } }));
    let text = '';
    stream.on('content', (delta) => {
      text += delta;
    });
    const final = await stream.finalChatCompletion();
    assert.equal(text, eightWords);
    assert.equal(final.choices[0].message.content, eightWords);
    assert.equal(final.choices[0].finish_reason, 'stop');
    assert.equal((await stream.totalUsage()).completion_tokens, 8);
  });
  test('a streamed chat without usage', async () => {
    const got = await streamOutcome(await client.chat.completions.create(hello(route('ok'), { stream: true })));
    assert.equal(got.text, eightWords);
    assert.equal(got.model, route('ok'));
    assert.equal(got.usage, null);
  });
}

function withTools(client, route) {
  test('a tool call and its result', async () => {
    const body = hello(route('tool'), { tools });
    const first = await client.chat.completions.create(body);
    const got = plainOutcome(first);
    assert.equal(got.finish, 'tool_calls');
    assert.equal(got.calls.length, 1);
    assert.equal(got.calls[0].name, 'weather');
    assert.ok(sameArgs(got.calls[0].args, '{"city":"Vienna"}'));
    const messages = [
      ...body.messages,
      first.choices[0].message,
      { role: 'tool', tool_call_id: got.calls[0].id, content: '18 degrees, sunny' },
    ];
    const second = await client.chat.completions.create({ model: route('ok'), tools, messages });
    assert.equal(plainOutcome(second).text, eightWords);
  });
  test('a streamed tool call, run by the helper', async () => {
    const seen = [];
    const stream = client.chat.completions.stream(hello(route('tool'), { tools }));
    stream.on('tool_calls.function.arguments.done', (e) => seen.push(e));
    const final = await stream.finalChatCompletion();
    assert.equal(seen.length, 1);
    assert.equal(seen[0].name, 'weather');
    assert.ok(sameArgs(seen[0].arguments, '{"city":"Vienna"}'));
    assert.equal(final.choices[0].finish_reason, 'tool_calls');
  });
}

function abort(client, route) {
  test('an abort in the middle of a stream', async () => {
    const stream = await client.chat.completions.create(hello(route('tokens-400.gap-20ms'), { stream: true }));
    let seen = 0;
    for await (const _ of stream) {
      if (++seen === 3) stream.controller.abort();
    }
    assert.ok(seen < 200, `${seen} chunks`);
    assert.equal(plainOutcome(await client.chat.completions.create(hello(route('ok')))).text, eightWords);
  });
  test('twenty streams at once', async () => {
    const ask = async () => streamOutcome(await client.chat.completions.create(hello(route('ok'), { stream: true })));
    for (const got of await Promise.all(Array.from({ length: 20 }, ask))) assert.equal(got.text, eightWords);
  });
}

function embeddings(client) {
  test('embeddings in the default format', async () => {
    const answer = await client.embeddings.create({ model: 'dev-openai-ok', input: ['one', 'two'] });
    assert.equal(answer.data.length, 2);
    assert.ok(answer.data[0].embedding.length > 0);
    assert.equal(typeof answer.data[0].embedding[0], 'number');
    const floats = await client.embeddings.create({ model: 'dev-openai-ok', input: ['one', 'two'], encoding_format: 'float' });
    assert.equal(floats.data[1].embedding.length, answer.data[1].embedding.length);
    assert.ok(Math.abs(floats.data[1].embedding[0] - answer.data[1].embedding[0]) < 1e-6);
  });
}

function models(stage, client) {
  test('the model list', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes('dev-anthropic-ok'));
    assert.ok(ids.length > stage.cases.length);
    assert.equal((await client.models.retrieve('dev-openai-ok')).object, 'model');
    const narrow = new OpenAI({ baseURL: stage.base_url, apiKey: stage.narrow_key, maxRetries: 0 });
    assert.deepEqual((await narrow.models.list()).data.map((m) => m.id), ['dev-openai-ok']);
  });
}
