// The map's nodes and lines from what is to be shown.

import type { Edge, NodeHandle } from "@xyflow/react";
import { number } from "@/shared/format";
import type { Translate } from "@/shared/i18n";
import type { Box, Layout } from "./layout";
import classes from "./map.module.css";
import { type Ends, type MapNode, routeEnds, targetEnds, targetWords, tierEnds } from "./nodes";
import type { mapText } from "./text";
import { type keysOf, type MapTier, nobodyServes, servingPlace } from "./tiers";
import { kindWord, strategyWord, tierNote } from "./words";

export const routeId = "route";

interface Shown {
  route: string;
  tiers: MapTier[];
  keys: ReturnType<typeof keysOf>;
  at: Layout;
  movable: boolean;
  /** The id of what says how things are moved. */
  hint: string;
  t: Translate<(typeof mapText)["en"]>;
  stateWord: (state: string) => string;
}

const tierMoves = "Alt+ArrowLeft Alt+ArrowRight";
const targetMoves = `${tierMoves} Alt+ArrowUp Alt+ArrowDown`;

/** The nodes in the order in which they are walked with Tab, and the lines between them. */
export function graphOf(shown: Shown): { nodes: MapNode[]; edges: Edge[] } {
  const { route, tiers, keys, at, movable, t } = shown;
  const nobody = nobodyServes(tiers);
  const serving = servingPlace(tiers);
  const said = (...parts: string[]) => parts.filter(Boolean).join(t("comma"));
  const nodes: MapNode[] = [
    {
      ...common(at.route, routeEnds(at.route), t("route")),
      id: routeId,
      type: "route",
      draggable: false,
      data: { name: route, nobody },
      ariaLabel: said(route, nobody ? t("nobody") : ""),
    },
  ];
  const edges: Edge[] = [];
  const count = number(tiers.length);
  tiers.forEach((tier, i) => {
    const placed = at.tiers[i];
    const key = keys[i];
    if (!placed || !key) return;
    const n = number(i + 1);
    nodes.push({
      ...common(placed.box, tierEnds(placed.box), t("tier"), movable ? tierMoves : "", shown.hint),
      id: key.tier,
      type: "tier",
      draggable: movable,
      data: { tier, n: i + 1, movable },
      ariaLabel: said(
        t("tierOf", { n, count }),
        kindWord(t, tier.kind),
        strategyWord(t, tier.strategy),
        tier.figures ? tierNote(t, tier.figures) : "",
      ),
    });
    // The way to whom a call would go now leads through the tiers before it.
    const through = serving !== undefined && serving.tier >= i;
    edges.push(edgeOf(keys[i - 1]?.tier ?? routeId, "on", key.tier, through, i > 0));
    tier.targets.forEach((target, j) => {
      const box = placed.targets[j];
      const id = key.targets[j];
      if (!box || !id) return;
      const strategy = tier.strategy ?? "";
      const place = t("targetOf", { n: number(j + 1), count: number(tier.targets.length), tier: n });
      nodes.push({
        ...common(box, targetEnds(), t("target"), movable ? targetMoves : "", shown.hint),
        id,
        parentId: key.tier,
        type: "target",
        zIndex: 2,
        draggable: movable,
        data: { target, strategy, movable },
        ariaLabel: said(targetWords(t, shown.stateWord, target, strategy), place),
      });
      edges.push(edgeOf(key.tier, "down", id, serving?.tier === i && serving.target === j, false));
    });
  });
  return { nodes, edges };
}

/** Sizes are given, not measured: the map stands at once, and the same everywhere. */
function common(box: Box, ends: Ends, role: string, shortcuts = "", hint = "") {
  const { x, y, width, height } = box;
  return {
    position: { x, y },
    width,
    height,
    measured: { width, height },
    zIndex: 0,
    handles: ends.map((end) => ({ ...end, width: 1, height: 1 })) satisfies NodeHandle[],
    className: classes.node ?? "",
    // What is cut off tells itself on the hover, also where nothing can be dragged.
    style: { pointerEvents: "all" as const },
    domAttributes: {
      "aria-roledescription": role,
      ...(shortcuts ? { "aria-keyshortcuts": shortcuts, "aria-describedby": hint } : {}),
    },
  };
}

/** A line of the map. All that it says the nodes say, too. */
function edgeOf(source: string, from: string, target: string, serving: boolean, otherwise: boolean): Edge {
  const looks = [classes.edge, serving ? classes.serving : "", otherwise ? classes.otherwise : ""];
  return {
    id: `${source}>${target}`,
    source,
    sourceHandle: from,
    target,
    targetHandle: "in",
    type: from === "on" ? "straight" : "branch",
    zIndex: serving ? 2 : 1,
    interactionWidth: 0,
    focusable: false,
    selectable: false,
    className: looks.join(" "),
    ariaRole: "presentation",
    domAttributes: { "aria-hidden": true },
  };
}
