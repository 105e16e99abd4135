// Lists of five thousand, and names that try to be something else.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway } from "./gateway";

let gateway: Gateway;
let browser: Browser;
let watched: Watched;

const count = 5000;
const evil = [
  `<img src=x onerror="alert(1)">`,
  `<script>alert(1)</script>`,
  `"><svg/onload=alert(1)>`,
  `javascript:alert(1)`,
  `{{constructor.constructor('alert(1)')()}}`,
  `\u202egnp.exe ${"W".repeat(120)}`,
];

beforeAll(async () => {
  gateway = await Gateway.start();
  const who = await gateway.administrator();
  const names = Array.from({ length: count }, (_, i) => `n${String(i).padStart(4, "0")}`);
  const sha = (i: number) => i.toString(16).padStart(64, "0");
  const chunk = (from: number, to: number) =>
    [
      "tenants: [{name: acme}]",
      "upstreams:",
      ...names
        .slice(from, to)
        .map(
          (n, i) =>
            `  - {name: u-${n}, provider: simulator, title: ${JSON.stringify(evil[i % evil.length])}}`,
        ),
      "routes:",
      ...names
        .slice(from, to)
        .map(
          (n, i) =>
            `  - {name: r-${n}, title: ${JSON.stringify(evil[i % evil.length])}, tiers: [{targets: [{upstream: u-${n}, model: practice}]}]}`,
        ),
      "apps: [{name: crm, tenant: acme, routes: ['*'], title: \"<b onmouseover=alert(1)>x</b>\"}]",
      "keys:",
      ...names
        .slice(from, to)
        .map((n, i) => `  - {name: k-${n}, tenant: acme, app: crm, secret_sha256: "${sha(from + i + 1)}"}`),
    ].join("\n");
  for (let from = 0; from < count; from += 1000) {
    await gateway.api("POST", "/config/apply", { yaml: chunk(from, from + 1000) });
  }
  browser = await openBrowser();
  watched = await Watched.open(browser);
  await watched.signIn(gateway.url, who);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

describe("five thousand", () => {
  test.each([
    ["/upstreams", "u-n4999"],
    ["/routes", "r-n4999"],
    ["/apps/acme/crm", "k-n4999"],
  ])("%s", async (path, wanted) => {
    const { page } = watched;
    const begun = Date.now();
    await watched.visit(path);
    const table = page.getByRole("table").first();
    await table.getByRole("row").nth(3).waitFor();
    expect(Date.now() - begun, "time to the first rows").toBeLessThan(5000);
    // Only what can be seen is in the page.
    expect(await table.getByRole("row").count()).toBeLessThan(120);
    await page.getByRole("searchbox").first().fill(wanted);
    await page.getByText(wanted, { exact: true }).first().waitFor();
    await watched.shot(`many${path.replaceAll("/", "-")}`);
  });

  test("what callers send is shown as it is", async () => {
    const { page } = watched;
    const key = await gateway.api<{ secret: string }>("POST", "/keys", {
      name: "evil",
      tenant: "acme",
      app: "crm",
    });
    for (const text of evil) await gateway.chat(key.secret, text, text);
    await watched.visit("/calls");
    await page
      .getByText(evil[0] ?? "", { exact: true })
      .first()
      .waitFor();
    const calls = await gateway.api<{ items: { id: string }[] }>("GET", "/calls?limit=10");
    for (const { id } of calls.items) {
      await watched.visit(`/calls?call=${id}`);
      await page.getByText(id).first().waitFor();
    }
    await watched.shot("hostile-calls");
    expect(watched.wrong).toEqual([]);
  });

  test("what is typed into any field stays text", async () => {
    const { page } = watched;
    for (const path of [
      "/upstreams?new=1",
      "/routes?new=1",
      "/apps?new=1",
      "/settings?tab=config",
      "/settings",
    ]) {
      await watched.visit(path);
      for (const text of evil.slice(0, 4)) {
        for (const field of await page
          .locator("input[type=text]:visible, input:not([type]):visible, textarea:visible")
          .all()) {
          if (await field.isEditable()) await field.fill(text).catch(() => undefined);
        }
        await page.keyboard.press("Enter");
      }
      await page.keyboard.press("Escape");
    }
    await watched.visit("/calls");
    await page
      .getByRole("textbox")
      .first()
      .fill(evil[0] ?? "");
    await page.keyboard.press("Control+k");
    for (const text of evil) await page.keyboard.type(text.slice(0, 60));
    await page.waitForTimeout(500);
    await watched.shot("hostile-fields");
    await page.keyboard.press("Escape");
    expect(watched.wrong).toEqual([]);
  });

  test("nothing that was written there ran as a script", async () => {
    for (const path of ["/", "/upstreams/u-n0001", "/routes/r-n0002", "/apps", "/calls", "/settings"]) {
      await watched.visit(path);
      await watched.page.waitForTimeout(200);
    }
    expect(watched.wrong).toEqual([]);
  });
});
