// The map itself, in a file of its own: React Flow comes with it.

import "@xyflow/react/dist/base.css";
import { ActionIcon, Group, Text, useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { IconArrowsMaximize, IconMinus, IconPlus } from "@tabler/icons-react";
import { type Edge, type NodeChange, ReactFlow, type XYPosition } from "@xyflow/react";
import {
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  type SyntheticEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { number } from "@/shared/format";
import { useLanguage, useT } from "@/shared/i18n";
import { useStateWord } from "@/shared/ui";
import { graphOf, routeId } from "./graph";
import {
  type Box,
  firstView,
  layout,
  margin,
  revealed,
  targetDrop,
  targetMark,
  tierDrop,
  tierMark,
  wholeView,
  zoomed,
  zooms,
} from "./layout";
import classes from "./map.module.css";
import { edgeTypes, type MapNode, nodeTypes } from "./nodes";
import { mapText } from "./text";
import {
  keysOf,
  type MapTier,
  moveTarget,
  moveTier,
  nobodyServes,
  type Place,
  placeOf,
  targetsKind,
} from "./tiers";

export interface RouteMapProps {
  /** The route's public name. */
  route: string;
  tiers: MapTier[];
  /** Told the new order; the map shows it once tiers says so. Without it nothing can be moved. */
  onMove?: ((next: MapTier[]) => void) | undefined;
  readOnly?: boolean | undefined;
}

const mostHeight = 560;
const leastHeight = 160;

/** What a node stands for: a tier, or a target of it. */
interface Thing {
  tier: number;
  target?: number;
}

const isTarget = (thing: Thing): thing is Place => thing.target !== undefined;

const steps: Record<string, { x: number; y: number }> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export default function Flow({ route, tiers, onMove, readOnly }: RouteMapProps) {
  const t = useT(mapText);
  const stateWord = useStateWord();
  const english = useLanguage()[0] === "en";
  const scheme = useComputedColorScheme("light");
  const id = useId();
  const hint = `${id}hint`;
  const frame = useRef<HTMLDivElement>(null);
  const { ref: sized, width } = useElementSize<HTMLDivElement>();
  const ref = useMergedRef(frame, sized);
  const [said, setSaid] = useState("");
  const [dragged, setDragged] = useState<{ id: string; position: XYPosition }>();
  const wanted = useRef<string>(undefined);
  const movable = Boolean(onMove) && !readOnly;

  const keys = useMemo(() => keysOf(tiers), [tiers]);
  const at = useMemo(() => layout(tiers, english, nobodyServes(tiers)), [tiers, english]);
  const first = firstView(at, width);
  const height = Math.min(mostHeight, Math.max(leastHeight, at.height * first.zoom + 2 * margin));
  const [view, setView] = useState(first);
  // Laid out anew when there is more or less to see; a state that changes moves nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: first follows from these
  useEffect(() => setView(first), [width, at.width]);

  const thingOf = (key: string): Thing | undefined => {
    for (const [tier, one] of keys.entries()) {
      if (one.tier === key) return { tier };
      const target = one.targets.indexOf(key);
      if (target >= 0) return { tier, target };
    }
    return undefined;
  };

  /** Where a node stands on the whole map. */
  const boxOf = (key: string): Box | undefined => {
    const thing = thingOf(key);
    if (!thing) return key === routeId ? at.route : undefined;
    const tier = at.tiers[thing.tier];
    if (!tier || !isTarget(thing)) return tier?.box;
    const box = tier.targets[thing.target];
    return box && { ...box, x: box.x + tier.box.x, y: box.y + tier.box.y };
  };

  const reveal = (key: string) => {
    const box = boxOf(key);
    if (box && width > 0) setView((now) => revealed(now, box, width, height));
  };

  const focus = (key: string | undefined) => {
    const found = frame.current?.querySelectorAll<HTMLElement>(".react-flow__node") ?? [];
    for (const node of found) if (node.dataset.id === key) node.focus();
  };

  // What was moved with the keyboard keeps the focus, wherever it is now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked whenever there are other tiers
  useEffect(() => {
    const key = wanted.current;
    wanted.current = undefined;
    if (key === undefined || !frame.current?.contains(document.activeElement)) return;
    focus(key);
    reveal(key);
  }, [tiers]);

  const move = (thing: Thing, next: MapTier[], byKeyboard: boolean) => {
    const tier = tiers[thing.tier];
    if (!tier) return;
    if (next === tiers) {
      setSaid(t("stays"));
      return;
    }
    const names = keysOf(next);
    const target = isTarget(thing) ? tier.targets[thing.target] : undefined;
    const place = target ? placeOf(next, target) : undefined;
    let words: string;
    if (target && place) {
      words = t("movedTarget", {
        target: target.model ? `${target.upstream} / ${target.model}` : target.upstream,
        n: number(place.target + 1),
        count: number(next[place.tier]?.targets.length ?? 0),
        tier: number(place.tier + 1),
      });
      if (next.length < tiers.length) words += ` ${t("emptied")}`;
    } else {
      words = t("movedTier", { n: number(next.indexOf(tier) + 1), count: number(next.length) });
    }
    if (byKeyboard) {
      wanted.current = place ? names[place.tier]?.targets[place.target] : names[next.indexOf(tier)]?.tier;
    }
    setSaid(words);
    onMove?.(next);
  };

  const onKey = (event: KeyboardEvent) => {
    const key = (event.target as HTMLElement).dataset.id;
    const step = steps[event.key];
    if (!key || !step || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const thing = thingOf(key);
    if (event.altKey) {
      if (!movable || !thing) return;
      // Alt and an arrow would otherwise leave the page.
      event.preventDefault();
      move(thing, stepped(tiers, thing, step), true);
      return;
    }
    event.preventDefault();
    const columns = [[routeId], ...keys.map((one) => [one.tier, ...one.targets])];
    const column = columns.findIndex((one) => one.includes(key));
    const row = (columns[column]?.indexOf(key) ?? 0) + step.y;
    const to = columns[column + step.x];
    focus(to?.[Math.min(row, to.length - 1)]);
  };

  const onFocus = (event: FocusEvent) => {
    const node = event.target as HTMLElement;
    if (width > 0 && node.dataset.id && node.matches(":focus-visible")) reveal(node.dataset.id);
  };

  /** What it means to drop a node where it is, and the line that shows it. */
  const dropOf = (key: string, position: XYPosition) => {
    const thing = thingOf(key);
    const box = boxOf(key);
    const lane = thing && at.tiers[thing.tier]?.box;
    if (!thing || !box || !lane) return undefined;
    if (!isTarget(thing)) {
      const to = tierDrop(at, thing.tier, position.x + box.width / 2);
      return { thing, next: moveTier(tiers, thing.tier, to), mark: tierMark(at, thing.tier, to) };
    }
    const middle = { x: lane.x + position.x + box.width / 2, y: lane.y + position.y + box.height / 2 };
    const to = targetDrop(at, tiers, thing, middle);
    return to && { thing, next: moveTarget(tiers, thing, to), mark: targetMark(at, thing, to) };
  };

  const onNodesChange = (changes: NodeChange<MapNode>[]) => {
    for (const change of changes) {
      if (change.type === "position" && change.dragging && change.position) {
        setDragged({ id: change.id, position: change.position });
      }
    }
  };

  const onDragStop = (_: unknown, node: MapNode) => {
    const drop = dropOf(node.id, node.position);
    setDragged(undefined);
    if (drop && drop.next !== tiers) move(drop.thing, drop.next, false);
  };

  const { nodes, edges } = graphOf({ route, tiers, keys, at, movable, hint, t, stateWord });
  const drop = dragged && dropOf(dragged.id, dragged.position);
  const zoom = (by: number) => setView((now) => zoomed(now, by, width, height));
  return (
    <div>
      <div ref={ref} className={classes.frame} style={{ height }}>
        <ReactFlow<MapNode>
          id={id}
          className={classes.flow ?? ""}
          aria-label={t("label", { route })}
          ariaLabelConfig={unsaid}
          colorMode={scheme}
          nodes={dragged ? withDragged(nodes, dragged, drop?.next === tiers ? undefined : drop?.mark) : nodes}
          edges={dragged ? withoutDragged(edges, dragged.id) : edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onKeyDown={onKey}
          onFocus={onFocus}
          // The wheel scrolls the page and, with Ctrl, makes all of it larger; the map takes neither.
          onWheelCapture={stop}
          onNodesChange={onNodesChange}
          onNodeDragStop={onDragStop}
          viewport={view}
          onViewportChange={setView}
          minZoom={zooms.least}
          maxZoom={zooms.most}
          zIndexMode="manual"
          nodesDraggable={movable}
          nodeDragThreshold={4}
          nodesConnectable={false}
          nodesFocusable
          edgesFocusable={false}
          elementsSelectable={false}
          selectNodesOnDrag={false}
          // Keys are heard above, and answered in the page's language.
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          panActivationKeyCode={null}
          zoomActivationKeyCode={null}
          zoomOnScroll={false}
          zoomOnPinch={false}
          zoomOnDoubleClick={false}
          panOnScroll={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
        />
      </div>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm" mt={4}>
        <Text id={hint} size="xs" c="dimmed">
          {movable ? t("hint") : ""}
        </Text>
        <ActionIcon.Group>
          <Tool label={t("zoomOut")} onClick={() => zoom(1 / 1.25)}>
            <IconMinus size={16} aria-hidden />
          </Tool>
          <Tool label={t("whole")} onClick={() => setView(wholeView(at, width, height))}>
            <IconArrowsMaximize size={16} aria-hidden />
          </Tool>
          <Tool label={t("zoomIn")} onClick={() => zoom(1.25)}>
            <IconPlus size={16} aria-hidden />
          </Tool>
        </ActionIcon.Group>
      </Group>
      <VisuallyHidden role="status" aria-live="polite">
        {said}
      </VisuallyHidden>
    </div>
  );
}

// The library's own words are English and of keys that are not heard here.
const unsaid = {
  "node.a11yDescription.default": "",
  "node.a11yDescription.keyboardDisabled": "",
  "edge.a11yDescription.default": "",
};
const stop = (event: SyntheticEvent) => event.stopPropagation();

function Tool(props: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <ActionIcon variant="default" aria-label={props.label} title={props.label} onClick={props.onClick}>
      {props.children}
    </ActionIcon>
  );
}

/** A tier goes before or after its neighbour; a target within its tier, or to the next that has targets. */
function stepped(tiers: MapTier[], thing: Thing, step: { x: number; y: number }): MapTier[] {
  if (!isTarget(thing)) return moveTier(tiers, thing.tier, thing.tier + step.x);
  if (step.x === 0) return moveTarget(tiers, thing, { tier: thing.tier, target: thing.target + step.y });
  let tier = thing.tier + step.x;
  while (tiers[tier] && tiers[tier]?.kind !== targetsKind) tier += step.x;
  const room = tiers[tier]?.targets.length ?? 0;
  return moveTarget(tiers, thing, { tier, target: Math.min(thing.target, room) });
}

/** The nodes while one of them is dragged, and the line that shows where it would go. */
function withDragged(
  nodes: MapNode[],
  dragged: { id: string; position: XYPosition },
  mark: Box | undefined,
): MapNode[] {
  const shown = nodes.map((node) => {
    if (node.id === dragged.id) return { ...node, position: dragged.position, dragging: true, zIndex: 10 };
    return node.parentId === dragged.id ? { ...node, zIndex: 12 } : node;
  });
  if (!mark) return shown;
  const { x, y, ...size } = mark;
  const line = { id: "mark", type: "mark", position: { x, y }, ...size, measured: size, zIndex: 9 } as const;
  return [...shown, { ...line, draggable: false, focusable: false, data: {} }];
}

/** The lines meanwhile: what is in the hand hangs on nothing, and takes its own along. */
function withoutDragged(edges: Edge[], id: string): Edge[] {
  return edges
    .filter((edge) => edge.target !== id && (edge.source !== id || edge.sourceHandle === "down"))
    .map((edge) => (edge.source === id ? { ...edge, zIndex: 11 } : edge));
}
