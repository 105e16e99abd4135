// The portal's page: honest about being empty, and nothing of administration in it.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway } from "./gateway";

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

describe.each([
  ["en", "light", "Nothing is published here yet"],
  ["zh", "dark", "这里还没有发布任何内容"],
] as const)("%s, %s", (language, theme, words) => {
  test("says what it is for", async () => {
    const watched = await Watched.open(browser, { language, theme, viewport: { width: 390, height: 700 } });
    await watched.page.goto(`http://${gateway.portal}/`);
    await watched.page.getByRole("heading", { name: words }).waitFor();
    await watched.shot(`portal-${language}-${theme}`);
    expect(await watched.axe()).toEqual([]);
    expect(watched.wrong).toEqual([]);
    const code = await watched.page.evaluate(async () => {
      const names = performance.getEntriesByType("resource").map((entry) => entry.name);
      return (await Promise.all(names.map(async (name) => (await fetch(name)).text()))).join("\n");
    });
    expect(code).not.toMatch(/upstreams\.create|credentials\.|admin\.token/);
    await watched.close();
  });
});

test("assets of the administration are not there", async () => {
  const admin = await (await fetch(gateway.url)).text();
  const scripts = [...admin.matchAll(/assets\/(admin-[^"]+\.js)/g)].map((match) => match[1]);
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) {
    expect((await fetch(`http://${gateway.portal}/assets/${script}`)).status).toBe(404);
  }
  expect((await fetch(`http://${gateway.portal}/api/v1/upstreams`)).status).toBe(404);
});
