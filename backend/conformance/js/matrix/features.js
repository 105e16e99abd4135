// The checks of the matrix, the same for every client.
import assert from 'node:assert/strict';
import { eightWords, toolNames } from './ask.js';

/** Compares an answer with what the model that is well says. */
function judge(got, { client, target }) {
  const want = { text: eightWords, finish: client.finish, out: 8 };
  // Some frameworks hide which model answered.
  if (got.model !== undefined) want.model = target.models.ok;
  const { in: input, ...rest } = got;
  if (client.countsStart && rest.out === want.out + 1) rest.out = want.out;
  assert.deepEqual({ model: want.model, ...rest }, { model: want.model, ...want });
  assert.ok(input > 0, `${input} tokens of input`);
}

const chat = async (exam) => judge(await exam.caller.chat(exam.target.models.ok), exam);

async function stream(exam) {
  let pieces = 0;
  const got = await exam.caller.stream(exam.target.models.ok, () => pieces++);
  assert.ok(pieces > 1, `the text came in ${pieces} piece`);
  judge(got, exam);
}

async function again({ caller, target }) {
  assert.equal(await caller.again(target.models.ok), eightWords, 'the second text');
}

async function tools({ client, caller, target }) {
  const { calls, text } = await caller.tools(target.models.tools, target.models.ok);
  assert.deepEqual(calls.map((c) => c.name), toolNames);
  for (const call of calls) assert.equal(typeof JSON.parse(call.args).city, 'string', `the arguments are ${call.args}`);
  const ids = new Set(calls.map((c) => c.id));
  if (!client.noIds) assert.ok(ids.size === calls.length && !ids.has(undefined) && !ids.has(''), `the ids are ${[...ids]}`);
  assert.equal(text, eightWords, 'the text after the results');
}

async function schema({ caller, target }) {
  const got = await caller.schema(target.models.schema);
  assert.deepEqual(Object.keys(got).sort(), ['age', 'name', 'tags'], JSON.stringify(got));
  const right = typeof got.name === 'string' && Number.isInteger(got.age) && Array.isArray(got.tags);
  assert.ok(right, `${JSON.stringify(got)} does not satisfy the schema`);
}

async function vision({ caller, target }) {
  assert.match(await caller.vision(target.models.vision), /^images 1/);
}

async function embeddings({ caller, target }) {
  const vectors = await caller.embed(target.models.embed, ['one', 'two']);
  assert.equal(vectors.length, 2);
  assert.ok(vectors[0].length > 0 && vectors[0].length === vectors[1].length);
  assert.notDeepEqual(vectors[0], vectors[1]);
}

async function errors({ client, caller, target }) {
  const wrong = client.connect(target.root, target.wrong_key);
  const rows = [
    [caller, 'rate', 'rate limit'],
    [wrong, 'ok', 'unauthorised'],
    [caller, 'missing', 'not found'],
    [caller, 'server', 'server error'],
  ];
  const bad = [];
  for (const [who, model, want] of rows) {
    const forms = { plain: who.chat, streamed: (name) => who.stream(name, () => {}) };
    for (const [form, call] of Object.entries(forms)) {
      const err = await call(target.models[model]).then(() => null, (e) => e);
      const got = err === null ? 'no error' : who.kind(err);
      if (got !== want) bad.push(`${want}, ${form}: ${got}: ${err?.name}: ${err?.message}`);
    }
  }
  assert.deepEqual(bad, []);
}

// Far less than the eight seconds that the stream would take.
const abortWait = 5000;

async function abort(exam) {
  const { caller, target } = exam;
  const controller = new AbortController();
  let pieces = 0;
  const began = Date.now();
  const seen = () => {
    if (++pieces === 3) controller.abort();
  };
  const err = await caller.stream(target.models.long, seen, controller.signal).then(() => null, (e) => e);
  assert.ok(err !== null, 'the aborted stream ended as if it were whole');
  assert.ok(pieces >= 3, `before the abort: ${err}`);
  assert.ok(pieces < 100 && Date.now() - began < abortWait, `${pieces} pieces in ${Date.now() - began} ms after the abort`);
  await chat(exam);
}

async function models({ caller, target }) {
  const names = (await caller.models()).map((name) => name.replace(/^models\//, ''));
  const wanted = [target.models.ok, `${target.models.ok}:latest`];
  assert.ok(names.some((name) => wanted.includes(name)), `${target.models.ok} is not among ${names.length} models`);
}

export const features = {
  chat,
  streaming: stream,
  'second turn': again,
  'parallel tools': tools,
  'JSON schema': schema,
  vision,
  embeddings,
  'typed errors': errors,
  abort,
  'model list': models,
};
