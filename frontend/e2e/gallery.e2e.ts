// Every shared part in every state: pictures to look at, the accessibility
// scan, and the policy of the page over all of it.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser, Watched } from "./browser";

const frontend = resolve(import.meta.dirname, "..");
const built = resolve(frontend, "../build/cache/gallery");
const kinds: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

let server: Server;
let browser: Browser;
let address = "";

beforeAll(async () => {
  execFileSync(
    "npx",
    ["--no-install", "vite", "build", "--logLevel", "warn", "--config", "vite.gallery.config.ts"],
    {
      cwd: frontend,
      env: { ...process.env, NODE_ENV: "production" },
    },
  );
  server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    if (path === "/") {
      const nonce = randomBytes(16).toString("base64");
      response.setHeader(
        "Content-Security-Policy",
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'`,
      );
      response.setHeader("Content-Type", "text/html");
      response.end(readFileSync(join(built, "gallery.html"), "utf8").replaceAll("__CSP_NONCE__", nonce));
      return;
    }
    try {
      response.setHeader("Content-Type", kinds[extname(path)] ?? "font/woff2");
      response.end(readFileSync(join(built, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const at = server.address();
  address = typeof at === "object" && at ? `http://127.0.0.1:${at.port}/` : "";
  browser = await openBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
});

describe.each([
  ["en", "light"],
  ["en", "dark"],
  ["zh", "light"],
  ["zh", "dark"],
] as const)("%s, %s", (language, theme) => {
  test("holds together", async () => {
    const watched = await Watched.open(browser, { language, theme });
    await watched.page.goto(`${address}?language=${language}`);
    await watched.page.getByRole("heading", { name: "snippets" }).waitFor();
    // The maps come in a piece of their own.
    await watched.page.locator(".react-flow__node").nth(12).waitFor();
    await watched.page.waitForTimeout(500);
    await watched.page.screenshot({
      path: resolve(frontend, `../build/cache/ui/gallery-${language}-${theme}.png`),
      fullPage: true,
    });
    expect(await watched.axe()).toEqual([]);
    expect(watched.wrong).toEqual([]);
    expect(await watched.page.locator("section").count()).toBeGreaterThan(24);
    await watched.page.setViewportSize({ width: 512, height: 700 });
    // What is drawn follows a frame later.
    await watched.page.waitForTimeout(300);
    expect(await watched.overflow()).toBeLessThanOrEqual(0);
    await watched.close();
  });
});
