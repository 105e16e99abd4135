import { Box, useComputedColorScheme } from "@mantine/core";
import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([BarChart, GridComponent, TooltipComponent, CanvasRenderer]);

/** The colours that a chart and the words beside it share; they differ in brightness, too. */
export const chartColors = {
  light: { good: "#157a83", bad: "#c92a2a", text: "#5a6570", line: "#dee2e6" },
  dark: { good: "#3ca7b0", bad: "#ff8787", text: "#a4abb3", line: "#424242" },
} as const;

interface ChartProps {
  /** What it shows in one sentence, for who cannot see it. */
  label: string;
  height: number;
  options: (colors: (typeof chartColors)["light" | "dark"]) => EChartsCoreOption;
}

/** A chart that follows the theme and the width it is given. Its figures must also stand in words. */
export default function Chart({ label, height, options }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  const chart = useRef<ReturnType<typeof init> | undefined>(undefined);
  useEffect(() => {
    if (!box.current) return;
    const made = init(box.current, undefined, { renderer: "canvas" });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    const colors = chartColors[scheme];
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { color: colors.text, fontFamily: "inherit" },
        // Text of its own, drawn on the canvas: no markup, whatever a name holds.
        tooltip: { trigger: "axis", renderMode: "richText", confine: true },
        ...options(colors),
      },
      { notMerge: true },
    );
  }, [options, scheme]);
  return <Box ref={box} h={height} role="img" aria-label={label} />;
}
