// Upstreams in and out of use, and ladders of every kind of tier: what the page
// says of them is what callers get.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway, until } from "./gateway";

let gateway: Gateway;
let browser: Browser;
let watched: Watched;
let secret: string;

interface Tier {
  kind?: string;
}

beforeAll(async () => {
  gateway = await Gateway.start();
  const who = await gateway.administrator();
  secret = await gateway.practice();
  browser = await openBrowser();
  watched = await Watched.open(browser, { viewport: { width: 1024, height: 640 } });
  await watched.signIn(gateway.url, who);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

const order = async () => {
  const { tiers } = await gateway.api<{ tiers: Tier[] }>("GET", "/routes/kinds");
  return tiers.map((tier) => tier.kind ?? "targets").join(" ");
};

test("a drained upstream gets no call until it is resumed, and Home says what that means", async () => {
  const { page } = watched;
  expect((await gateway.chat(secret, "fast")).status).toBe(200);
  await watched.visit("/upstreams/sim");
  await page.getByRole("button", { name: "Take out of use" }).click();
  await watched.shot("ladders-menu");
  expect(await watched.axe()).toEqual([]);
  await page.getByRole("menuitem", { name: /^Drain/ }).click();
  await page.getByText(/No new call begins here.*No call is under way any more/).waitFor();
  await watched.shot("ladders-drained");
  expect((await gateway.chat(secret, "fast")).status).toBe(503);

  await watched.visit("/");
  await page.getByText(/fast has no target that can answer; callers get 503/).waitFor();
  await page.locator("[data-verdict] a", { hasText: "fast" }).first().click();
  await page.getByRole("heading", { level: 1, name: "fast" }).waitFor();
  await page.getByRole("group", { name: /^sim, practice.*draining/ }).waitFor();

  await watched.visit("/upstreams/sim");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor({ state: "detached" });
  expect((await gateway.chat(secret, "fast")).status).toBe(200);
});

test("maintenance has an end, which callers are told", async () => {
  const { page } = watched;
  await watched.visit("/upstreams");
  await page.getByRole("button", { name: "In or out of use: sim" }).click();
  await page.getByRole("menuitem", { name: /^Maintenance/ }).click();
  await page.getByRole("radio", { name: "4 hours" }).check();
  await watched.shot("ladders-maintenance");
  expect(await watched.axe()).toEqual([]);
  await page.getByRole("button", { name: "Begin maintenance" }).click();
  await page.getByRole("table").getByText("in maintenance").waitFor();
  const answer = await gateway.chat(secret, "fast");
  expect(answer.status).toBe(503);
  const wait = Number(answer.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(3.9 * 3600);
  expect(wait).toBeLessThanOrEqual(4 * 3600);
  await page.getByRole("button", { name: "In or out of use: sim" }).click();
  await page.getByRole("menuitem", { name: /^Resume/ }).click();
  await page.getByRole("table").getByText("in maintenance").waitFor({ state: "detached" });
  expect((await gateway.chat(secret, "fast")).status).toBe(200);
});

test("the numbers of a breaker are those of the form", async () => {
  const { page } = watched;
  await watched.visit("/upstreams/gone?edit=1");
  for (const name of ["Limits and trust", "Breaker", "Free check"]) {
    await page.getByRole("button", { name }).click();
  }
  await page.getByRole("textbox", { name: "Failures in a row" }).fill("2");
  await page.getByRole("combobox", { name: "What is asked" }).click();
  await page.getByRole("option", { name: "A path of its own" }).click();
  await page.getByRole("textbox", { name: "Path" }).fill("/health");
  await page.waitForTimeout(300);
  expect(await watched.axe()).toEqual([]);
  await watched.shot("ladders-form");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
  const upstream = await gateway.api<{ health: object; check: object }>("GET", "/upstreams/gone");
  expect(upstream.health).toEqual({ trip_failures: 2, probe: "call" });
  expect(upstream.check).toEqual({ kind: "http", path: "/health" });
  // Two are enough now.
  for (let i = 0; i < 2; i++) await gateway.chat(secret, "hopeless");
  await watched.visit("/upstreams/gone");
  await page
    .getByText(/2 x connection refused/)
    .first()
    .waitFor();
});

test("the last day ends with what is now, and is walked with the keyboard", async () => {
  const { page } = watched;
  await watched.visit("/upstreams");
  const strip = page.getByRole("slider", { name: "Last 24 h of gone" });
  await strip.focus();
  await page.keyboard.press("End");
  await page
    .getByRole("tooltip")
    .getByText(/– now: open/)
    .waitFor();
  await watched.shot("ladders-strip");
  expect(await watched.axe()).toEqual([]);
});

test("what answers when no target can is seen in the log, and in the call", async () => {
  const { page } = watched;
  const scripted = await gateway.chat(secret, "kinds", "Is anybody there?");
  expect(scripted.status).toBe(200);
  expect(scripted.headers.get("x-headwater-served-by")).toContain("kind=scripted");
  const later = await gateway.chat(secret, "kinds", "Later", { Prefer: "respond-async" });
  expect(later.status).toBe(202);
  await watched.visit("/calls");
  await page.getByRole("row").getByText("Scripted").first().waitFor();
  await page.getByRole("row").getByText("Deferred").first().click();
  await page.getByText(/the call was taken for later/).waitFor();
  await page.getByText(/^kept as dfr_/).waitFor();
  const command = (await page.locator("[data-curl]").textContent()) ?? "";
  expect(command).toContain("Prefer: respond-async");
  // The panel fades in.
  await page.waitForTimeout(300);
  expect(await watched.axe()).toEqual([]);
  await watched.shot("ladders-deferred");
});

test("a tier is dragged to another place, saved, and put back", async () => {
  const { page } = watched;
  await watched.visit("/routes/kinds");
  const before = await order();
  expect(before).toBe("cache targets hold deferred scripted");
  await page.getByRole("button", { name: "Show everything" }).click();
  const head = page.getByRole("group", { name: /^Tier 3 of 5, Hold/ });
  const goal = page.getByRole("group", { name: /^Tier 1 of 5, Cache/ });
  await page.waitForTimeout(300);
  const from = await head.boundingBox();
  const to = await goal.boundingBox();
  if (!from || !to) throw new Error("no place on the map");
  await page.mouse.move(from.x + from.width / 2, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x, from.y + 22, { steps: 5 });
  await page.mouse.move(to.x + to.width / 4, to.y + 20, { steps: 10 });
  await watched.shot("ladders-dragged");
  await page.mouse.up();
  await until("the new order", async () => (await order()) === "hold cache targets deferred scripted");
  await page.getByRole("group", { name: /^Tier 1 of 5, Hold/ }).waitFor();
  await watched.shot("ladders-undo");
  expect(await watched.axe()).toEqual([]);
  await page.getByRole("button", { name: "Undo" }).click();
  await until("the old order", async () => (await order()) === before);
  await page.getByRole("group", { name: /^Tier 3 of 5, Hold/ }).waitFor();
});

test("a target is moved with the keyboard alone", async () => {
  const { page } = watched;
  await watched.visit("/routes/laddered");
  const target = page.getByRole("group", { name: /^sim, practice/ });
  await target.focus();
  await page.keyboard.press("Alt+ArrowLeft");
  // The tier that it left was empty and is gone.
  await page.getByRole("group", { name: /^sim, practice.*target 1 of 2 in tier 1/ }).waitFor();
  await until("the saved order", async () => {
    const { tiers } = await gateway.api<{ tiers: { targets: { upstream: string }[] }[] }>(
      "GET",
      "/routes/laddered",
    );
    return tiers.length === 1 && tiers[0]?.targets.map((one) => one.upstream).join() === "sim,gone";
  });
  // What was moved keeps the focus, also when the service's word has come back.
  await page.waitForTimeout(500);
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toMatch(/^sim/);
  expect(watched.wrong).toEqual([]);
});
