// The scenery of the suite: the Go command ../cmd/stage starts the replay, the
// test upstream and the gateway, describes them in one line and serves until
// its standard input is closed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

/**
 * Starts the stage, with -matrix that of the matrix; resolves to its description with a close function, or to null
 * where nothing can be replayed.
 */
export async function openStage(...options) {
  if (options.length === 0 && !process.env.HEADWATER_TESTDATA) return null;
  const command = process.env.HEADWATER_STAGE ? [process.env.HEADWATER_STAGE] : ['go', 'run', './cmd/stage'];
  const child = spawn(command[0], [...command.slice(1), ...options], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const stage = JSON.parse(line);
    stage.close = async () => {
      child.stdin.end();
      await ended;
    };
    return stage;
  }
  throw new Error(`the stage ended with code ${await ended} before it was ready`);
}
