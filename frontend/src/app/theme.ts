import { createTheme, type MantineColorsTuple } from "@mantine/core";

// A calm blue-green; chosen so that text on light and filled surfaces keeps a contrast of 4.5:1.
const water: MantineColorsTuple = [
  "#e6f7f8",
  "#d3ecee",
  "#a8d8dc",
  "#7ac3c9",
  "#54b2b9",
  "#3ca7b0",
  "#2a939c",
  "#157a83",
  "#0a6069",
  "#003f46",
];

export const theme = createTheme({
  colors: { water },
  primaryColor: "water",
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: "md",
  fontFamily: "'Inter Variable', system-ui, 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, 'Noto Sans Mono CJK SC', monospace",
  cursorType: "pointer",
  respectReducedMotion: true,
});
