// Every client for JavaScript against every kind of upstream. One file,
// because node runs files as processes and one stage serves them all.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { features } from './matrix/features.js';
import * as anthropic from './matrix/anthropic.js';
import * as genai from './matrix/genai.js';
import * as langchain from './matrix/langchain.js';
import * as ollama from './matrix/ollama.js';
import * as openai from './matrix/openai.js';
import * as vercel from './matrix/vercel.js';
import { openStage } from './stage.js';

const clients = [openai, anthropic, genai, ollama, vercel, langchain].flatMap((m) => m.clients);
const stage = await openStage('-matrix');
const rows = [];

const versionOf = (name) =>
  `${name} ${JSON.parse(fs.readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version}`;

/** The reason for a cell in the checked-in notes, undefined when there is none. */
function find(notes, client, outbound, feature) {
  const among = (list, name) => !list?.length || list.includes(name);
  return (notes ?? []).find((n) => n.feature === feature && among(n.clients, client) && among(n.outbounds, outbound))?.why;
}

/**
 * Runs a check. A promise that the client leaves unhandled ends an application, so it counts against the cell; the
 * runner, which would see to it otherwise, is kept out meanwhile.
 */
async function guarded(check, exam) {
  const others = process.listeners('unhandledRejection');
  const left = [];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (err) => left.push(err));
  try {
    await check(exam);
    await new Promise((resolve) => setTimeout(resolve, 1));
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  }
  if (left.length > 0) throw new Error(`a promise is left unhandled: ${left[0]?.message}`);
}

async function cellOf(exam, feature, check) {
  const { client, target } = exam;
  const cell = { outbound: target.name, feature, state: 'green' };
  const lacking = client.lacks?.[feature] ?? find(stage.notes.absent, client.name, target.name, feature);
  if (lacking) return { ...cell, state: 'absent', detail: lacking };
  try {
    await guarded(check, exam);
    return cell;
  } catch (err) {
    return { ...cell, state: 'red', detail: `${err.name}: ${err.message}` };
  }
}

function define(client, row, target) {
  const exam = { client, target, caller: client.connect(target.root, target.key) };
  for (const [feature, check] of Object.entries(features)) {
    test(feature, { timeout: 60_000 }, async (t) => {
      const cell = await cellOf(exam, feature, check);
      row.cells.push(cell);
      const why = find(stage.notes.explained, client.name, target.name, feature);
      if (cell.state === 'absent') t.skip(`not applicable: ${cell.detail}`);
      else if (cell.state === 'red' && why) t.skip(`explained: ${why}`);
      else if (cell.state === 'red') throw new Error(cell.detail);
      else if (why) throw new Error('is green now, take it out of matrix.json');
    });
  }
}

for (const client of clients) {
  const sdk = [client.package, client.with].filter(Boolean).map(versionOf).join(', ');
  const row = { client: client.name, sdk: `${sdk} (npm)`, headwater: stage.version, cells: [] };
  rows.push(row);
  describe(client.name, () => {
    for (const target of stage.targets) describe(target.name, () => define(client, row, target));
  });
}

// The share, in percent, that must be green however well the others are explained.
const leastGreen = 95;
describe('the matrix as a whole', () => {
  test(`at least ${leastGreen} % are green`, () => {
    const cells = rows.flatMap((row) => row.cells).filter((c) => c.outbound !== 'direct' && c.state !== 'absent');
    const green = cells.filter((c) => c.state === 'green').length;
    const share = (100 * green) / Math.max(cells.length, 1);
    console.log(`JS matrix: green ${green} of ${cells.length} (${share.toFixed(2)} %)`);
    assert.ok(share >= leastGreen, `${share.toFixed(2)} %`);
  });
});

after(async () => {
  const folder = process.env.HEADWATER_CONFORMANCE_OUT;
  if (folder) fs.writeFileSync(path.join(folder, 'matrix-js.json'), JSON.stringify(rows, null, 1));
  await stage.close();
});
