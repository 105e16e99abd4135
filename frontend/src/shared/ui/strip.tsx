import { Group, Text, Tooltip } from "@mantine/core";
import { type KeyboardEvent, memo, type PointerEvent, useRef, useState } from "react";
import { clock, number } from "@/shared/format";
import { texts, useT } from "@/shared/i18n";
import { useStateWord } from "./controls";
import { type Run, runsOf, type Served, servedIn, servedKinds, stepsServed } from "./runs";
import classes from "./strip.module.css";

const stripText = texts(
  "strip",
  {
    label: "Last {{hours}} h of {{name}}",
    part: "took calls throughout in {{good}} of {{known}} steps",
    nothing: "nothing is known",
    run: "{{from}} – {{to}}: {{state}}",
    worst: "Each step of {{minutes}} min shows the worst that happened in it.",
    keys: "On the keyboard: the arrow keys walk through it.",
    before: "{{hours}} h ago",
    now: "now",
    legend: "What the bars mean",
    served: {
      well: "takes calls",
      less: "takes calls, with trouble",
      none: "takes none",
      byHand: "taken out by a person",
      unknown: "nothing known",
    },
  },
  {
    label: "{{name}} 最近 {{hours}} 小时",
    part: "{{known}} 格中有 {{good}} 格始终接受调用",
    nothing: "一无所知",
    run: "{{from}} – {{to}}：{{state}}",
    worst: "每格 {{minutes}} 分钟，显示其间最差的状态。",
    keys: "使用键盘：按方向键逐段查看。",
    before: "{{hours}} 小时前",
    now: "现在",
    legend: "各种条形的含义",
    served: {
      well: "接受调用",
      less: "接受调用，但有问题",
      none: "不接受调用",
      byHand: "由人工停用",
      unknown: "一无所知",
    },
  },
);

/** How much of the height a bar takes: what it says, it also says without colour. */
const heights: Record<Served, number> = { well: 1, less: 0.7, none: 0.45, byHand: 0.25, unknown: 0.1 };

interface StripProps {
  /** Whose last day it is. */
  name: string;
  /** When the first step begins. */
  since: string;
  /** Length of a step in seconds. */
  stepS: number;
  /** The worst state of each step, oldest first; empty where nothing is known. */
  states: readonly string[];
  height?: number;
  /** Words below: when it begins and ends. */
  framed?: boolean;
}

const width = 960;

/** The last day of an upstream: a bar for each stretch of one state. Drawn anew only when it has changed. */
export const Strip = memo(function Strip(props: StripProps) {
  const t = useT(stripText);
  const word = useStateWord();
  const [at, setAt] = useState<number>();
  const box = useRef<HTMLDivElement>(null);
  const { states, stepS } = props;
  const height = props.height ?? 20;
  const runs = runsOf(states);
  const steps = Math.max(states.length, 1);
  const hours = Math.round((states.length * stepS) / 3600);
  const { good, known } = stepsServed(states);
  const time = (step: number) => clock(Date.parse(props.since) + step * stepS * 1000);
  const wordsOf = (run: Run) =>
    t("run", {
      from: time(run.from),
      to: run.to === states.length ? t("now") : time(run.to),
      state: run.state ? word(run.state) : t("nothing"),
    });
  const label = t("label", { hours, name: props.name });
  const summary = known === 0 ? t("nothing") : t("part", { good: number(good), known: number(known) });
  const shown = at === undefined ? undefined : runs[at];

  const onKey = (event: KeyboardEvent) => {
    const last = runs.length - 1;
    const to = {
      ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
      ArrowRight: Math.min(last, (at ?? last) + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt(to);
  };
  const onPoint = (event: PointerEvent) => {
    const frame = box.current?.getBoundingClientRect();
    if (!frame || frame.width === 0) return;
    const step = Math.floor(((event.clientX - frame.left) / frame.width) * steps);
    const found = runs.findIndex((run) => step >= run.from && step < run.to);
    setAt(found < 0 ? undefined : found);
  };
  return (
    <div className={classes.strip}>
      <div
        ref={box}
        className={classes.bars}
        style={{ height }}
        role="slider"
        aria-readonly
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(runs.length - 1, 0)}
        aria-valuenow={at ?? Math.max(runs.length - 1, 0)}
        aria-valuetext={shown ? wordsOf(shown) : summary}
        tabIndex={0}
        onKeyDown={onKey}
        onBlur={() => setAt(undefined)}
        onPointerMove={onPoint}
        onPointerLeave={() => setAt(undefined)}
        data-strip={props.name}
      >
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          shapeRendering="crispEdges"
          aria-hidden
          focusable="false"
        >
          {runsOf(states.map(servedIn)).map((run) => {
            const kind = run.state;
            const tall = Math.max(2, Math.round(heights[kind] * height));
            return (
              <rect
                key={run.from}
                className={classes.bar}
                data-served={kind}
                x={(run.from / steps) * width}
                width={((run.to - run.from) / steps) * width}
                y={height - tall}
                height={tall}
              />
            );
          })}
        </svg>
        {shown ? (
          <Tooltip label={wordsOf(shown)} opened multiline maw={320}>
            <span
              className={classes.cursor}
              style={{
                left: `${(shown.from / steps) * 100}%`,
                width: `${((shown.to - shown.from) / steps) * 100}%`,
              }}
            />
          </Tooltip>
        ) : null}
      </div>
      {props.framed ? (
        <Group justify="space-between" gap="xs" wrap="nowrap">
          <Text size="xs" c="dimmed">
            {t("before", { hours })}
          </Text>
          <Text size="xs" c="dimmed" ta="center">
            {summary}
          </Text>
          <Text size="xs" c="dimmed">
            {t("now")}
          </Text>
        </Group>
      ) : null}
    </div>
  );
});

/** What the bars of strips mean. */
export function StripLegend(props: { stepS?: number; keys?: boolean }) {
  const t = useT(stripText);
  const height = 14;
  return (
    <Group gap="md" style={{ rowGap: 4 }} role="group" aria-label={t("legend")}>
      {servedKinds.map((kind) => {
        const tall = Math.max(2, Math.round(heights[kind] * height));
        return (
          <Group key={kind} gap={6} wrap="nowrap">
            <svg width={10} height={height} aria-hidden focusable="false">
              <rect className={classes.bar} data-served={kind} width={10} y={height - tall} height={tall} />
            </svg>
            <Text size="xs" c="dimmed">
              {t(`served.${kind}`)}
            </Text>
          </Group>
        );
      })}
      {props.stepS ? (
        <Text size="xs" c="dimmed">
          {t("worst", { minutes: Math.round(props.stepS / 60) })} {props.keys ? t("keys") : ""}
        </Text>
      ) : null}
    </Group>
  );
}
