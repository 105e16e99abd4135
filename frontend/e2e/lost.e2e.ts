// The service goes and comes back while somebody works.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway, until } from "./gateway";

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

test("what is on the screen and what was typed outlive a restart of the service", async () => {
  const who = await gateway.administrator();
  const secret = await gateway.practice();
  const watched = await Watched.open(browser);
  const { page } = watched;
  await watched.signIn(gateway.url, who);
  await watched.visit("/upstreams");
  await page.getByRole("table").first().waitFor();
  await page.keyboard.press("n");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("half-typed");

  await gateway.stop();
  await page.getByText(/Lost contact with the service/).waitFor();
  await watched.shot("lost");
  expect(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("half-typed");

  await gateway.run();
  await page.getByText(/Lost contact with the service/).waitFor({ state: "hidden", timeout: 20_000 });
  expect(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("half-typed");

  // The tail goes on without anybody asking for it.
  await page.keyboard.press("Escape");
  await watched.visit("/calls");
  const answer = await gateway.chat(secret);
  const id = answer.headers.get("x-request-id") ?? "";
  expect(answer.status).toBe(200);
  await until(
    "the call's row",
    async () => (await page.locator("main").innerText()).includes("crm") && id !== "",
  );
  expect(watched.wrong.filter((what) => !what.includes("ERR_CONNECTION"))).toEqual([]);
  await watched.close();
});

test("a killed service is reached again", async () => {
  const watched = await Watched.open(browser);
  await watched.signIn(gateway.url, { name: "admin", password: "correct horse battery" });
  await gateway.stop("SIGKILL");
  await watched.page.getByText(/Lost contact with the service/).waitFor();
  await gateway.run();
  await watched.page.getByText(/Lost contact with the service/).waitFor({ state: "hidden", timeout: 20_000 });
  await watched.close();
});
