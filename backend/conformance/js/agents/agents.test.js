// Coding agents through the real gateway: one that speaks Anthropic Messages,
// one that speaks OpenAI Responses. Each writes a file with a tool, told so by
// a vendor that speaks neither, and answers once with every kind of
// upstream. They get an environment and a home of their own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eightWords } from '../matrix/ask.js';
import { openStage } from '../stage.js';
import { startVendor } from './vendor.js';

const proof = 'written-by-an-agent';
const vendor = await startVendor(`echo ${proof} > proof.txt && cat proof.txt`);
const stage = await openStage('-matrix', '-agents', vendor.url);
const gateways = stage.targets.filter((target) => target.name !== 'direct');

const agents = [
  {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    speaks: 'Anthropic Messages',
    command: 'claude',
    args: (model, task) => ['-p', task, '--model', model, '--allowedTools', 'Bash'],
    env: ({ root, key }, model) => ({
      ANTHROPIC_BASE_URL: root,
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_SMALL_FAST_MODEL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    }),
  },
  {
    name: 'Codex',
    package: '@openai/codex',
    speaks: 'OpenAI Responses',
    command: 'codex',
    // Its sandbox needs rights that a container may not have; what runs is the vendor's one command, in a folder of its own.
    args: (model, task, { root }) => [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      ...['-m', model, '-c', 'model_provider="headwater"'],
      ...['-c', `model_providers.headwater={name="Headwater",base_url="${root}/v1",env_key="HEADWATER_KEY",wire_api="responses"}`],
      task,
    ],
    env: ({ key }) => ({ HEADWATER_KEY: key }),
  },
];

/** Runs an agent in an empty folder; resolves to what it printed and the folder's files. */
async function run(agent, target, model, task) {
  const room = fs.mkdtempSync(path.join(os.tmpdir(), 'headwater-agent-'));
  const [home, work] = ['home', 'work'].map((name) => path.join(room, name));
  for (const folder of [home, work]) fs.mkdirSync(folder);
  const program = fileURLToPath(new URL(`node_modules/.bin/${agent.command}`, import.meta.url));
  const child = spawn(program, agent.args(model, task, target), {
    cwd: work,
    env: { PATH: process.env.PATH, HOME: home, TERM: 'dumb', ...agent.env(target, model) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => (said.out += text));
  child.stderr.on('data', (text) => (said.err += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const files = Object.fromEntries(fs.readdirSync(work).map((name) => [name, fs.readFileSync(path.join(work, name), 'utf8')]));
  fs.rmSync(room, { recursive: true, force: true });
  assert.equal(code, 0, `${said.out}\n${said.err.slice(-2000)}`);
  return { text: said.out, files };
}

const results = [];

for (const agent of agents) {
  const manifest = new URL(`node_modules/${agent.package}/package.json`, import.meta.url);
  const { version } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  const result = { agent: agent.name, sdk: `${agent.package} ${version} (npm)`, speaks: agent.speaks, task: false, answers: [] };
  results.push(result);
  describe(agent.name, () => {
    test('writes a file with a tool', async () => {
      const before = vendor.requests.length;
      const { text, files } = await run(agent, gateways[0], 'agent', 'Write the file proof.txt.');
      assert.equal(files['proof.txt']?.trim(), proof);
      assert.ok(text.includes(proof), `the last answer is ${text}`);
      assert.ok(vendor.requests.length - before >= 2);
      result.task = true;
    });
    for (const target of gateways) {
      test(`answers with an upstream of ${target.name}`, async () => {
        const { text } = await run(agent, target, target.models.ok, 'Say eight words.');
        assert.ok(text.includes(eightWords), text);
        result.answers.push(target.name);
      });
    }
  });
}

after(async () => {
  const folder = process.env.HEADWATER_CONFORMANCE_OUT;
  if (folder) fs.writeFileSync(path.join(folder, 'agents.json'), JSON.stringify(results, null, 1));
  vendor.close();
  await stage.close();
});
