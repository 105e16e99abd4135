// The list of upstreams under a storm: five thousand of them, and forty changes
// of health every second. What is looked at must stay true and fluid, and cost
// the service little.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "../browser";
import { Gateway } from "../gateway";
import { load } from "../load";
import { busy, cpu, framesWatched, spell, Wire, watchFrames } from "../measure";

const count = 5000;
/** Calls a second; each changes the health of its upstream about twice. */
const rate = 25;
const seconds = 30;
/** A gap between two frames that a person would see as a hitch. */
const longestFrame = 100;

let vendor: Server;
let gateway: Gateway;
let browser: Browser;
let secret: string;
let who: { name: string; password: string };

/** A vendor of five thousand addresses, each of which is over its rate at every other call. */
function fickle(): Server {
  const calls = new Map<string, number>();
  const answer = JSON.stringify({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
  return createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const path = request.url ?? "";
      const nth = (calls.get(path) ?? 0) + 1;
      calls.set(path, nth);
      const refused = nth % 2 === 1;
      response.writeHead(refused ? 429 : 200, {
        "Content-Type": "application/json",
        ...(refused ? { "Retry-After": "1" } : {}),
      });
      response.end(
        refused ? JSON.stringify({ error: { message: "slow down", type: "rate_limit" } }) : answer,
      );
    });
  });
}

const padded = (i: number) => String(i).padStart(4, "0");

beforeAll(async () => {
  vendor = fickle();
  await new Promise<void>((ready) => vendor.listen(0, "127.0.0.1", ready));
  const { port } = vendor.address() as AddressInfo;
  gateway = await Gateway.start();
  who = await gateway.administrator();
  for (let from = 0; from < count; from += 1000) {
    const some = Array.from({ length: 1000 }, (_, i) => padded(from + i));
    await gateway.api("POST", "/config/apply", {
      yaml: [
        "tenants: [{name: acme}]",
        "apps: [{name: crm, tenant: acme, routes: ['*']}]",
        "upstreams:",
        ...some.map(
          (n) =>
            `  - {name: u-${n}, provider: openai-compatible, base_url: "http://127.0.0.1:${port}/${n}/v1", local: true, check: {kind: "off"}}`,
        ),
        "routes:",
        ...some.map((n) => `  - {name: r-${n}, tiers: [{targets: [{upstream: u-${n}, model: m}]}]}`),
      ].join("\n"),
    });
  }
  const key = await gateway.api<{ secret: string }>("POST", "/keys", {
    name: "k1",
    tenant: "acme",
    app: "crm",
  });
  secret = key.secret;
  browser = await openBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
  vendor?.close();
});

/** The number of the newest event of health. */
const newest = async () =>
  (await gateway.api<{ items: { id: number }[] }>("GET", "/health/history?limit=1")).items[0]?.id ?? 0;

/** The share of one core that the service has used while something went on. */
async function spent<T>(work: () => Promise<T>): Promise<[number, T]> {
  const [before, begun] = [cpu(gateway.pid), performance.now()];
  const result = await work();
  return [(100 * (cpu(gateway.pid) - before)) / ((performance.now() - begun) / 1000), result];
}

const pause = (ms: number) => new Promise<void>((later) => setTimeout(later, ms));

test("five thousand upstreams and forty changes a second", { timeout: 300_000 }, async () => {
  const watched = await Watched.open(browser);
  const { page } = watched;
  const wire = new Wire(page);
  let nth = 0;
  // The first three hundred change, one after another: those on the screen, and others.
  const storm = load(gateway.data, secret, rate, () => `r-${padded(nth++ % 300)}`);
  await pause(5000);
  const from = await newest();
  const [alone] = await spent(() => pause(10_000));
  const changes = ((await newest()) - from) / 10;

  await watched.signIn(gateway.url, who);
  await pause(3000);
  wire.take();
  const begun = Date.now();
  await watched.visit("/upstreams");
  const table = page.getByRole("table").first();
  await table.getByRole("row").nth(3).waitFor();
  const rows = Date.now() - begun;
  await table.getByRole("slider").nth(3).waitFor();
  const strips = Date.now() - begun;
  const first = wire.take();

  const cdp = await watched.context.newCDPSession(page);
  const worked = await busy(cdp);
  const [still] = await spent(() => pause(seconds * 1000));
  const resting = (100 * ((await busy(cdp)) - worked)) / seconds;
  const reads = wire.take();

  await watchFrames(page);
  const box = await table.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 200);
  for (let i = 0; i < 150; i++) {
    await page.mouse.wheel(0, 120);
    await pause(33);
  }
  const { gaps, tasks } = await framesWatched(page);
  const scrolled = wire.take();
  const long = gaps.filter((gap) => gap > longestFrame);
  process.stdout.write(
    `strips: ${changes.toFixed(0)} changes/s; first rows ${rows} ms, first strips ${strips} ms, for that ${spell(first)}\n` +
      `  service: ${alone.toFixed(1)} % of a core with nobody looking, ${still.toFixed(1)} % with the page open\n` +
      `  page: its thread busy ${resting.toFixed(1)} %; in ${seconds} s ${spell(reads)}\n` +
      `  scrolling: ${gaps.length} frames, longest ${Math.max(...gaps).toFixed(0)} ms, over ${longestFrame} ms: ${long.length}, ` +
      `long tasks ${tasks.join(", ") || "none"}; ${spell(scrolled)}\n`,
  );
  await watched.shot("strips-full");

  await storm.stop();
  expect(changes).toBeGreaterThan(rate * 1.6);
  expect(strips, "time to the first strips").toBeLessThan(5000);
  expect(still, "CPU of the service").toBeLessThan(alone + 15);
  expect(resting, "CPU of the page").toBeLessThan(15);
  expect(reads.get("health.list")?.asked).toBeLessThanOrEqual(1.1 * seconds);
  expect(reads.get("health.strip")?.asked).toBeLessThanOrEqual(seconds / 10 + 1);
  expect([...reads.values()].reduce((sum, one) => sum + one.bytes, 0) / seconds).toBeLessThan(100_000);
  // A machine that has other work drops some: nearly all of them must be in time.
  expect(long.length / gaps.length, `gaps of more than ${longestFrame} ms`).toBeLessThan(0.05);
  expect(watched.wrong).toEqual([]);
});
