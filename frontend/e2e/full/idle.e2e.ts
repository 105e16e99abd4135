// A page that somebody leaves open while a drill runs: it must follow what
// happens and cost next to nothing meanwhile.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "../browser";
import { Gateway } from "../gateway";
import { load } from "../load";
import { busy, cpu, spell, type Traffic, Wire } from "../measure";

const seconds = 30;
/** Calls a second, of which the drill's route has all. */
const rate = 5;

let gateway: Gateway;
let browser: Browser;
let secret: string;
let watched: Watched;
let wire: Wire;

beforeAll(async () => {
  gateway = await Gateway.start();
  const who = await gateway.administrator();
  secret = await gateway.practice();
  browser = await openBrowser();
  watched = await Watched.open(browser);
  wire = new Wire(watched.page);
  await watched.signIn(gateway.url, who);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

interface Cost {
  /** Share of a core that the page's own thread takes, and the service. */
  page: number;
  service: number;
  /** How many times something on the page was changed. */
  changes: number;
  reads: Map<string, Traffic>;
}

async function cost(path: string): Promise<Cost> {
  const { page } = watched;
  await watched.visit(path);
  await page.waitForTimeout(3000);
  const cdp = await watched.context.newCDPSession(page);
  wire.take();
  await page.evaluate(() => {
    const w = window as typeof window & { changed: number; watching: MutationObserver };
    w.changed = 0;
    w.watching = new MutationObserver(() => {
      w.changed++;
    });
    w.watching.observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
  const [worked, spent] = [await busy(cdp), cpu(gateway.pid)];
  await page.waitForTimeout(seconds * 1000);
  const changes = await page.evaluate(() => {
    const w = window as typeof window & { changed: number; watching: MutationObserver };
    w.watching.disconnect();
    return w.changed;
  });
  const found = {
    page: (100 * ((await busy(cdp)) - worked)) / seconds,
    service: (100 * (cpu(gateway.pid) - spent)) / seconds,
    changes,
    reads: wire.take(),
  };
  await cdp.detach();
  process.stdout.write(
    `${path}: page ${found.page.toFixed(1)} %, service ${found.service.toFixed(1)} %, changed ${changes} x; ${spell(found.reads)}\n`,
  );
  return found;
}

test("pages with a running drill are read and drawn about once a second, not more", {
  timeout: 300_000,
}, async () => {
  const calls = load(gateway.data, secret, rate);
  const quiet = await cost("/");
  const { id } = await gateway.api<{ id: string }>("POST", "/drills", {
    upstreams: ["sim"],
    fault: "error_500",
    scope: { route: "fast" },
    percent: 30,
    duration_s: 600,
  });
  const home = await cost("/");
  const list = await cost("/drills");
  const one = await cost(`/drills/${id}`);
  await gateway.api("POST", `/drills/${id}/abort`, {});
  await calls.stop();
  for (const [what, found] of Object.entries({ quiet, home, list, one })) {
    expect(found.page, `${what}: busy`).toBeLessThan(10);
    // A drill has three clocks: the time that is left, the time that has passed, and its figures.
    expect(found.changes, `${what}: drawn`).toBeLessThan(4 * seconds);
    for (const [operation, { asked }] of found.reads) {
      expect(asked, `${what}: ${operation}`).toBeLessThanOrEqual(1.1 * seconds);
    }
  }
  expect(watched.wrong).toEqual([]);
});
