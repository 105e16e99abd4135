// Every screen over the fake service, in the states that a list has.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeLine, fakeCall, type Seed } from "@/rpc/fake";
import { type Language, setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

const screens = {
  home: ["/", "Home", "首页"],
  upstreams: ["/upstreams", "Upstreams", "上游"],
  upstream: ["/upstreams/up-0001", "Upstream 1", "Upstream 1"],
  routes: ["/routes", "Models and routes", "模型与路由"],
  route: ["/routes/route-1", "route-1", "route-1"],
  resting: ["/upstreams/resting", "resting", "resting"],
  ladder: ["/routes/ladder", "Every kind of tier", "Every kind of tier"],
  apps: ["/apps", "Apps and keys", "应用与密钥"],
  app: ["/apps/acme/crm", "Customers", "Customers"],
  calls: ["/calls", "Calls", "调用"],
  console: ["/console", "Test console", "测试台"],
  drills: ["/drills", "Fire drills", "故障演练"],
  drill: ["/drills/drl_4", "alone: error 500", "alone：错误 500"],
  settings: ["/settings", "Settings", "设置"],
} as const;

function open(path: string, seed: Seed = "practice", language: Language = "en"): FakeLine {
  location.hash = `#${path}`;
  setLanguage(language);
  const line = new FakeLine(seed);
  render(<Admin line={line} />);
  return line;
}

const heading = (name: string) => screen.findByRole("heading", { level: 1, name }, { timeout: 5000 });

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe.each(["en", "zh"] as const)("in %s", (language) => {
  test.each(Object.entries(screens))("%s is filled", async (_, [path, en, zh]) => {
    open(path, "practice", language);
    await heading(language === "en" ? en : zh);
    await waitFor(() => expect(document.querySelector(".mantine-Loader-root")).toBeNull());
    expect(screen.queryByRole("alert")).toBeNull();
    expect(document.body.textContent).not.toMatch(/\{\{|undefined|\[object|NaN/);
  });
});

test("a first installation is led through its first run", async () => {
  open("/", "empty");
  await heading("Create the administrator");
});

test.each([
  ["/upstreams", "No upstreams yet"],
  ["/routes", "No routes yet"],
  ["/apps", "No apps yet"],
  ["/calls", "No calls yet"],
])("%s says what an empty list is for, and what to do", async (path, words) => {
  location.hash = `#${path}`;
  setLanguage("en");
  const line = new FakeLine("empty");
  line.world.setupNeeded = false;
  render(<Admin line={line} />);
  const title = await screen.findByText(new RegExp(words), {}, { timeout: 5000 });
  const empty = title.parentElement as HTMLElement;
  expect(
    within(empty).queryAllByRole("button").length + within(empty).queryAllByRole("link").length,
  ).toBeGreaterThan(0);
});

test("five thousand are found by their name, and few are drawn", async () => {
  open("/upstreams", "many");
  await heading("Upstreams");
  await screen.findByText("50 of 5,000", {}, { timeout: 5000 });
  expect(screen.getAllByRole("row").length).toBeGreaterThan(5);
  expect(screen.getAllByRole("row").length).toBeLessThan(100);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "up-4999" } });
  await screen.findByText("1 of 1", {}, { timeout: 5000 });
  await screen.findByText("up-4999");
});

test("an error says what happened, the code, and offers another try", async () => {
  open("/upstreams?q=fail-500");
  const alert = await screen.findByRole("alert", {}, { timeout: 5000 });
  within(alert).getByText(/HW-INTERNAL-500/);
  within(alert).getByRole("button", { name: "Try again" });
});

test("a viewer may look, and each command says why it may not be run", async () => {
  location.hash = "#/upstreams/up-0001";
  setLanguage("en");
  const line = new FakeLine();
  line.set({ role: "viewer" });
  render(<Admin line={line} />);
  await heading("Upstream 1");
  for (const name of ["Test", "Edit", "Delete"]) {
    const button = screen.getByRole("button", { name });
    expect(button.getAttribute("aria-disabled"), name).toBe("true");
    fireEvent.click(button);
  }
  fireEvent.mouseEnter(screen.getByRole("button", { name: "Delete" }));
  await screen.findByText(/your role is viewer/);
  fireEvent.click(screen.getByRole("button", { name: "Take out of use" }));
  const pause = await screen.findByRole("menuitem", { name: /^Pause/, hidden: true });
  expect(pause.hasAttribute("data-disabled")).toBe(true);
  fireEvent.click(pause);
  expect(line.asked.some(({ method }) => /\.(update|delete|test)$/.test(method))).toBe(false);
});

test("what was typed outlives a lost line, and a change of mind of the page", async () => {
  const line = open("/upstreams?new=1");
  const name = await screen.findByRole("textbox", { name: /^Name/ }, { timeout: 5000 });
  fireEvent.change(name, { target: { value: "half-typed" } });
  line.set({ phase: "lost" });
  await screen.findByText(/Lost contact with the service/);
  expect((screen.getByRole("textbox", { name: /^Name/ }) as HTMLInputElement).value).toBe("half-typed");
  cleanup();
  render(<Admin line={new FakeLine()} />);
  await waitFor(
    () =>
      expect((screen.getByRole("textbox", { name: /^Name/ }) as HTMLInputElement).value).toBe("half-typed"),
    { timeout: 5000 },
  );
});

test("who was slower sees what the other one changed, and decides", async () => {
  const line = open("/upstreams/up-0001?edit=1");
  const title = await screen.findByRole("textbox", { name: /^Title/ }, { timeout: 5000 });
  fireEvent.change(title, { target: { value: "Mine" } });
  const document_ = line.world.documents.upstreams.find((one) => one.name === "up-0001");
  if (document_) Object.assign(document_, { title: "Theirs", version: 7, updated_by: "mei" });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByText(/was changed by somebody else/, {}, { timeout: 5000 });
  await screen.findByText(/mei/);
  fireEvent.click(await screen.findByRole("button", { name: "Save mine" }));
  await waitFor(() => expect(document_).toMatchObject({ title: "Mine", version: 8 }));
});

test("a call arrives while somebody watches, is held back while paused, and has its detail", async () => {
  const line = open("/calls");
  await heading("Calls");
  const rows = () => screen.getAllByRole("row").length;
  await waitFor(() => expect(rows()).toBe(11), { timeout: 5000 });
  line.ended({ ...fakeCall(3), id: "req_live", asked: "just-now" });
  await screen.findByText("just-now", {}, { timeout: 5000 });
  fireEvent.click(screen.getByRole("button", { name: "Pause" }));
  line.ended({ ...fakeCall(4), id: "req_held", asked: "held-back" });
  await screen.findByText(/1 new/, {}, { timeout: 5000 });
  expect(screen.queryByText("held-back")).toBeNull();
  fireEvent.click(screen.getByText("just-now"));
  await screen.findByText("req_live", {}, { timeout: 5000 });
});

test("what the service refuses stands at its field", async () => {
  const line = open("/upstreams?new=1");
  const name = await screen.findByRole("textbox", { name: /^Name/ }, { timeout: 5000 });
  fireEvent.click(screen.getByRole("combobox", { name: /Provider/ }));
  fireEvent.click(
    await screen.findByRole("option", { name: "Practice simulator", hidden: true }, { timeout: 5000 }),
  );
  fireEvent.change(name, { target: { value: "up-0001" } });
  fireEvent.submit(name.closest("form") as HTMLFormElement);
  await screen.findByText("is taken", {}, { timeout: 5000 });
  expect(line.world.documents.upstreams.filter((one) => one.name === "up-0001")).toHaveLength(1);
});
