// What goes wrong, as the client's typed errors.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import { hello } from './features.js';
import { streamOutcome } from './outcome.js';

/** Asserts the class and the fields of the client's error, and that no key stands in it. */
async function raises(stage, promise, type, want) {
  await assert.rejects(promise, (err) => {
    assert.ok(err instanceof type, `${err.constructor.name}: ${err.message}`);
    for (const [field, value] of Object.entries(want)) assert.equal(err[field], value, `${field}: ${JSON.stringify(err.error)}`);
    const text = JSON.stringify(err.error ?? '') + err.message;
    assert.ok(!text.includes(stage.vendor_key) && !text.includes(stage.key), 'a key stands in the error');
    return true;
  });
}

/** Defines the tests of what does not work. */
export function errors(stage, client) {
  const chat = (body, c = client) => c.chat.completions.create(body);
  const ok = 'dev-openai-ok';
  describe('refused requests', () => {
    test('no key', () => {
      const keyless = new OpenAI({ baseURL: stage.base_url, apiKey: 'x', maxRetries: 0, defaultHeaders: { authorization: null } });
      return raises(stage, chat(hello(ok), keyless), OpenAI.AuthenticationError, { status: 401, code: 'missing_key', type: 'authentication_error' });
    });
    test('a wrong key', () => {
      const wrong = new OpenAI({ baseURL: stage.base_url, apiKey: 'hw_wrong', maxRetries: 0 });
      return raises(stage, chat(hello(ok), wrong), OpenAI.AuthenticationError, { status: 401, code: 'invalid_key' });
    });
    test('an unknown model', () =>
      raises(stage, chat(hello('no-such-model')), OpenAI.NotFoundError, { status: 404, code: 'unknown_model', param: 'model' }));
    test('a model of another app', () => {
      const narrow = new OpenAI({ baseURL: stage.base_url, apiKey: stage.narrow_key, maxRetries: 0 });
      return raises(stage, chat(hello('dev-openai-tool'), narrow), OpenAI.NotFoundError, { status: 404, code: 'unknown_model' });
    });
    test('a parameter of the wrong type', () =>
      raises(stage, chat({ model: ok, messages: [], stream: 'yes' }), OpenAI.BadRequestError, { status: 400, param: 'stream' }));
    test('a parameter the other dialect cannot read', () =>
      raises(stage, chat({ model: 'dev-anthropic-ok', messages: 'hello' }), OpenAI.BadRequestError, { status: 400, param: 'messages' }));
    test('embeddings of an Anthropic upstream', () =>
      raises(stage, client.embeddings.create({ model: 'dev-anthropic-ok', input: 'one' }), OpenAI.BadRequestError, { status: 400, code: 'unsupported' }));
    test('an unknown model to retrieve', () => raises(stage, client.models.retrieve('nothing'), OpenAI.NotFoundError, { status: 404 }));
  });
  const rows = [
    ['rate.retry-7', OpenAI.RateLimitError, { type: 'rate_limit_error' }],
    ['server', OpenAI.InternalServerError, { type: 'server_error' }],
    ['overloaded', OpenAI.InternalServerError, { type: 'server_error' }],
    ['cut', OpenAI.InternalServerError, { type: 'server_error' }],
    ['badjson', OpenAI.InternalServerError, { type: 'server_error' }],
    ['auth', OpenAI.InternalServerError, { type: 'server_error', status: 502 }],
    ['quota', OpenAI.InternalServerError, { type: 'server_error', status: 502 }],
    ['context', OpenAI.BadRequestError, { status: 400 }],
    ['policy', OpenAI.BadRequestError, { status: 400 }],
    ['bad-request', OpenAI.BadRequestError, { status: 400 }],
  ];
  for (const dialect of ['openai', 'anthropic']) {
    describe(`faults of an upstream, ${dialect}`, () => {
      for (const [fault, type, want] of rows) {
        test(fault, () => raises(stage, chat(hello(`dev-${dialect}-${fault}`)), type, want));
        if (fault === 'badjson') continue; // streamed, it breaks the second event: see below
        test(`${fault} streamed`, () => raises(stage, chat(hello(`dev-${dialect}-${fault}`, { stream: true })), type, want));
      }
      for (const fault of ['badjson', 'cut-after-2', 'noend', 'error-in-stream-after-2']) {
        test(`${fault} ends the stream with an error`, () =>
          raises(stage, chat(hello(`dev-${dialect}-${fault}`, { stream: true })).then(streamOutcome), OpenAI.APIError, {}));
      }
    });
  }
}
