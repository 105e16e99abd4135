// What an administrator comes for: an outage that the page tells truthfully,
// and long work that goes on without the page.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway } from "./gateway";

let gateway: Gateway;
let browser: Browser;
let watched: Watched;
let secret: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  const who = await gateway.administrator();
  secret = await gateway.practice();
  browser = await openBrowser();
  watched = await Watched.open(browser);
  await watched.signIn(gateway.url, who);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

test("an outage is on Home while it lasts, and in the timeline for good", async () => {
  const { page } = watched;
  await watched.visit("/");
  await page.getByText("Serving normally").waitFor();
  for (let i = 0; i < 4; i++) expect((await gateway.chat(secret, "laddered")).status).toBe(200);
  // Nobody asks for it: the page hears of it.
  await page
    .getByText(/laddered is on its 2nd choice|hopeless has no target that can answer/)
    .first()
    .waitFor();
  await page.getByText(/laddered is on its 2nd choice, sim, since \d\d:\d\d$/).waitFor();
  const sentence = page.locator("[data-verdict] h2");
  expect(await sentence.innerText()).toMatch(/^hopeless has no target .* callers get 503 – and 2 more$/);
  await watched.shot("story-outage");

  await watched.visit("/upstreams/gone");
  const timeline = page.getByRole("list", { name: "Timeline" });
  await timeline.getByText("open", { exact: true }).first().waitFor();
  await timeline
    .getByText(/3 x connection refused/)
    .first()
    .waitFor();
  await watched.shot("story-timeline");

  // A restart forgets nothing of it.
  await gateway.stop("SIGKILL");
  await gateway.run();
  await page.getByText(/Lost contact/).waitFor({ state: "hidden", timeout: 20_000 });
  await timeline
    .getByText(/3 x connection refused/)
    .first()
    .waitFor();
  expect(watched.wrong.filter((what) => !what.includes("ERR_CONNECTION"))).toEqual([]);
});

test("figures count what callers got", async () => {
  const { page } = watched;
  for (let i = 0; i < 5; i++) await gateway.chat(secret, "fast");
  await watched.visit("/");
  const served = page.getByRole("definition").nth(1);
  await page.waitForFunction((element) => Number(element?.textContent) >= 9, await served.elementHandle());
  await page.getByRole("img", { name: /Calls over time/ }).waitFor();
  await watched.shot("story-figures");
});

test("testing all upstreams goes on without the page, and says which did not answer", async () => {
  const { page } = watched;
  await watched.visit("/upstreams");
  await page.getByRole("button", { name: "Test all" }).click();
  const card = page.locator('[data-job="upstreams.test"]').first();
  await card.waitFor();
  await page.reload();
  await page.locator('[data-job="upstreams.test"][data-state="done"]').first().waitFor();
  await card.getByText("1 of 2 upstreams did not answer.").waitFor();
  await card.getByText(/^gone/).waitFor();
  await watched.shot("story-jobs");
});

test("the walk over the audit chain reports what it found", async () => {
  const { page } = watched;
  await watched.visit("/settings?tab=audit");
  await page.getByRole("button", { name: "Verify the audit chain" }).click();
  await page.locator('[data-job="audit.verify"][data-state="done"]').first().waitFor();
  await page.getByText(/links are in place/).waitFor();
});
