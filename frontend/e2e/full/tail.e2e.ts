// The live tail under load: fifty thousand rows held, five hundred more every
// second for a minute. Frames are counted by the page itself; the memory is
// what is left after a collection.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "../browser";
import { Gateway, until } from "../gateway";
import { load } from "../load";
import { framesWatched, heap, watchFrames } from "../measure";

const rows = 50_000;
const rate = 500;
const seconds = 60;
/** A gap between two frames that a person would see as a hitch. */
const longestFrame = 100;

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

test("fifty thousand rows at five hundred a second", { timeout: 400_000 }, async () => {
  const who = await gateway.administrator();
  const secret = await gateway.practice();
  const watched = await Watched.open(browser);
  const { page } = watched;
  await watched.signIn(gateway.url, who);
  await gateway.chat(secret);
  await watched.visit("/calls");
  const table = page.getByRole("table").first();
  await table.waitFor();
  const held = async () => Number(await table.getAttribute("aria-rowcount"));

  const filling = load(gateway.data, secret, 1200);
  await until("the tail to be full", async () => (await held()) >= rows, 240_000);
  await filling.stop();

  const cdp = await watched.context.newCDPSession(page);
  const before = await heap(cdp);
  const steady = load(gateway.data, secret, rate);
  await watchFrames(page);
  await new Promise((later) => setTimeout(later, seconds * 1000));
  const { gaps, tasks } = await framesWatched(page);
  await steady.stop();
  const after = await heap(cdp);
  const long = gaps.filter((gap) => gap > longestFrame);
  const noticed = gaps.flatMap((gap, i) => (gap > 50 ? [`${gap.toFixed(0)} ms at frame ${i}`] : []));
  const lost = await page.getByText(/went by too fast/).count();
  process.stdout.write(
    `tail: ${await held()} rows held, ${steady.answered()} calls in ${seconds} s, ${gaps.length} frames, ` +
      `longest ${Math.max(...gaps).toFixed(0)} ms, over ${longestFrame} ms: ${long.length}, ` +
      `gaps over 50 ms: ${noticed.join(", ") || "none"}, long tasks of the page: ${tasks.join(", ") || "none"}, ` +
      `heap ${before.toFixed(1)} -> ${after.toFixed(1)} MiB, lost notices ${lost}\n`,
  );
  await watched.shot("tail-full");
  expect(steady.failed()).toBe(0);
  expect(steady.answered()).toBeGreaterThan(rate * seconds * 0.95);
  expect(long, `gaps of more than ${longestFrame} ms`).toEqual([]);
  expect(after).toBeLessThan(before * 1.15 + 5);
  expect(watched.wrong).toEqual([]);
});
