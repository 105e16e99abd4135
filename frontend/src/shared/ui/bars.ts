// The figures behind a drawing of bars: round steps, and labels that keep apart.

/** The heights of grid lines, from 0 to the first that is not below the highest bar; whole numbers. */
export function gridOf(highest: number, lines = 4): number[] {
  const least = Math.max(highest, 1) / lines;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max([1, 2, 5, 10].map((n) => n * power).find((n) => n >= least) ?? 10 * power, 1);
  return Array.from({ length: Math.ceil(Math.max(highest, 1) / step) + 1 }, (_, i) => i * step);
}

/** Every how many bars a label has room, where each takes so many pixels. */
export function labelEvery(bars: number, width: number, label: number): number {
  return Math.max(Math.ceil((bars * label) / Math.max(width, 1)), 1);
}
