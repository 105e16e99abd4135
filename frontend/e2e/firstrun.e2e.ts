// The first run with the practice model: by mouse and by keyboard alone, with
// its interactions counted. One form submitted or one control activated is one
// interaction; typing into fields is not counted.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway } from "./gateway";

const shell = promisify(execFile);
const mostInteractions = 8;
const mostSeconds = 45;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

/** Runs the command that the page shows, as a person would paste it. */
async function runShown(watched: Watched): Promise<string> {
  const command = (await watched.page.locator('[data-snippet="curl"]').textContent()) ?? "";
  const { stdout } = await shell("bash", ["-c", command]);
  return stdout;
}

test("by mouse", async () => {
  const gateway = await Gateway.start();
  const watched = await Watched.open(browser);
  const { page } = watched;
  let interactions = 0;
  const begun = Date.now();

  await page.goto(`${gateway.url}#/setup?code=${gateway.setupCode()}`);
  await page.getByLabel("Password", { exact: false }).first().fill("correct horse battery");
  await watched.shot("first-run-1");
  await page.getByRole("button", { name: "Create and continue" }).click();
  interactions++;
  await page.getByRole("button", { name: /Use the practice model/ }).waitFor();
  await watched.shot("first-run-2");
  expect(await watched.axe()).toEqual([]);
  await page.getByRole("button", { name: /Use the practice model/ }).click();
  interactions++;
  await page.getByText("Waiting for your first call").waitFor();
  await watched.shot("first-run-3");
  expect(await watched.axe()).toEqual([]);
  expect(JSON.parse(await runShown(watched)).choices[0].message.role).toBe("assistant");
  interactions++; // the command pasted into a terminal
  await page.getByText("Your first call has arrived").waitFor();
  await watched.shot("first-run-4");
  await page.getByRole("button", { name: "Open Headwater" }).click();
  interactions++;
  await page.locator("main h1").waitFor();

  const seconds = (Date.now() - begun) / 1000;
  process.stdout.write(`first run by mouse: ${interactions} interactions, ${seconds.toFixed(1)} s\n`);
  expect(interactions).toBeLessThanOrEqual(mostInteractions);
  expect(seconds).toBeLessThan(mostSeconds);
  expect(watched.wrong).toEqual([]);
  await watched.close();
  await gateway.close();
});

test("by keyboard alone", async () => {
  const gateway = await Gateway.start();
  const watched = await Watched.open(browser);
  const { page } = watched;
  let interactions = 0;
  const begun = Date.now();
  const enter = async () => {
    await page.keyboard.press("Enter");
    interactions++;
  };

  await page.goto(`${gateway.url}#/setup?code=${gateway.setupCode()}`);
  await page.getByRole("button", { name: "Create and continue" }).waitFor();
  // The cursor waits in the first field that is still empty.
  await page.keyboard.type("correct horse battery");
  await enter();
  await page.getByRole("button", { name: /Use the practice model/ }).waitFor();
  await enter();
  await page.getByText("Waiting for your first call").waitFor();
  await runShown(watched);
  interactions++;
  await page.getByText("Your first call has arrived").waitFor();
  const open = page.getByRole("button", { name: "Open Headwater" });
  for (let i = 0; i < 30 && !(await open.evaluate((e) => e === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await enter();
  await page.locator("main h1").waitFor();

  process.stdout.write(
    `first run by keyboard: ${interactions} interactions, ${((Date.now() - begun) / 1000).toFixed(1)} s\n`,
  );
  expect(interactions).toBeLessThanOrEqual(mostInteractions);
  expect(watched.wrong).toEqual([]);
  await watched.close();
  await gateway.close();
});
