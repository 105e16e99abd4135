import { expect, test } from "vitest";
import { gridOf, labelEvery } from "./bars";

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [12, [0, 5, 10, 15]],
  [100, [0, 50, 100]],
  [1234, [0, 500, 1000, 1500]],
])("up to %d the grid is %j", (highest, lines) => {
  expect(gridOf(highest)).toEqual(lines);
});

test("the grid reaches over any number of calls, in few lines", () => {
  for (let highest = 1; highest < 1e9; highest = Math.ceil(highest * 1.7)) {
    const lines = gridOf(highest);
    expect(lines.at(-1)).toBeGreaterThanOrEqual(highest);
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(lines.every(Number.isInteger)).toBe(true);
  }
});

test("labels leave each other room", () => {
  expect(labelEvery(60, 600, 40)).toBe(4);
  expect(labelEvery(3, 600, 40)).toBe(1);
  expect(labelEvery(60, 0, 40)).toBe(2400);
});
