// The official OpenAI SDK for JavaScript against the real gateway. One file,
// because node runs files as processes and one stage serves them all.
import fs from 'node:fs';
import { after, test } from 'node:test';
import OpenAI from 'openai';
import { errors } from './errors.js';
import { features } from './features.js';
import { recorded } from './recorded.js';
import { openStage } from './stage.js';

const stage = await openStage();
if (stage === null) {
  test('conformance', { skip: 'HEADWATER_TESTDATA is not set: nothing to replay' }, () => {});
} else {
  const manifest = new URL('node_modules/openai/package.json', import.meta.url);
  const sdk = `openai ${JSON.parse(fs.readFileSync(manifest, 'utf8')).version} (npm)`;
  const client = new OpenAI({ baseURL: stage.base_url, apiKey: stage.key, maxRetries: 0, timeout: 60_000 });
  recorded(stage, client, sdk);
  features(stage, client);
  errors(stage, client);
  after(() => stage.close());
}
