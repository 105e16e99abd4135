import { expect, test } from "vitest";
import { allTexts } from "@/shared/i18n";
import { uiText } from ".";
import { runsOf, servedIn, stepsServed } from "./runs";

test("steps of one state are one run", () => {
  expect(runsOf(["", "", "healthy", "open", "open", "healthy"])).toEqual([
    { state: "", from: 0, to: 2 },
    { state: "healthy", from: 2, to: 3 },
    { state: "open", from: 3, to: 5 },
    { state: "healthy", from: 5, to: 6 },
  ]);
  expect(runsOf([])).toEqual([]);
});

test("what is not known counts neither way", () => {
  const states = ["", "healthy", "degraded", "open", "maintenance"];
  expect(stepsServed(states)).toEqual({ good: 2, known: 4 });
  expect(stepsServed(["", "unknown"])).toEqual({ good: 0, known: 0 });
});

test("every state of health has a place and a word", () => {
  expect(allTexts().length).toBeGreaterThan(0);
  for (const state of Object.keys(uiText.en.health)) {
    // That a person took it back is a moment; how it has been since, another state says.
    if (state !== "unknown" && state !== "enabled") expect(servedIn(state), state).not.toBe("unknown");
  }
});
