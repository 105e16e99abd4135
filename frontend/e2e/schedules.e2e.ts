// Schedules of fire drills against the real service: one is made on the page,
// comes due by the clock, and is told of with what came of it.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway, until } from "./gateway";

let gateway: Gateway;
let browser: Browser;
let watched: Watched;
let who: { name: string; password: string };

interface Drill {
  id: string;
  state: string;
  started_by: string;
}
interface State {
  name: string;
  next?: string;
  last?: { result: string; cause?: string; drill?: string };
}

const spec = { upstreams: ["sim"], fault: "refused", scope: { route: "fast" }, duration_s: 600 };
const drills = async () => (await gateway.api<{ items: Drill[] }>("GET", "/drills")).items;
const stateOf = async (name: string) =>
  (await gateway.api<{ items: State[] }>("GET", "/schedule-states")).items.find((one) => one.name === name);
/** A time of day as the machine's clock shows it, so many minutes from now. */
const clock = (minutes: number) => {
  const at = new Date(Date.now() + minutes * 60_000);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
};

beforeAll(async () => {
  gateway = await Gateway.start();
  who = await gateway.administrator();
  await gateway.practice();
  browser = await openBrowser();
  watched = await Watched.open(browser);
  await watched.signIn(gateway.url, who);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

test("is made with the keyboard alone, and told with its next time", async () => {
  const { page } = watched;
  await watched.visit("/drills");
  await page.getByText("No schedule yet").waitFor();
  await watched.shot("schedules-empty");
  expect(await watched.axe()).toEqual([]);
  await page.getByRole("button", { name: "Add a schedule" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Name" }).waitFor();
  await page.keyboard.type("weekly");
  await page.getByLabel(/^Time of day/).focus();
  await page.keyboard.type("0315AM");
  await page.getByRole("radio", { name: "Every day" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("checkbox", { name: "Monday" }).focus();
  await page.keyboard.press("Space");
  await page.getByRole("combobox", { name: "Upstreams" }).focus();
  await page.keyboard.type("sim");
  await page.getByRole("option", { name: "sim", exact: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.getByText(/^Mon at 03:15: Every call with a key for drills will find sim/).waitFor();
  await page.getByRole("checkbox", { name: "Monday" }).scrollIntoViewIfNeeded();
  await watched.shot("schedule-form");
  expect(await watched.axe()).toEqual([]);
  await page.keyboard.press("Control+s");
  const list = page.getByRole("table", { name: "Schedules" });
  await list.getByText("Mon at 03:15").waitFor();
  await list.getByText(/^Next: /).waitFor();
  await list.getByText("not due yet").waitFor();
  expect((await stateOf("weekly"))?.next).toBeDefined();
});

test("starts its drill by the clock, skips while one runs, and keeps what came of it", async () => {
  const { page } = watched;
  // A minute that is about to end would be over when the service has it.
  if (new Date().getSeconds() > 50) await new Promise((later) => setTimeout(later, 11_000));
  const at = clock(1);
  await gateway.api("POST", "/schedules", { name: "a-soon", title: "Rehearsal", at, drill: spec });
  await gateway.api("POST", "/schedules", { name: "b-busy", at, drill: { fault: "disk_full" } });
  await gateway.api("POST", "/schedules", { name: "c-off", at, state: "disabled", drill: spec });
  const started = await until("the scheduled drill", async () => (await drills())[0], 70_000);
  expect(started).toMatchObject({ state: "running", started_by: "schedule a-soon" });
  const list = page.getByRole("table", { name: "Schedules" });
  await list.getByRole("link", { name: "Running" }).waitFor();
  await list.getByText("Skipped").waitFor();
  expect(await stateOf("b-busy")).toMatchObject({ last: { result: "skipped", cause: "busy" } });
  expect((await stateOf("c-off"))?.last).toBeUndefined();
  await watched.shot("schedules-running");

  // Switched off and deleted, it has no say in the drill that runs.
  await page.getByRole("button", { name: "Disable: a-soon" }).click();
  await page.getByRole("button", { name: "Enable: a-soon" }).waitFor();
  expect((await drills())[0]?.state).toBe("running");
  await page.getByRole("button", { name: "Enable: a-soon" }).click();
  await gateway.api("POST", `/drills/${started.id}/abort`, {});

  // Kept over a restart.
  await gateway.stop();
  await gateway.run();
  expect(await stateOf("a-soon")).toMatchObject({ last: { result: "started", drill: started.id } });
  await watched.visit("/drills");
  await list.getByRole("link", { name: "No verdict" }).click();
  await page.getByText("schedule a-soon").first().waitFor();
}, 120_000);

test("is changed, and deleted when its name was typed", async () => {
  const { page } = watched;
  await watched.visit("/drills");
  await page.getByRole("button", { name: "Edit: b-busy" }).click();
  await page.getByText(/Last time, .*: Skipped, another drill ran\./).waitFor();
  await page.getByText("Every so many days").click();
  await page.getByLabel("Days from one to the next").fill("3");
  await page.getByRole("button", { name: "Save the schedule" }).click();
  const list = page.getByRole("table", { name: "Schedules" });
  await list.getByText(/every 3 days at/).waitFor();
  await page.getByRole("button", { name: "Delete: b-busy" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("b-busy");
  await watched.shot("schedule-delete");
  expect(await watched.axe()).toEqual([]);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await list.getByText(/every 3 days at/).waitFor({ state: "hidden" });
  expect(watched.wrong).toEqual([]);
});

test("in both languages, both themes and the smallest window", async () => {
  await gateway.api("POST", "/schedules", {
    name: "third",
    title: "Each third night",
    at: "23:05",
    every_days: 3,
    drill: { ...spec, fault: "slow_first_token", delay_ms: 8000 },
  });
  for (const language of ["en", "zh"] as const) {
    for (const theme of ["light", "dark"] as const) {
      for (const [size, viewport] of [
        ["wide", { width: 1280, height: 800 }],
        ["small", { width: 1024, height: 640 }],
        ["zoomed", { width: 512, height: 320 }],
      ] as const) {
        const other = await Watched.open(browser, { language, theme, viewport });
        await other.signIn(gateway.url, who);
        for (const [name, path] of [
          ["list", "/drills"],
          ["form", "/drills?schedule=new"],
        ] as const) {
          await other.visit(path);
          await other.page.getByText("third").first().waitFor();
          if (name === "form") await other.page.locator("input[type=time]").waitFor();
          await other.page.waitForTimeout(400);
          await other.shot(`schedules-${name}-${size}-${language}-${theme}`);
          expect(await other.axe(), name).toEqual([]);
          expect(await other.overflow(), name).toBeLessThanOrEqual(0);
          expect(other.wrong.splice(0)).toEqual([]);
          expect(await other.page.locator("body").innerText()).not.toMatch(/\{\{|undefined|\[object|NaN/);
        }
        await other.close();
      }
    }
  }
}, 120_000);
