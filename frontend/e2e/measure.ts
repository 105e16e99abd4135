// What a page and a service cost while somebody looks: frames, the page's own
// work, what goes over its line, and the CPU time of a process.

import { readFileSync } from "node:fs";
import type { CDPSession, Page } from "playwright-core";

interface Frames {
  gaps: number[];
  /** What kept the page's own thread busy for over 50 ms, in ms. */
  tasks: number[];
  running: boolean;
}
type Measuring = typeof window & { measured: Frames };

/** Begins to note the gaps between frames, as the page itself sees them. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const w = window as Measuring;
    w.measured = { gaps: [], tasks: [], running: true };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) w.measured.tasks.push(Math.round(entry.duration));
    }).observe({ type: "longtask" });
    let last = performance.now();
    const frame = (now: number) => {
      w.measured.gaps.push(now - last);
      last = now;
      if (w.measured.running) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

export async function framesWatched(page: Page): Promise<{ gaps: number[]; tasks: number[] }> {
  return page.evaluate(() => {
    const w = window as Measuring;
    w.measured.running = false;
    return w.measured;
  });
}

/** The memory that is left after a collection, in MiB. */
export async function heap(cdp: CDPSession): Promise<number> {
  await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize } = (await cdp.send("Runtime.getHeapUsage")) as { usedSize: number };
  return usedSize / 1024 / 1024;
}

/** How long the page's own thread has been busy since it was opened, in seconds. */
export async function busy(cdp: CDPSession): Promise<number> {
  await cdp.send("Performance.enable");
  const { metrics } = (await cdp.send("Performance.getMetrics")) as {
    metrics: { name: string; value: number }[];
  };
  return metrics.find((one) => one.name === "TaskDuration")?.value ?? 0;
}

/** CPU time a process has used so far, in seconds; Linux counts it in hundredths. */
export function cpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What one operation cost on the line. */
export interface Traffic {
  asked: number;
  bytes: number;
  largest: number;
}

/** Counts what a page asks for over its socket and how much comes back, by operation. Made before the page signs in. */
export class Wire {
  private counted = new Map<string, Traffic>();
  private readonly waiting = new Map<number, string>();

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => {
        const { id, method } = JSON.parse(String(payload)) as { id?: number; method: string };
        this.of(method).asked++;
        if (id !== undefined) this.waiting.set(id, method);
      });
      socket.on("framereceived", ({ payload }) => {
        const text = String(payload);
        // The head of a message is enough: some of them are large.
        const method = /"method":"([^"]+)"/.exec(text.slice(0, 200))?.[1];
        const id = /"id":(\d+)/.exec(text.slice(0, 40))?.[1];
        const whose = method ?? this.waiting.get(Number(id)) ?? "?";
        if (id !== undefined && method === undefined) this.waiting.delete(Number(id));
        const one = this.of(whose);
        one.bytes += text.length;
        one.largest = Math.max(one.largest, text.length);
      });
    });
  }

  private of(method: string): Traffic {
    const known = this.counted.get(method) ?? { asked: 0, bytes: 0, largest: 0 };
    this.counted.set(method, known);
    return known;
  }

  /** What was counted since the last time. */
  take(): Map<string, Traffic> {
    const taken = this.counted;
    this.counted = new Map();
    return taken;
  }
}

/** The same as words: "health.list 12 x, 1234 kB (largest 99 kB)". */
export function spell(traffic: Map<string, Traffic>): string {
  const kb = (bytes: number) => `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return [...traffic]
    .sort((a, b) => b[1].bytes - a[1].bytes)
    .map(([name, one]) => `${name} ${one.asked} x ${kb(one.bytes)} (largest ${kb(one.largest)})`)
    .join(", ");
}
