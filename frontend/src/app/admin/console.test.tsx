// The test console over the fake service: a conversation, raw requests, and
// the ways there.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeLine } from "@/rpc/fake";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

const soon = { timeout: 10_000 };

function open(path = "/console", line = new FakeLine(), language: "en" | "zh" = "en"): FakeLine {
  location.hash = `#${path}`;
  setLanguage(language);
  render(<Admin line={line} />);
  return line;
}

const button = (name: string | RegExp) => screen.findByRole("button", { name, hidden: true }, soon);
const press = async (name: string | RegExp) => fireEvent.click(await button(name));
const type = async (label: string | RegExp, value: string) =>
  fireEvent.change(await screen.findByLabelText(label, { selector: "input,textarea" }, soon), {
    target: { value },
  });
const choose = async (label: string, option: string) => {
  const field = await screen.findByRole("combobox", { name: label, hidden: true }, soon);
  fireEvent.click(field);
  const list = await waitFor(() => {
    const found = document.getElementById(field.getAttribute("aria-controls") ?? "");
    if (!found) throw new Error(`${label} has no list.`);
    return found;
  }, soon);
  fireEvent.click(await within(list).findByRole("option", { name: option, hidden: true }, soon));
};
const message = () => screen.findByLabelText("Message", {}, soon);
const say = async (text: string) => {
  const field = await message();
  await ready();
  fireEvent.change(field, { target: { value: text } });
  fireEvent.keyDown(field, { key: "Enter", ctrlKey: true });
};
const modelField = () => screen.getByLabelText(/^Model/, { selector: "input" });
/** The first app and its first model are chosen once they are known. */
const ready = () =>
  waitFor(() => {
    const model = modelField() as HTMLInputElement;
    expect(model.value).not.toBe("");
  }, soon);
const sent = (line: FakeLine) =>
  line.asked
    .filter((one) => one.method === "console.send")
    .map((one) => one.params as { app: string; key?: string; path: string; method?: string; body?: string });
const bodyOf = (line: FakeLine, at = -1) => JSON.parse(sent(line).at(at)?.body ?? "null");
const answers = () => screen.findAllByText("Hello from the fake service.", {}, soon);

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe("a chat", () => {
  test("is in the navigation, in both languages", async () => {
    open("/", new FakeLine(), "zh");
    fireEvent.click(await screen.findByRole("link", { name: "测试台", hidden: true }, soon));
    await screen.findByRole("heading", { level: 1, name: "测试台", hidden: true }, soon);
    await screen.findByText("还没有对话", {}, soon);
  });

  test("streams an answer and says who gave it", async () => {
    const line = open();
    await say("Hi");
    await answers();
    expect(sent(line)[0]).toMatchObject({ app: "acme/crm", method: "POST", path: "/v1/chat/completions" });
    expect(bodyOf(line)).toMatchObject({ messages: [{ role: "user", content: "Hi" }], stream: true });
    await screen.findByText(/first byte .* in all .* tokens/, {}, soon);
    expect((await message()) as HTMLInputElement).toHaveProperty("value", "");
    fireEvent.click(await screen.findByText("Headers", {}, soon));
    screen.getByText("tier=1;upstream=up-0000;model=big");
    fireEvent.click(screen.getByText("Steps"));
    await screen.findByRole("table", { name: /Attempts|Steps|Waterfall|What was tried/, hidden: true }, soon);
    expect(screen.getByRole("link", { name: "Open the call", hidden: true }).getAttribute("href")).toContain(
      "/calls?call=req_console_",
    );
  });

  test.each([
    ["OpenAI Responses", "/v1/responses", "input"],
    ["Anthropic Messages", "/v1/messages", "messages"],
    ["Gemini", "/v1beta/models/", "contents"],
    ["Ollama", "/api/chat", "messages"],
  ])("speaks %s, with what was said before", async (name, path, list) => {
    const line = open();
    await ready();
    await choose("Dialect", name);
    await say("think of one");
    await answers();
    await screen.findByText("Reasoning", {}, soon);
    await button("Send");
    await say("two");
    await waitFor(async () => expect(await answers()).toHaveLength(2), soon);
    expect(sent(line).at(-1)?.path).toContain(path);
    expect(bodyOf(line)[list]).toHaveLength(3);
    expect(JSON.stringify(bodyOf(line))).toContain("Hello from the fake service.");
  });

  test("shows a tool's call and sends a result for it", async () => {
    const line = open();
    await ready();
    fireEvent.click(screen.getByLabelText(/sample tool/));
    await say("Weather?");
    await screen.findByText("Calls get_weather", {}, soon);
    screen.getByText('{"city":"Vienna"}');
    await press("Send a sample result");
    await waitFor(async () => expect(await answers()).toHaveLength(2), soon);
    expect(bodyOf(line).messages.map((one: { role: string }) => one.role)).toEqual([
      "user",
      "assistant",
      "tool",
    ]);
  });

  test("shows an error as the caller would get it", async () => {
    open();
    await ready();
    await type(/^Model/, "nothing");
    await say("Hi");
    await screen.findByText('There is no model "nothing" for this app.', {}, soon);
    expect((await screen.findAllByText("404", {}, soon)).length).toBeGreaterThan(0);
  });

  test("is stopped by Escape, and its call is canceled", async () => {
    open();
    await ready();
    await say("slow");
    await answers();
    await button("Stop");
    fireEvent.keyDown(await message(), { key: "Escape" });
    await screen.findByText("You stopped it.", {}, soon);
    await button("Send");
  });

  test("goes on while one looks elsewhere, and can be begun anew", async () => {
    open();
    await say("Hi");
    await answers();
    fireEvent.click(screen.getByRole("link", { name: "Calls", hidden: true }));
    await screen.findByRole("heading", { level: 1, name: "Calls", hidden: true }, soon);
    fireEvent.click(screen.getByRole("link", { name: "Test console", hidden: true }));
    await answers();
    await press("Begin anew");
    await screen.findByText("Nothing was said yet", {}, soon);
  });

  test("a lost line ends the answer and says so", async () => {
    const line = new FakeLine();
    line.console = () => ({ done: Promise.reject(new Error("Contact was lost.")), cancel: () => undefined });
    open("/console", line);
    await say("Hi");
    expect((await screen.findAllByRole("alert", {}, soon)).length).toBeGreaterThan(0);
  });

  test("is not for a viewer, who reads why", async () => {
    const line = new FakeLine();
    line.set({ role: "viewer" });
    open("/console", line);
    await ready();
    expect((await button("Send")).getAttribute("aria-disabled")).toBe("true");
    await say("Hi");
    await screen.findByText(/eve may not do this/, {}, soon);
  });
});

