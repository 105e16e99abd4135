// The test console in a real browser against a real service: a chat that
// streams, one that is stopped, an error as callers get it, a raw request.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";
import { Gateway } from "./gateway";

let gateway: Gateway;
let browser: Browser;
let who: { name: string; password: string };

const words = {
  en: {
    message: "Message",
    send: "Send",
    answer: "Answer",
    model: "Model",
    dialect: "Dialect",
    call: "Open the call",
    raw: "Raw",
    template: "Begin with",
    why: "Why this route?",
    steps: "Steps",
    copy: "Copy as code",
  },
  zh: {
    message: "消息",
    send: "发送",
    answer: "回答",
    model: "模型",
    dialect: "方言",
    call: "打开此调用",
    raw: "原始请求",
    template: "起始请求",
    why: "为什么走这条路由？",
    steps: "步骤",
    copy: "复制为代码",
  },
} as const;

beforeAll(async () => {
  gateway = await Gateway.start();
  who = await gateway.administrator();
  await gateway.practice();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

/** Signed in and at the console, with the first app and model chosen. */
async function arrive(looks: Parameters<typeof Watched.open>[1] = {}): Promise<Watched> {
  const watched = await Watched.open(browser, looks);
  await watched.signIn(gateway.url, who);
  await watched.visit("/console");
  await watched.page.waitForFunction(() =>
    [...document.querySelectorAll("input")].some((one) => one.value === "acme/crm"),
  );
  return watched;
}

const model = (watched: Watched, language: "en" | "zh", name: string) =>
  watched.page
    .getByLabel(words[language].model, { exact: true })
    .and(watched.page.locator("input"))
    .fill(name);

test("a chat streams in each dialect, and its call is in the log", async () => {
  const watched = await arrive();
  const { page } = watched;
  await model(watched, "en", "laddered");
  for (const [i, name] of [
    "OpenAI Chat",
    "OpenAI Responses",
    "Anthropic Messages",
    "Gemini",
    "Ollama",
  ].entries()) {
    await page.getByRole("combobox", { name: "Dialect" }).click();
    await page.getByRole("option", { name, exact: true }).click();
    await page.getByLabel("Message", { exact: true }).fill(`Say ${i}`);
    await page.keyboard.press("Control+Enter");
    await page.getByRole("link", { name: "Open the call" }).nth(i).waitFor();
    await page
      .locator("[data-answer]", { hasText: `Say ${i}` })
      .first()
      .waitFor();
  }
  const { items } = await gateway.api<{
    items: { client: string; dialect: string; app: string; status: number }[];
  }>("GET", "/calls");
  expect(items.map((one) => one.dialect)).toEqual([
    "ollama",
    "gemini",
    "anthropic",
    "openai-responses",
    "openai",
  ]);
  for (const one of items)
    expect(one).toMatchObject({ client: `console:${who.name}`, app: "crm", status: 200 });
  await page.getByRole("link", { name: "Open the call" }).first().click();
  await page.getByText(`console:${who.name}`).first().waitFor();
  expect(watched.wrong).toEqual([]);
  await watched.close();
});

test("an answer that goes on is stopped by Escape, and the call with it", async () => {
  const watched = await arrive();
  const { page } = watched;
  await model(watched, "en", "fast");
  await page.getByLabel("Message", { exact: true }).fill("word ".repeat(3000));
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-answer]").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("You stopped it.").waitFor();
  const { items } = await gateway.api<{ items: { status: number }[] }>("GET", "/calls?limit=1");
  expect(items[0]?.status).toBe(499);
  expect(watched.wrong).toEqual([]);
  await watched.close();
});

describe.each(["en", "zh"] as const)("in %s", (language) => {
  test.each(["light", "dark"] as const)("%s", async (theme) => {
    const t = words[language];
    const watched = await arrive({ language, theme });
    const { page } = watched;
    await page.getByText(t.why).click();
    await model(watched, language, "laddered");
    await page
      .getByLabel(t.message, { exact: true })
      .fill("Which model are you, and who answers when you do not?");
    await page.getByRole("button", { name: t.send }).click();
    await page.getByRole("link", { name: t.call }).waitFor();
    await page.getByText(t.steps, { exact: true }).click();
    await model(watched, language, "nothing-here");
    await page.getByLabel(t.message, { exact: true }).fill("And you?");
    await page.keyboard.press("Control+Enter");
    await page.locator('[data-status="404"]').waitFor();
    await watched.shot(`console-chat-${language}-${theme}`);
    expect(await watched.overflow()).toBeLessThanOrEqual(0);
    expect(await watched.axe()).toEqual([]);

    await model(watched, language, "fast");
    await page.getByRole("tab", { name: t.raw }).click();
    await page.getByRole("combobox", { name: t.template }).click();
    await page.getByRole("option", { name: "POST /v1/messages", exact: true }).click();
    await page.getByRole("button", { name: t.send }).click();
    await page.locator("[data-body]").waitFor();
    await page.getByRole("link", { name: t.call }).waitFor();
    await page.getByText(t.copy).first().click();
    await page.locator('[data-snippet="curl"]').waitFor();
    await watched.shot(`console-raw-${language}-${theme}`);
    expect(await watched.overflow()).toBeLessThanOrEqual(0);
    expect(await watched.axe()).toEqual([]);
    expect(watched.wrong).toEqual([]);
    await watched.close();
  });
});

test("fits the smallest window", async () => {
  const watched = await arrive({ viewport: { width: 1024, height: 640 } });
  await watched.shot("console-small");
  expect(await watched.overflow()).toBeLessThanOrEqual(0);
  await watched.page.setViewportSize({ width: 512, height: 320 });
  await watched.shot("console-zoomed");
  expect(await watched.overflow()).toBeLessThanOrEqual(0);
  await watched.close();
});
