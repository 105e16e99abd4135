// The catalogue over the fake service: searched, known better, brought up to date.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeLine } from "@/rpc/fake";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

const soon = { timeout: 5000 };

function open(path: string, line = new FakeLine(), language: "en" | "zh" = "en"): FakeLine {
  location.hash = `#${path}`;
  setLanguage(language);
  render(<Admin line={line} />);
  return line;
}

const press = async (name: string | RegExp) =>
  fireEvent.click(await screen.findByRole("button", { name, hidden: true }, soon));
/** Of fields with one name the one in the drawer on top. */
const choose = async (label: string, option: string) => {
  const fields = await screen.findAllByRole("combobox", { name: label, hidden: true }, soon);
  const field = fields.find((one) => one.closest('[role="dialog"]')) ?? fields[0];
  if (!field) throw new Error(`There is no ${label}.`);
  fireEvent.click(field);
  const list = await waitFor(() => {
    const found = document.getElementById(field.getAttribute("aria-controls") ?? "");
    if (!found) throw new Error(`${label} has no list.`);
    return found;
  }, soon);
  fireEvent.click(await within(list).findByRole("option", { name: option, hidden: true }, soon));
};
const type = async (label: string | RegExp, value: string) =>
  fireEvent.change(await screen.findByLabelText(label, {}, soon), { target: { value } });
const table = async (name: string) => within(await screen.findByRole("table", { name, hidden: true }, soon));
const asked = (line: FakeLine, method: string) =>
  line.asked.filter((one) => one.method === method).at(-1)?.params as Record<string, unknown>;

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe("the list", () => {
  test("shows models with their prices, and of which day they are", async () => {
    open("/catalogue");
    const list = await table("Catalogue");
    const row = within(
      (await list.findByText("gpt-4o-mini", {}, soon)).closest('[role="row"]') as HTMLElement,
    );
    row.getByText("128 k");
    row.getByText("$0.15");
    row.getByText(/Tools · JSON schema · Vision/);
    list.getByText("Deprecated");
    await screen.findByText(/Facts of 2026-11-22: 5 models of 3 providers/, {}, soon);
  });

  test("is in the navigation, and in Chinese", async () => {
    open("/", new FakeLine(), "zh");
    fireEvent.click(await screen.findByRole("link", { name: "模型目录" }, soon));
    const list = await table("模型目录");
    await list.findByText("已弃用", {}, soon);
  });

  test("is narrowed by what is in the address", async () => {
    const line = open("/catalogue?q=gpt&can=reasoning&most=2&sort=input");
    const list = await table("Catalogue");
    await list.findByText("gpt-5", {}, soon);
    expect(list.queryByText("gpt-4o-mini")).toBeNull();
    expect(asked(line, "models.list")).toMatchObject({
      q: "gpt",
      ability: ["reasoning"],
      max_input_price: 2,
      sort: "input",
    });
    await choose("Kind", "Embedding");
    await screen.findByText("No model is like that", {}, soon);
    await press("Clear the filters");
    await list.findByText("gpt-4o-mini", {}, soon).catch(() => screen.findByText("gpt-4o-mini", {}, soon));
  });

  test("stays quick with thousands", async () => {
    open("/catalogue", new FakeLine("many"));
    await screen.findByText("100 of 5,005", {}, soon);
    expect(document.querySelectorAll('[role="row"]').length).toBeLessThan(80);
  });

  test("says what is wrong, and tries again", async () => {
    open("/catalogue?q=fail-500");
    await screen.findByRole("button", { name: "Try again" }, soon);
  });
});

