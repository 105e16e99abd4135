import { Badge, Box, Group, Text } from "@mantine/core";
import { IconArrowBigRightFilled, IconGripVertical } from "@tabler/icons-react";
import {
  BaseEdge,
  type EdgeProps,
  Handle,
  type Node,
  type NodeHandle,
  type NodeProps,
  Position,
} from "@xyflow/react";
import { number, ordinal, percent } from "@/shared/format";
import { type Translate, useLanguage, useT } from "@/shared/i18n";
import { HealthWords, ProviderMark, StateBadge, shownState } from "@/shared/ui";
import { type Box as Area, gutter, head, shownCredentials, wordLines } from "./layout";
import classes from "./map.module.css";
import { mapText } from "./text";
import { type MapCredential, type MapTarget, type MapTier, shareOf, targetsKind } from "./tiers";
import { kindWord, strategyWord, tierNote } from "./words";

type T = Translate<(typeof mapText)["en"]>;

export type RouteNode = Node<{ name: string; nobody: boolean }, "route">;
export type TierNode = Node<{ tier: MapTier; n: number; movable: boolean }, "tier">;
export type TargetNode = Node<{ target: MapTarget; strategy: string; movable: boolean }, "target">;
export type MarkNode = Node<Record<string, never>, "mark">;
export type MapNode = RouteNode | TierNode | TargetNode | MarkNode;

/** Where lines begin and end; known before anything is measured. */
export type Ends = (Pick<NodeHandle, "type" | "position" | "x" | "y"> & { id: string })[];

const middle = head / 2;

/** A tier is reached at its head, left, and led on from there; its targets hang on its number. */
export function tierEnds(box: Area): Ends {
  return [
    { id: "in", type: "target", position: Position.Left, x: 0, y: middle },
    { id: "on", type: "source", position: Position.Right, x: box.width - 1, y: middle },
    { id: "down", type: "source", position: Position.Bottom, x: gutter / 2, y: middle + 11 },
  ];
}

export function routeEnds(box: Area): Ends {
  return [{ id: "on", type: "source", position: Position.Right, x: box.width - 1, y: middle }];
}

export function targetEnds(): Ends {
  return [{ id: "in", type: "target", position: Position.Left, x: 0, y: 20 }];
}

function Handles(props: { ends: Ends }) {
  return props.ends.map(({ id, type, position, x, y }) => (
    <Handle
      key={id}
      id={id}
      type={type}
      position={position}
      isConnectable={false}
      className={classes.end ?? ""}
      style={{ left: x, top: y }}
    />
  ));
}

const sized = (props: { width?: number; height?: number }): Area => ({
  x: 0,
  y: 0,
  width: props.width ?? 0,
  height: props.height ?? 0,
});

function RouteBox(props: NodeProps<RouteNode>) {
  const t = useT(mapText);
  const { name, nobody } = props.data;
  return (
    <div className={classes.route}>
      <Text size="xs" c="dimmed" lh={1.3}>
        {t("route")}
      </Text>
      <Text size="sm" fw={700} truncate title={name}>
        {name}
      </Text>
      {nobody ? (
        <Text size="xs" fw={600} lh={1.3} lineClamp={2} title={t("nobody")}>
          {t("nobody")}
        </Text>
      ) : null}
      <Handles ends={routeEnds(sized(props))} />
    </div>
  );
}

function TierBox(props: NodeProps<TierNode>) {
  const t = useT(mapText);
  const { tier, n, movable } = props.data;
  const kind = kindWord(t, tier.kind);
  const strategy = strategyWord(t, tier.strategy);
  const about = tier.kind in mapText.en.about ? t(`about.${tier.kind}` as "about.cache") : "";
  const note = tier.figures ? tierNote(t, tier.figures) : "";
  return (
    <div className={classes.tier} data-plain={tier.kind !== targetsKind || undefined}>
      <Group className={classes.head ?? ""} wrap="nowrap" gap={8}>
        <span className={classes.number}>{number(n)}</span>
        <Box miw={0} flex={1}>
          <Text size="sm" fw={600} lh={1.25} truncate title={kind}>
            {kind}
          </Text>
          {strategy ? (
            <Text size="xs" c="dimmed" lh={1.25} truncate title={strategy}>
              {strategy}
            </Text>
          ) : null}
        </Box>
        {movable ? <IconGripVertical size={16} aria-hidden className={classes.grip} /> : null}
      </Group>
      {about ? (
        <Text size="xs" c="dimmed" px="sm" lh={1.35} lineClamp={2} title={about}>
          {about}
        </Text>
      ) : null}
      {note ? (
        <Text size="xs" px="sm" mt={4} lh={1.35} lineClamp={2} title={note}>
          {note}
        </Text>
      ) : null}
      {tier.kind === targetsKind && tier.targets.length === 0 ? (
        <Text size="xs" c="dimmed" px="sm">
          {t("noTargets")}
        </Text>
      ) : null}
      <Handles ends={tierEnds(sized(props))} />
    </div>
  );
}

