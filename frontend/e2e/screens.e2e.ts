// Every screen, in both languages and both themes: nothing against the policy,
// no request off this machine, no serious accessibility finding, one heading,
// and nothing wider than the window at the smallest size.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway, until } from "./gateway";

const screens = {
  home: "/",
  upstreams: "/upstreams",
  upstream: "/upstreams/gone",
  routes: "/routes",
  resting: "/upstreams/resting",
  route: "/routes/laddered",
  kinds: "/routes/kinds",
  catalogue: "/catalogue",
  model: "/catalogue?model=openai%2Fgpt-4o-mini",
  ownmodel: "/catalogue?new=1",
  refreshcatalogue: "/catalogue?refresh=1",
  apps: "/apps",
  app: "/apps/acme/crm",
  calls: "/calls",
  console: "/console",
  rawconsole: "/console?tab=raw",
  drills: "/drills",
  startdrill: "/drills?new=1",
  settings: "/settings",
  members: "/settings?tab=members",
  configuration: "/settings?tab=config",
  audit: "/settings?tab=audit",
  about: "/settings?tab=about",
  jobs: "/upstreams?jobs=1",
  connect: "/upstreams?new=1",
  makeroute: "/routes?new=1",
  addapp: "/apps?new=1",
  editupstream: "/upstreams/resting?edit=1",
  certify: "/upstreams/sim?certify=1",
  editroute: "/routes/kinds?edit=1",
  editapp: "/apps/acme/crm?edit=1",
  nowhere: "/no-such-screen",
};

let gateway: Gateway;
let browser: Browser;
let who: { name: string; password: string };
let callId = "";
let recordId = "";

beforeAll(async () => {
  gateway = await Gateway.start();
  who = await gateway.administrator();
  const secret = await gateway.practice();
  // Enough failures for an open breaker, a route on its second choice and one that nobody answers.
  for (const model of ["fast", "laddered", "laddered", "hopeless", "laddered", "missing", "kinds"]) {
    await gateway.chat(secret, model);
  }
  await gateway.chat(secret, "kinds", "Later", { Prefer: "respond-async" });
  await gateway.api("POST", "/upstreams", {
    name: "resting",
    provider: "openai-compatible",
    base_url: "http://127.0.0.1:9/v1",
    local: true,
    state: "maintenance",
    maintenance_until: new Date(Date.now() + 3_600_000).toISOString(),
    health: { trip_failures: 5 },
    check: { kind: "http", path: "/health" },
  });
  for (const kind of ["audit.verify", "upstreams.test"]) await gateway.api("POST", "/jobs", { kind });
  const calls = await gateway.api<{ items: { id: string; asked: string }[] }>("GET", "/calls?model=laddered");
  callId = calls.items[0]?.id ?? "";
  expect(callId, "the call that was just made is in the log").not.toBe("");
  await gateway.api("POST", "/upstreams/sim/certify", { model: "practice" });
  recordId = await until("the live checks", async () => {
    const list = await gateway.api<{ items: { id: string }[] }>("GET", "/capabilities?upstream=sim");
    return list.items[0]?.id;
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

for (const language of ["en", "zh"] as const) {
  for (const theme of ["light", "dark"] as const) {
    describe(`${language}, ${theme}`, () => {
      let watched: Watched;
      beforeAll(async () => {
        watched = await Watched.open(browser, { language, theme });
        await watched.signIn(gateway.url, who);
      });
      afterAll(() => watched?.close());

      test.each(Object.entries({ ...screens, call: "", report: "" }))("%s", async (name, path) => {
        const later = { call: `/calls?call=${callId}`, report: `/upstreams/sim?report=${recordId}` };
        await watched.visit(name === "call" || name === "report" ? later[name] : path);
        await watched.page.waitForTimeout(250);
        if (name === "call") await watched.page.getByText(callId).waitFor();
        if (name === "report") await watched.page.locator(`[data-record="${recordId}"]`).waitFor();
        await watched.shot(`${name}-${language}-${theme}`);
        expect(await watched.axe()).toEqual([]);
        expect(await watched.page.locator("h1").count()).toBe(1);
        expect(watched.wrong.splice(0)).toEqual([]);
        const text = await watched.page.locator("body").innerText();
        // A key that has no text shows as itself, a placeholder as braces.
        expect(text).not.toMatch(/\{\{|undefined|\[object|NaN/);
      });
    });
  }
}

describe("size", () => {
  test.each([
    ["1024x640", { width: 1024, height: 640 }],
    // 200 % zoom of the smallest window.
    ["zoomed", { width: 512, height: 320 }],
  ])("%s has nothing to scroll sideways", async (label, viewport) => {
    const watched = await Watched.open(browser, { viewport });
    await watched.signIn(gateway.url, who);
    for (const [name, path] of Object.entries(screens)) {
      await watched.visit(path);
      await watched.shot(`${name}-${label}`);
      expect(await watched.overflow(), name).toBeLessThanOrEqual(0);
    }
    await watched.close();
  });
});