describe("one model", () => {
  test("shows all facts, and the tiers of its price", async () => {
    open("/catalogue?model=openai%2Fgpt-5");
    await screen.findByText("400,000", {}, soon);
    screen.getByText("Above 200,000 tokens");
    screen.getByText("$2.5 / $20");
    screen.getByText("The catalogue's facts are of 2026-11-22.");
  });

  test("gets a price of one's own, which can be taken back", async () => {
    const line = open("/catalogue?model=openai%2Fgpt-4o-mini");
    await press("Change what is known");
    await type(/^Input$/, "0.1");
    await choose("Tools", "no");
    await press("Save");
    await waitFor(() => expect(line.world.catalogue.own).toHaveLength(1), soon);
    expect(line.world.catalogue.own[0]).toMatchObject({
      provider: "openai",
      model: "gpt-4o-mini",
      price: { input: 0.1 },
      tools: false,
    });
    await screen.findByText("catalogue: $0.15", {}, soon);
    await screen.findByText("catalogue: yes", {}, soon);
    await press("Change what is known");
    await type(/^Input$/, "");
    await press("Save");
    await waitFor(() => expect(line.world.catalogue.own[0]?.price).toEqual({}), soon);
    await press("Back to the catalogue");
    const sure = await screen.findByText("Calls are billed with the catalogue's price again.", {}, soon);
    const dialog = sure.closest('[role="dialog"]') as HTMLElement;
    fireEvent.click(within(dialog).getByRole("button", { name: "Back to the catalogue", hidden: true }));
    await waitFor(() => expect(line.world.catalogue.own).toHaveLength(0), soon);
  });

  test("that the catalogue does not have is added", async () => {
    const line = open("/catalogue?new=1");
    await press("Save");
    await screen.findByText("Choose a provider.", {}, soon);
    await choose("Provider", "OpenAI-compatible");
    await screen.findByDisplayValue("OpenAI-compatible", {}, soon);
    await type(/^Model/, "house/llama");
    await press("Save");
    await waitFor(() => expect(line.world.catalogue.own).toHaveLength(1), soon);
    await screen.findByText(/The catalogue does not have this model/, {}, soon);
    await press("Remove the model");
  });

  test("is only looked at by a viewer", async () => {
    const line = new FakeLine();
    line.set({ role: "viewer" });
    open("/catalogue?model=openai%2Fgpt-5", line);
    const button = await screen.findByRole("button", { name: "Change what is known", hidden: true }, soon);
    expect(button.getAttribute("aria-disabled")).toBe("true");
  });
});

describe("a newer file", () => {
  const drop = async (text: string) => {
    await screen.findByRole("button", { name: "Choose a file", hidden: true }, soon);
    const input = document.querySelector('input[type="file"]') as HTMLInputElement;
    fireEvent.change(input, { target: { files: [new File([text], "api.json")] } });
  };

  test("is looked at before it counts, and can be taken back", async () => {
    const line = open("/catalogue?refresh=1");
    await drop('{"models":{}}');
    await screen.findByText("Facts of 2026-11-22 → 2027-02-01", {}, soon);
    screen.getByText(/2 added, 1 removed, 1 with another price, 1 deprecated/);
    screen.getByText("$0.15 / $0.6 → $0.1 / $0.4");
    screen.getByText("new, at https://fresh.example/v1");
    screen.getByText(/stranger: this program does not speak/);
    expect(line.world.catalogue.file).toBeUndefined();
    await press("Put it in force");
    await screen.findByText("The facts of 2027-02-01 are in force.", {}, soon);
    await press("Back to the program's facts of 2026-11-22");
    await screen.findByText("The program's facts of 2026-11-22 are in force.", {}, soon);
    expect(line.world.catalogue.file).toBeUndefined();
  });
});

describe("an upstream", () => {
  test("says which models it has, and a route is begun for one", async () => {
    open("/upstreams/up-0000");
    await press("Ask for its models");
    const list = await table("Models it has");
    await list.findByText("practice", {}, soon);
    expect(list.getAllByText("Unknown")).toHaveLength(2);
    list.getByRole("link", { name: "route-0" });
    fireEvent.click(list.getByRole("link", { name: "Make a route for mystery" }));
    const name = (await screen.findByLabelText(/^Public name|^Name/, {}, soon)) as HTMLInputElement;
    await waitFor(() => expect(name.value).toBe("mystery"), soon);
  });

  test("that refuses says why", async () => {
    open("/upstreams/up-0001");
    await press("Ask for its models");
    await screen.findByText(/refused key "main"/, {}, soon);
  });
});
