// Where everything of the map stands, in pixels at zoom 1, and what a thing that
// was dropped somewhere means. The sizes are those of map.module.css.

import { isByHand, speaks, type Told } from "@/shared/ui/health";
import { type MapCredential, type MapTarget, type MapTier, type Place, targetsKind } from "./tiers";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

export interface Layout {
  route: Box;
  /** Each tier, and its targets with their places inside of it. */
  tiers: { box: Box; targets: Box[] }[];
  width: number;
  height: number;
}

/** A target with many keys shows these; the rest is counted. */
export const mostCredentials = 5;

const routeWidth = 168;
const laneWidth = 292;
const plainWidth = 196;
const between = 40;
export const head = 52;
/** Left of a lane's targets runs the line that leads to them. */
export const gutter = 34;
const padding = 10;
const gap = 10;
const card = { around: 18, names: 44, now: 24, key: 26, words: [0, 18, 34], more: 18 };
/** As many letters as surely fit beside each other in a card. */
const lineLetters = 32;
const plainHeight = { short: 104, full: 140 };
const emptyHeight = 40;

/** How many lines the sentence has that stands below the state of a credential. */
export function wordLines(one: MapCredential, english: boolean): 0 | 1 | 2 {
  const words = one.words ?? "";
  if (!speaks({ ...one, words } as Told, english ? "en" : "zh")) return 0;
  return !english || isByHand(one.state) || words.length > lineLetters ? 2 : 1;
}

/** The credentials that are shown: those that are asked soonest, as they are listed. */
export function shownCredentials(target: MapTarget): MapCredential[] {
  const rank = (one: MapCredential) => one.order || Number.POSITIVE_INFINITY;
  const chosen = new Set(target.credentials.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostCredentials));
  return target.credentials.filter((one) => chosen.has(one));
}

function cardHeight(target: MapTarget, english: boolean): number {
  const shown = shownCredentials(target);
  let height = card.around + card.names;
  if (shown.some((one) => one.order === 1)) height += card.now;
  for (const one of shown) height += card.key + (card.words[wordLines(one, english)] ?? 0);
  if (shown.length < target.credentials.length) height += card.more;
  return height;
}

/** The route at the left, its tiers beside each other, the targets of each below its head. */
export function layout(tiers: MapTier[], english: boolean, nobody: boolean): Layout {
  const route = { x: 0, y: 0, width: routeWidth, height: nobody ? 96 : 60 };
  let x = routeWidth + between;
  let bottom = route.height;
  const placed = tiers.map((tier) => {
    const plain = tier.kind !== targetsKind;
    const width = plain ? plainWidth : laneWidth;
    let y = head;
    const targets = tier.targets.map((target) => {
      const height = cardHeight(target, english);
      const box = { x: gutter, y, width: width - gutter - padding, height };
      y += height + gap;
      return box;
    });
    const least = plain ? plainHeight[tier.figures ? "full" : "short"] : head + emptyHeight;
    const height = targets.length === 0 ? least : y - gap + padding;
    const box = { x, y: 0, width, height };
    x += width + between;
    bottom = Math.max(bottom, height);
    return { box, targets };
  });
  return { route, tiers: placed, width: x - between, height: bottom };
}

/** Where a tier goes whose middle was dropped at x. */
export function tierDrop(at: Layout, from: number, x: number): number {
  return at.tiers.filter((tier, i) => i !== from && tier.box.x + tier.box.width / 2 < x).length;
}

/** Where a target goes whose middle was dropped at a point; undefined where no tier takes it. */
export function targetDrop(
  at: Layout,
  tiers: MapTier[],
  from: Place,
  point: { x: number; y: number },
): Place | undefined {
  const near = between / 2;
  const lane = at.tiers.findIndex(
    ({ box }) => point.x >= box.x - near && point.x <= box.x + box.width + near,
  );
  if (tiers[lane]?.kind !== targetsKind) return undefined;
  const others = at.tiers[lane]?.targets.filter((_, i) => lane !== from.tier || i !== from.target) ?? [];
  return { tier: lane, target: others.filter((box) => box.y + box.height / 2 < point.y).length };
}

/** The line that shows where a tier would go. */
export function tierMark(at: Layout, from: number, to: number): Box {
  const others = at.tiers.filter((_, i) => i !== from);
  const next = others[to]?.box;
  const last = others.at(-1)?.box ?? at.route;
  const x = next ? next.x - between / 2 : last.x + last.width + between / 2;
  return { x: x - 2, y: 0, width: 4, height: at.height };
}

/** The line that shows where a target would go. */
export function targetMark(at: Layout, from: Place, to: Place): Box | undefined {
  const lane = at.tiers[to.tier];
  if (!lane) return undefined;
  const others = lane.targets.filter((_, i) => to.tier !== from.tier || i !== from.target);
  const next = others[to.target];
  const last = others.at(-1);
  const y = next ? next.y - gap / 2 : last ? last.y + last.height + gap / 2 : head;
  const width = lane.box.width - gutter - padding;
  return { x: lane.box.x + gutter, y: lane.box.y + y - 2, width, height: 4 };
}

export const zooms = { least: 0.2, readable: 0.8, most: 2 };
export const margin = 16;

/**
 * What is shown at first: everything in the width, but never smaller than can be
 * read; then the route and its first tiers, and the rest can be moved into sight.
 */
export function firstView(at: Layout, width: number): Viewport {
  const inner = width - 2 * margin;
  const zoom = width > 0 ? clamp(inner / at.width, zooms.readable, 1) : 1;
  const rest = inner - at.width * zoom;
  return { x: margin + Math.max(0, rest / 2), y: margin, zoom };
}

/** Everything, however small. */
export function wholeView(at: Layout, width: number, height: number): Viewport {
  const fits = Math.min((width - 2 * margin) / at.width, (height - 2 * margin) / at.height);
  const zoom = clamp(fits, zooms.least, 1);
  return { x: (width - at.width * zoom) / 2, y: Math.max(margin, (height - at.height * zoom) / 2), zoom };
}

/** Larger or smaller around the middle. */
export function zoomed(view: Viewport, by: number, width: number, height: number): Viewport {
  const zoom = clamp(view.zoom * by, zooms.least, zooms.most);
  const scale = zoom / view.zoom;
  return {
    x: width / 2 - (width / 2 - view.x) * scale,
    y: height / 2 - (height / 2 - view.y) * scale,
    zoom,
  };
}

/** Moves a box into sight, by as little as it takes. */
export function revealed(view: Viewport, box: Box, width: number, height: number): Viewport {
  const along = (at: number, start: number, size: number, room: number) => {
    const from = start * view.zoom + at;
    const to = from + size * view.zoom;
    if (from < margin || size * view.zoom > room - 2 * margin) return at + margin - from;
    return to > room - margin ? at + room - margin - to : at;
  };
  return {
    x: along(view.x, box.x, box.width, width),
    y: along(view.y, box.y, box.height, height),
    zoom: view.zoom,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
