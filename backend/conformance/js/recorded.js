// Every recording through the gateway, compared with the recording's facts.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { differences, embeddingsOutcome, plainOutcome, streamOutcome } from './outcome.js';

const leastShare = 99;

async function ask(client, c) {
  try {
    if (c.endpoint === 'embeddings') {
      // Without a format the client asks for base64 and unpacks it; the
      // recordings were made with what their requests say.
      return embeddingsOutcome(await client.embeddings.create({ encoding_format: 'float', ...c.body }));
    }
    if (c.stream) return await streamOutcome(await client.chat.completions.create(c.body));
    return plainOutcome(await client.chat.completions.create(c.body));
  } catch (err) {
    return { failed: true, error_text: `${err.constructor.name}: ${err.message}` };
  }
}

/** Counts of the run by kind, and what differed. */
class Result {
  rows = new Map();
  differences = [];

  count(kind, c, diffs, why) {
    const row = this.rows.get(kind) ?? { kind, equal: 0, of: 0 };
    this.rows.set(kind, row);
    row.of++;
    if (diffs.length === 0) row.equal++;
    else this.differences.push({ id: c.id, provider: c.provider, kind, diffs, why });
  }

  total() {
    let [equal, of] = [0, 0];
    for (const row of this.rows.values()) [equal, of] = [equal + row.equal, of + row.of];
    return { equal, of, share: of ? (100 * equal) / of : 0 };
  }

  save(stage, sdk) {
    const folder = process.env.HEADWATER_CONFORMANCE_OUT;
    if (!folder) return;
    const rows = [...this.rows.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
    const text = JSON.stringify({ client: 'js', sdk, headwater: stage.version, rows, differences: this.differences }, null, 1);
    fs.writeFileSync(path.join(folder, 'js.json'), text);
  }
}

/** Defines one test per recording. */
export function recorded(stage, client, sdk) {
  const result = new Result();
  describe('recorded traffic', { concurrency: 4 }, () => {
    for (const c of stage.cases) {
      const kind = stage.kinds[c.id];
      test(`${kind} ${c.id}`, async (t) => {
        const diffs = differences(c.want, await ask(client, c));
        const why = stage.explained[c.id];
        result.count(kind, c, diffs, why);
        if (diffs.length > 0 && why) return t.skip(`explained: ${why}`);
        assert.deepEqual(diffs, [], c.provider);
        assert.equal(why, undefined, 'is equal now, take it out of explained.json');
      });
    }
    after(() => {
      const { equal, of, share } = result.total();
      console.log(`JS SDK: equal ${equal} of ${of} (${share.toFixed(2)} %)`);
      result.save(stage, sdk);
    });
  });
  describe('recorded traffic as a whole', () => {
    test(`at least ${leastShare} % are equal`, () => {
      assert.ok(result.total().share >= leastShare, JSON.stringify(result.total()));
    });
  });
}