describe("a raw request", () => {
  test("is begun from a template, checked, sent, and shown as it came", async () => {
    const line = open("/console?tab=raw");
    await ready();
    await choose("Begin with", "POST /v1/messages");
    const body = (await screen.findByLabelText("Body", {}, soon)) as HTMLTextAreaElement;
    expect(JSON.parse(body.value)).toMatchObject({ max_tokens: 1024 });
    fireEvent.change(body, { target: { value: '{"model":' } });
    await screen.findByText(/No JSON/, {}, soon);
    fireEvent.change(body, { target: { value: '{"model":"fast","stream":true}' } });
    await type("Header lines", "nonsense");
    await screen.findByText("This is no header line: nonsense", {}, soon);
    await type("Header lines", "X-Tier: gold");
    fireEvent.keyDown(body, { key: "Enter", ctrlKey: true });
    await waitFor(
      () =>
        expect(document.querySelector("[data-body]")?.textContent).toContain('data: {"type":"message_delta"'),
      soon,
    );
    expect(sent(line)[0]).toMatchObject({
      path: "/v1/messages",
      method: "POST",
      headers: { "X-Tier": "gold" },
      body: '{"model":"fast","stream":true}',
    });
  });

  test("is kept for the session, to be sent again", async () => {
    const line = open("/console?tab=raw");
    await ready();
    await press("Send");
    await waitFor(
      () => expect(document.querySelector("[data-body]")?.textContent).toContain("route-0"),
      soon,
    );
    await type("Path", "/v1/other");
    fireEvent.click(await button(/^Open \/v1\/models/));
    expect((screen.getByLabelText("Path") as HTMLInputElement).value).toBe("/v1/models");
    await press("Send");
    await waitFor(() => expect(sent(line)).toHaveLength(2), soon);
  });

  test("may be copied as code, without a key", async () => {
    open("/console?tab=raw");
    await ready();
    fireEvent.click((await screen.findAllByText("Copy as code", {}, soon))[0] as HTMLElement);
    await waitFor(
      () => expect(document.querySelector('[data-snippet="curl"]')?.textContent).toContain("$HEADWATER_KEY"),
      soon,
    );
  });
});

test("what would happen now is told for this very call", async () => {
  const line = open();
  await ready();
  fireEvent.click(await screen.findByText("Why this route?", {}, soon));
  await screen.findByText(/The order in which targets would be asked now/, {}, soon);
  const asked = line.asked.find((one) => one.method === "routes.explain")?.params;
  expect(asked).toMatchObject({ tenant: "acme", app: "crm", dialect: "openai", stream: true });
});

test("a route and a call lead here", async () => {
  open("/routes/route-1");
  fireEvent.click(await screen.findByRole("link", { name: "Try it", hidden: true }, soon));
  await screen.findByRole("heading", { level: 1, name: "Test console", hidden: true }, soon);
  await waitFor(() => expect((modelField() as HTMLInputElement).value).toBe("route-1"), soon);
  cleanup();
  const line = new FakeLine();
  const call = line.world.calls[0];
  if (call) Object.assign(call, { endpoint: "chat", dialect: "anthropic" });
  open("/calls", line);
  location.hash = `#/calls?call=${call?.id}`;
  fireEvent.click(await screen.findByRole("link", { name: "Open in the test console", hidden: true }, soon));
  await screen.findByRole("tab", { name: "Raw", selected: true, hidden: true }, soon);
  await waitFor(() => expect(location.hash).not.toContain("path="), soon);
  expect((screen.getByLabelText("Path") as HTMLInputElement).value).toBe("/v1/messages");
});

test("without an app there is one thing to do", async () => {
  const line = new FakeLine("empty");
  line.world.setupNeeded = false;
  open("/console", line);
  await screen.findByText("No apps yet", {}, soon);
  screen.getByRole("link", { name: "Add an app", hidden: true });
});

test("the keys of an app are read here as well as on the app's own page", async () => {
  open("/apps/acme/crm");
  await screen.findByRole("heading", { level: 1, name: "Customers" }, soon);
  await screen.findAllByText(/^key-/, {}, soon);
  location.hash = "#/console";
  await screen.findByRole("heading", { level: 1, name: "Test console", hidden: true }, soon);
  await ready();
  expect(screen.queryByText("This part of the page has failed")).toBeNull();
});
