import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { setLanguage } from "@/shared/i18n";
import { StateBadge } from "./controls";
import { HealthWords, shownState, type Told } from "./health";

afterEach(() => {
  cleanup();
  setLanguage("en");
});

const unused: Told = { state: "unknown", words: "not used yet" };
const failed: Told = { state: "unknown", words: "last answer failed: HTTP 503", reason: "failed" };

function show(of: Told, language: "en" | "zh") {
  setLanguage(language);
  render(
    <MantineProvider>
      <StateBadge state={shownState(of)} />
      <HealthWords of={of} />
    </MantineProvider>,
  );
}

test("a target that was asked and failed is not shown as unused", () => {
  show(failed, "en");
  screen.getByText("failed so far");
  screen.getByText("last answer failed: HTTP 503");
  expect(screen.queryByText("not used yet")).toBeNull();
});

test("nor is it in Chinese, where the page says why", () => {
  show(failed, "zh");
  screen.getByText("至今只有失败");
  screen.getByText("上次回答失败；回答出错");
});

test("one that nobody asked says just that", () => {
  show(unused, "en");
  expect(screen.getAllByText("not used yet")).toHaveLength(1);
});

test("every other state is shown as it is", () => {
  expect(shownState({ state: "open", reason: "failed" })).toBe("open");
  expect(shownState({ state: "unknown", reason: "" })).toBe("unknown");
});
