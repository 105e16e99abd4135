// A real browser that reports everything the page must not do: policy
// violations, requests that leave the machine, scripts that failed, dialogs.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = resolve(import.meta.dirname, "../../build/cache/ui");

export interface Looks {
  theme?: "light" | "dark";
  language?: "en" | "zh";
  viewport?: { width: number; height: number };
  reducedMotion?: boolean;
}

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page and what it did wrong so far. */
export class Watched {
  readonly wrong: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async open(browser: Browser, looks: Looks = {}): Promise<Watched> {
    const context = await browser.newContext({
      viewport: looks.viewport ?? { width: 1280, height: 800 },
      colorScheme: looks.theme ?? "light",
      locale: looks.language === "zh" ? "zh-CN" : "en-GB",
      reducedMotion: looks.reducedMotion ? "reduce" : "no-preference",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    const watched = new Watched(context, page);
    await watched.guard();
    return watched;
  }

  private async guard(): Promise<void> {
    const note = (what: string) => this.wrong.push(what);
    await this.context.exposeFunction("__policyViolated", (what: string) => note(`policy: ${what}`));
    await this.context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        (window as unknown as { __policyViolated(what: string): void }).__policyViolated(
          `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
        );
      });
    });
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      const here = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
      if (!here && url.protocol !== "data:" && url.protocol !== "blob:") note(`request to ${request.url()}`);
    });
    this.page.on("pageerror", (error) => note(`script: ${error.message}`));
    this.page.on("dialog", (dialog) => {
      note(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    this.page.on("console", (message) => {
      if (message.type() === "error" && /Content.Security.Policy/i.test(message.text())) note(message.text());
    });
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  /** The serious and critical findings of the accessibility scan, one line each. */
  async axe(): Promise<string[]> {
    // Evaluated by the driver, not by the page: the page's policy stays as strict as it is.
    await this.page.evaluate(axeSource);
    return this.page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: {
          run(): Promise<{
            violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
          }>;
        };
      };
      const found = await axe.run();
      return found.violations
        .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
        .flatMap((violation) =>
          violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`),
        );
    });
  }

  /** How many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    return this.page.evaluate(() => {
      const inner = [...document.querySelectorAll("main, main > div")].map(
        (e) => e.scrollWidth - e.clientWidth,
      );
      return Math.max(document.documentElement.scrollWidth - window.innerWidth, ...inner);
    });
  }

  async shot(name: string): Promise<void> {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  /** Signs in through the page. */
  async signIn(url: string, who: { name: string; password: string }): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('input[autocomplete="username"]').fill(who.name);
    await this.page.locator('input[type="password"]').fill(who.password);
    await this.page.keyboard.press("Enter");
    // The way in has a heading too: only the window's own says that we are inside.
    await this.page.locator("main [data-page-title]").first().waitFor();
  }

  /** Goes to a screen and waits until its heading is there and nothing loads any more. */
  async visit(path: string): Promise<void> {
    await this.page.evaluate((to) => {
      location.hash = `#${to}`;
    }, path);
    await this.page.locator("main h1").first().waitFor();
    await this.page.waitForFunction(() => !document.querySelector("main .mantine-Loader-root"));
  }
}
