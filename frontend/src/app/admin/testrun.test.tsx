// The test of an upstream that says nothing: what is shown meanwhile, and that
// the button and leaving the page end it.

import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeLine } from "@/rpc/fake";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

const soon = { timeout: 5000 };
const button = (name: string | RegExp) => screen.findByRole("button", { name, hidden: true }, soon);
const asked = (line: FakeLine, method: string) =>
  line.asked.filter((one) => one.method === method).map((one) => one.params);

/** The page of an upstream that takes connections and never answers. */
function open(language: "en" | "zh"): FakeLine {
  const line = new FakeLine();
  line.world.documents.upstreams.push({
    id: "quiet",
    version: 1,
    name: "fail-silent",
    provider: "openai-compatible",
    base_url: "http://127.0.0.1:9/v1",
  } as never);
  location.hash = "#/upstreams/fail-silent";
  setLanguage(language);
  render(<Admin line={line} />);
  return line;
}

beforeEach(() => sessionStorage.clear());
afterEach(() => {
  cleanup();
  setLanguage("en");
});

test("says which step runs and for how long, and is cancelled by its button", async () => {
  const line = open("en");
  fireEvent.click(await button("Test"));
  await screen.findByText("Step under way: Answer", {}, soon);
  screen.getByText(/^\d+ s$/);
  fireEvent.click(await button("Cancel the test"));
  await screen.findByText("The test was cancelled before it had an answer.", {}, soon);
  expect(screen.queryByText("Step under way: Answer")).toBeNull();
  expect(asked(line, "unsubscribe")).toEqual([{ ref: "fail-silent" }]);
  // It can be begun anew at once.
  fireEvent.click(await button("Test"));
  await screen.findByText("Step under way: Answer", {}, soon);
  expect(asked(line, "upstreams.test")).toHaveLength(2);
});

test("does so in Chinese", async () => {
  open("zh");
  fireEvent.click(await button("测试"));
  await screen.findByText("正在进行的步骤：回答", {}, soon);
  screen.getByText(/^\d+ 秒$/);
  fireEvent.click(await button("取消测试"));
  await screen.findByText("测试在得到回答之前已被取消。", {}, soon);
});

test("ends when the page is left", async () => {
  const line = open("en");
  fireEvent.click(await button("Test"));
  await screen.findByText("Step under way: Answer", {}, soon);
  location.hash = "#/upstreams";
  await waitFor(() => expect(asked(line, "unsubscribe")).toEqual([{ ref: "fail-silent" }]), soon);
});
