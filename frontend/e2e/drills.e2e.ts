// A fire drill against the real service: asked for on the page, told on every
// page, ended with one click, and reported.

import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway, until } from "./gateway";

let gateway: Gateway;
let browser: Browser;
let watched: Watched;
let secret: string;
let who: { name: string; password: string };

interface Drill {
  id: string;
  state: string;
  report?: { calls: number; failed: number };
}

beforeAll(async () => {
  gateway = await Gateway.start();
  who = await gateway.administrator();
  secret = await gateway.practice();
  for (let i = 0; i < 3; i++) expect((await gateway.chat(secret)).status).toBe(200);
  browser = await openBrowser();
  watched = await Watched.open(browser);
  await watched.signIn(gateway.url, who);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

const drills = async () => (await gateway.api<{ items: Drill[] }>("GET", "/drills")).items;
const banner = () => watched.page.getByRole("region", { name: "Fire drill" });

test("before the first, the screen says what one is for", async () => {
  const { page } = watched;
  await watched.visit("/drills");
  await page.getByText("No drill yet").waitFor();
  await watched.shot("drills-empty");
  expect(await watched.axe()).toEqual([]);
});

test("is asked for, runs for its scope alone, and ends at once", async () => {
  const { page } = watched;
  await page.keyboard.press("n");
  const choose = async (label: string, option: string) => {
    await page.getByRole("combobox", { name: label }).click();
    await page.getByRole("option", { name: option, exact: true }).click();
  };
  await choose("Upstreams", "sim");
  await page.keyboard.press("Escape");
  await choose("Route", "fast");
  await page.getByRole("checkbox", { name: /^Keys for drills only/ }).uncheck();
  await watched.shot("drill-form");
  expect(await watched.axe()).toEqual([]);
  await page.getByText(/Every call of route fast will find sim refusing connections for 1 minute/).waitFor();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Start it now?").waitFor();
  await watched.shot("drill-sure");
  expect(await watched.axe()).toEqual([]);
  await page.getByRole("button", { name: "Start the drill" }).click();
  await page.getByRole("heading", { level: 1, name: "sim: connection refused" }).waitFor();

  for (let i = 0; i < 4; i++) expect((await gateway.chat(secret)).status).toBeGreaterThan(499);
  expect((await gateway.chat(secret, "laddered")).status).toBe(200);
  // Nobody asks for it: the figures follow by themselves.
  const calls = page.getByRole("definition").nth(1);
  await page.waitForFunction((element) => Number(element?.textContent) >= 4, await calls.elementHandle());
  await watched.shot("drill-live");
  expect(await watched.axe()).toEqual([]);

  for (const path of ["/", "/calls", "/settings"]) {
    await watched.visit(path);
    await banner().waitFor();
  }
  await watched.shot("drill-banner");
  await banner().getByRole("button", { name: "End drill" }).click();
  await banner().waitFor({ state: "hidden" });
  expect((await drills())[0]?.state).toBe("aborted");
  expect((await gateway.chat(secret)).status).toBe(200);
});

test("one that was begun elsewhere is on the page until it is over, and its report can be taken away", async () => {
  const { page } = watched;
  await watched.visit("/upstreams");
  const { id } = await gateway.api<Drill>("POST", "/drills", {
    upstreams: ["sim"],
    fault: "error_500",
    scope: { route: "fast" },
    duration_s: 4,
  });
  await banner()
    .getByText(/sim: error 500/)
    .waitFor();
  for (let i = 0; i < 4; i++) await gateway.chat(secret);
  await banner().waitFor({ state: "hidden", timeout: 15_000 });
  await watched.visit(`/drills/${id}`);
  await page.getByText(/^Failed: /).waitFor();
  await page.getByText(/Route fast has no second upstream/).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as JSON" }).click();
  const file = JSON.parse(readFileSync(await (await download).path(), "utf8")) as Drill;
  expect(file.id).toBe(id);
  expect(file.report?.calls).toBe(4);
  expect(watched.wrong).toEqual([]);
});

test("on paper there is the report alone", async () => {
  const { page } = watched;
  await page.emulateMedia({ media: "print" });
  expect(await page.getByRole("navigation").isVisible()).toBe(false);
  expect(await page.getByRole("button", { name: "Print" }).isVisible()).toBe(false);
  await watched.shot("drill-paper");
  await page.emulateMedia({ media: null });
});

test("in both languages, both themes and the smallest window", async () => {
  const [ended] = await until("an ended drill", async () => {
    const found = (await drills()).filter((one) => one.state === "ended");
    return found.length > 0 && found;
  });
  const { id } = await gateway.api<Drill>("POST", "/drills", {
    all_cloud: true,
    fault: "flapping",
    scope: { tenant: "acme", call_percent: 50 },
    duration_s: 600,
  });
  for (const language of ["en", "zh"] as const) {
    for (const theme of ["light", "dark"] as const) {
      for (const [size, viewport] of [
        ["small", { width: 1024, height: 640 }],
        ["zoomed", { width: 512, height: 320 }],
      ] as const) {
        const other = await Watched.open(browser, { language, theme, viewport });
        await other.signIn(gateway.url, who);
        for (const [name, path] of [
          ["live", `/drills/${id}`],
          ["report", `/drills/${ended?.id}`],
          ["list", "/drills"],
        ] as const) {
          await other.visit(path);
          await other.page.locator("[data-drill-banner]").waitFor();
          await other.page.waitForTimeout(250);
          await other.shot(`drill-${name}-${size}-${language}-${theme}`);
          expect(await other.axe(), name).toEqual([]);
          expect(await other.overflow(), name).toBeLessThanOrEqual(0);
          expect(other.wrong.splice(0)).toEqual([]);
          expect(await other.page.locator("body").innerText()).not.toMatch(/\{\{|undefined|\[object|NaN/);
        }
        await other.close();
      }
    }
  }
  await gateway.api("POST", `/drills/${id}/abort`, {});
});
