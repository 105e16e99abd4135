import { Box, Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useState } from "react";
import { number } from "@/shared/format";
import { gridOf, labelEvery } from "./bars";
import classes from "./bars.module.css";

/** What went well and what did not within one step of time. */
export interface Bar {
  /** When the step begins; no two bars have the same. */
  at: string;
  label: string;
  good: number;
  bad: number;
}

interface ChartProps {
  /** What it shows in one sentence, for who cannot see it. */
  label: string;
  /** The words of the two parts of a bar. */
  good: string;
  bad: string;
  height: number;
  bars: Bar[];
}

const foot = 16;
const labelWidth = 48;

/** Bars over time, the failed part on top. Its figures must also stand in words. */
export function Chart({ label, good, bad, height, bars }: ChartProps) {
  const { ref, width } = useElementSize();
  const [over, setOver] = useState(-1);
  const grid = gridOf(Math.max(...bars.map((bar) => bar.good + bar.bad), 0));
  const top = grid.at(-1) ?? 1;
  const left = number(top).length * 7 + 8;
  const step = Math.max(width - left, 0) / Math.max(bars.length, 1);
  const tall = height - foot - 6;
  const y = (value: number) => 6 + tall - (value / top) * tall;
  const every = labelEvery(bars.length, width - left, labelWidth);
  const pointed = bars[over];
  return (
    <Box>
      <Box ref={ref} h={height}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={label}
          onPointerMove={(event) => setOver(at(event, left, step))}
          onPointerLeave={() => setOver(-1)}
        >
          {grid.map((value) => (
            <g key={value}>
              <line className={classes.line} x1={left} x2={width} y1={y(value)} y2={y(value)} />
              <text className={classes.text} x={left - 6} y={y(value) + 4} textAnchor="end">
                {number(value)}
              </text>
            </g>
          ))}
          {bars.map((bar, i) => (
            <g key={bar.at} transform={`translate(${left + i * step})`}>
              {i === over ? <rect className={classes.over} y={6} width={step} height={tall} /> : null}
              <Column bar={bar} step={step} y={y} />
              {i % every === 0 &&
              (i + 1) * step > labelWidth / 2 &&
              (bars.length - i) * step > labelWidth / 2 ? (
                <text className={classes.text} x={step / 2} y={height - 3} textAnchor="middle">
                  {bar.label}
                </text>
              ) : null}
            </g>
          ))}
        </svg>
      </Box>
      <Group gap="md" mih={18} aria-hidden>
        {pointed ? (
          <Text size="xs" c="dimmed" className="hw-figures">
            {`${pointed.label} · ${good} ${number(pointed.good)} · ${bad} ${number(pointed.bad)}`}
          </Text>
        ) : (
          <>
            <Legend className={classes.good} word={good} />
            <Legend className={classes.bad} word={bad} />
          </>
        )}
      </Group>
    </Box>
  );
}

function Legend({ className, word }: { className: string | undefined; word: string }) {
  return (
    <Group gap={6}>
      <svg width={10} height={10} aria-hidden>
        <rect width={10} height={10} className={className} />
      </svg>
      <Text size="xs" c="dimmed">
        {word}
      </Text>
    </Group>
  );
}

/** The number of the bar that the pointer is over. */
function at(event: PointerEvent<SVGSVGElement>, left: number, step: number): number {
  const x = event.clientX - event.currentTarget.getBoundingClientRect().left - left;
  return step > 0 && x >= 0 ? Math.floor(x / step) : -1;
}

function Column({ bar, step, y }: { bar: Bar; step: number; y: (value: number) => number }) {
  const gap = Math.min(step * 0.2, 4);
  const place = { x: gap / 2, width: Math.max(step - gap, 0.5) };
  const all = bar.good + bar.bad;
  return (
    <>
      {bar.good > 0 ? (
        <rect {...place} className={classes.good} y={y(bar.good)} height={y(0) - y(bar.good)} />
      ) : null}
      {/* A single failure among many calls is still seen. */}
      {bar.bad > 0 ? (
        <rect
          {...place}
          className={classes.bad}
          y={Math.min(y(all), y(bar.good) - 2)}
          height={Math.max(y(bar.good) - y(all), 2)}
        />
      ) : null}
    </>
  );
}
