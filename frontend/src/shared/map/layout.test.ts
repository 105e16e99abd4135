import { describe, expect, test } from "vitest";
import { firstView, layout, margin, revealed, targetDrop, tierDrop, wholeView, zooms } from "./layout";
import type { MapTier } from "./tiers";

const target = (upstream: string) => ({ upstream, credentials: [{ state: "healthy" }] });
const tiers: MapTier[] = [
  { kind: "targets", targets: [target("a"), target("b")] },
  { kind: "cache", targets: [] },
  { kind: "targets", targets: [target("c")] },
];
const at = layout(tiers, true, false);
const [first, cache, last] = at.tiers.map((tier) => tier.box);
const middle = (box: typeof first) => (box ? box.x + box.width / 2 : Number.NaN);

test("tiers stand beside each other in their order, targets inside of theirs", () => {
  let x = at.route.width;
  for (const { box, targets } of at.tiers) {
    expect(box.x).toBeGreaterThan(x);
    x = box.x + box.width;
    let y = 0;
    for (const one of targets) {
      expect(one.y).toBeGreaterThan(y);
      y = one.y + one.height;
      expect(y).toBeLessThan(box.height);
      expect(one.x + one.width).toBeLessThan(box.width);
    }
  }
  expect(at.width).toBe(x);
});

describe("what is dropped", () => {
  test("goes among the tiers by their middles", () => {
    expect(tierDrop(at, 0, middle(first))).toBe(0);
    expect(tierDrop(at, 0, middle(cache) + 1)).toBe(1);
    expect(tierDrop(at, 0, middle(last) + 1)).toBe(2);
    expect(tierDrop(at, 2, 0)).toBe(0);
  });
  test("goes into the tier below it, at its height", () => {
    const from = { tier: 0, target: 0 };
    expect(targetDrop(at, tiers, from, { x: middle(first), y: 1000 })).toEqual({ tier: 0, target: 1 });
    expect(targetDrop(at, tiers, from, { x: middle(last), y: 0 })).toEqual({ tier: 2, target: 0 });
    expect(targetDrop(at, tiers, from, { x: middle(last), y: 1000 })).toEqual({ tier: 2, target: 1 });
  });
  test("stays where it was when nothing takes it", () => {
    const from = { tier: 0, target: 0 };
    expect(targetDrop(at, tiers, from, { x: middle(cache), y: 10 })).toBeUndefined();
    expect(targetDrop(at, tiers, from, { x: -100, y: 10 })).toBeUndefined();
  });
});

describe("the view", () => {
  test("shows everything in the width, as long as it can be read", () => {
    expect(firstView(at, 2000).zoom).toBe(1);
    const fits = firstView(at, at.width * 0.9 + 2 * margin);
    expect(fits.zoom).toBeCloseTo(0.9);
    const narrow = firstView(at, 400);
    expect(narrow).toEqual({ x: margin, y: margin, zoom: zooms.readable });
  });
  test("shows everything when asked to", () => {
    const whole = wholeView(at, 400, 300);
    expect(at.width * whole.zoom).toBeLessThanOrEqual(400);
    expect(at.height * whole.zoom).toBeLessThanOrEqual(300);
  });
  test("moves what is outside into sight, and nothing else", () => {
    const view = { x: 0, y: 0, zoom: 1 };
    expect(revealed(view, { x: 100, y: 100, width: 50, height: 50 }, 400, 300)).toEqual(view);
    expect(revealed(view, { x: 500, y: -90, width: 50, height: 50 }, 400, 300)).toEqual({
      x: 400 - margin - 550,
      y: margin + 90,
      zoom: 1,
    });
  });
});