/** A target's part of the calls: as a share where that is known, else as its weight. */
export function shareWords(t: T, target: MapTarget, strategy: string): { short: string; long: string } {
  if (strategy === "priority") return { short: "", long: "" };
  const share = shareOf(target);
  if (share !== undefined) {
    return { short: percent(share, 0), long: t("share", { share: percent(share, 0) }) };
  }
  const weight = t("weight", { n: number(target.weight || 1) });
  return { short: weight, long: weight };
}

/** When a credential would be asked, in words; empty when that is not known. */
export function orderWords(t: T, one: MapCredential): string {
  if (one.order === undefined) return "";
  return one.order === 0 ? t("skipped") : t("asked", { nth: ordinal(one.order) });
}

function TargetBox(props: NodeProps<TargetNode>) {
  const t = useT(mapText);
  const { target, strategy, movable } = props.data;
  const shown = shownCredentials(target);
  const hidden = target.credentials.length - shown.length;
  const serving = shown.some((one) => one.order === 1);
  const share = shareWords(t, target, strategy);
  const model = target.model || t("anyModel");
  return (
    <div className={classes.target} data-serving={serving || undefined} data-movable={movable || undefined}>
      {serving ? (
        <Group className={classes.now ?? ""} gap={4} wrap="nowrap">
          <IconArrowBigRightFilled size={14} aria-hidden style={{ flexShrink: 0 }} />
          <Text size="xs" fw={600} truncate title={t("now")}>
            {t("now")}
          </Text>
        </Group>
      ) : null}
      <Group gap={6} wrap="nowrap" h={22}>
        <ProviderMark provider={target.provider ?? ""} size={16} />
        <Text size="sm" fw={600} truncate flex={1} title={target.upstream}>
          {target.upstream}
        </Text>
        {share.short ? (
          <Text size="xs" className="hw-figures" title={share.long} style={{ flexShrink: 0 }}>
            {share.short}
          </Text>
        ) : null}
      </Group>
      <Text size="xs" c="dimmed" truncate title={model} h={22} lh="20px">
        {model}
      </Text>
      {shown.map((one) => (
        <Credential key={one.name ?? ""} one={one} />
      ))}
      {hidden > 0 ? (
        <Text size="xs" c="dimmed" lh="18px">
          {t("more", { count: hidden })}
        </Text>
      ) : null}
      <Handles ends={targetEnds()} />
    </div>
  );
}

function Credential({ one }: { one: MapCredential }) {
  const t = useT(mapText);
  const [language] = useLanguage();
  const lines = wordLines(one, language === "en");
  return (
    <>
      <Group gap={6} wrap="nowrap" h={26}>
        {one.order === undefined ? null : (
          <Badge
            size="sm"
            radius="sm"
            tt="none"
            miw={32}
            px={4}
            variant={one.order === 1 ? "filled" : "default"}
            title={orderWords(t, one)}
            style={{ flexShrink: 0 }}
          >
            {one.order === 0 ? "–" : ordinal(one.order)}
          </Badge>
        )}
        <Box style={{ flexShrink: 0 }} lh={0}>
          <StateBadge state={shownState(one)} />
        </Box>
        {one.name ? (
          <Text size="xs" c="dimmed" truncate title={one.name}>
            {one.name}
          </Text>
        ) : null}
      </Group>
      {lines > 0 ? (
        <div className={classes.words} data-lines={lines} title={language === "en" ? one.words : undefined}>
          <HealthWords
            of={{
              state: one.state,
              words: one.words ?? "",
              ...(one.reason ? { reason: one.reason as "failed" } : {}),
              ...(one.not_before ? { not_before: one.not_before } : {}),
            }}
          />
        </div>
      ) : null}
    </>
  );
}

/** All that a target's card says, for who hears it. */
export function targetWords(t: T, state: (state: string) => string, target: MapTarget, strategy: string) {
  return [
    target.upstream,
    target.model || t("anyModel"),
    shareWords(t, target, strategy).long,
    ...target.credentials.flatMap((one) => [
      one.name ? t("key", { name: one.name }) : "",
      state(shownState(one)),
      one.order === 1 ? t("now") : orderWords(t, one),
    ]),
  ]
    .filter(Boolean)
    .join(t("comma"));
}

const bend = 8;

/** The line from a tier's number down and, round the corner, to one of its targets. */
function Branch({ sourceX: x, sourceY: y, targetX, targetY }: EdgeProps) {
  const path = `M${x} ${y}V${targetY - bend}Q${x} ${targetY} ${x + bend} ${targetY}H${targetX}`;
  return <BaseEdge path={path} interactionWidth={0} />;
}

const MarkBox = () => <div className={classes.mark} />;

export const edgeTypes = { branch: Branch };
export const nodeTypes = { route: RouteBox, tier: TierBox, target: TargetBox, mark: MarkBox };
