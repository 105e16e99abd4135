// Fire drills over the fake service: asked for, watched, ended, and told of.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Schema } from "@/rpc";
import { FakeLine } from "@/rpc/fake";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

const soon = { timeout: 5000 };

function open(path: string, line = new FakeLine()): FakeLine {
  location.hash = `#${path}`;
  setLanguage("en");
  render(<Admin line={line} />);
  return line;
}

const heading = (name: string) => screen.findByRole("heading", { level: 1, name }, soon);
const banner = () => document.querySelector<HTMLElement>("[data-drill-banner]");
const preview = () => document.querySelector("[data-preview]")?.textContent ?? "";
const submit = (name: string) => fireEvent.click(screen.getByRole("button", { name, hidden: true }));
const combobox = (name: string) => screen.findByRole("combobox", { name, hidden: true }, soon);
const choose = async (label: string, option: string) => {
  fireEvent.click(await combobox(label));
  fireEvent.click(await screen.findByRole("option", { name: option, hidden: true }, soon));
};
const spec: Schema<"DrillSpec"> = {
  upstreams: ["up-0001"],
  fault: "refused",
  scope: { route: "route-1", tenant: "acme" },
};
const begin = (line: FakeLine, more: Partial<Schema<"DrillSpec">> = {}) =>
  line.request("drills.start", { body: { ...spec, ...more } }) as Promise<Schema<"Drill">>;

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe("the form", () => {
  test("says what will happen, asks whether it shall, and leads to the drill", async () => {
    const line = open("/drills?new=1");
    await heading("Fire drills");
    await choose("Upstreams", "up-0001");
    await choose("Route", "route-1");
    await choose("Tenant", "acme");
    fireEvent.click(screen.getByRole("checkbox", { name: /^Keys for drills only/, hidden: true }));
    fireEvent.click(screen.getByRole("button", { name: "2 minutes", hidden: true }));
    const sentence =
      "Every call of route route-1 in acme will find up-0001 refusing connections for 2 minutes. Nobody else is touched.";
    expect(preview()).toContain(sentence);
    submit("Continue");
    await screen.findByText("Start it now?", {}, soon);
    expect(preview()).toBe(sentence);
    expect(line.asked.some(({ method }) => method === "drills.start")).toBe(false);
    submit("Start the drill");
    await heading("up-0001: connection refused");
    expect(line.world.drills[0]?.spec).toEqual({
      ...spec,
      duration_s: 120,
      scope: { route: "route-1", tenant: "acme" },
    });
    expect(location.hash).toContain("/drills/drl_6");
  });

  test("asks for more only where the fault takes it", async () => {
    open("/drills?new=1");
    await combobox("Upstreams");
    const field = (name: RegExp) => screen.queryByRole("textbox", { name, hidden: true });
    const pick = (name: RegExp) => fireEvent.click(screen.getByRole("radio", { name, hidden: true }));
    expect([field(/^Delay/), field(/^Retry-After/), field(/^Length of a turn/)]).toEqual([null, null, null]);
    pick(/^slow connection/);
    expect(field(/^Delay/)).not.toBeNull();
    pick(/^rate limit/);
    expect([field(/^Delay/), field(/^Length/)]).toEqual([null, null]);
    expect(field(/^Retry-After/)).not.toBeNull();
    pick(/^flapping/);
    expect(field(/^Length of a turn/)).not.toBeNull();
    pick(/^log disk full/);
    expect([field(/^Length/), field(/^Share of attempts/)]).toEqual([null, null]);
    expect(preview()).toContain("The call log takes nothing for 1 minute");
  });

  test("says what is missing, and shows at its field what the service refuses", async () => {
    const line = open("/drills?new=1");
    await combobox("Upstreams");
    fireEvent.click(screen.getByRole("checkbox", { name: /^Keys for drills only/, hidden: true }));
    submit("Continue");
    await screen.findByText("Choose at least one upstream, or all clouds.", {}, soon);
    await screen.findByText("Name whose calls take part: keys, apps, a route or a tenant.", {}, soon);
    await choose("Upstreams", "up-0001");
    await choose("Route", "route-1");
    submit("Continue");
    await screen.findByText("Start it now?", {}, soon);
    line.world.documents.routes = line.world.documents.routes.filter((one) => one.name !== "route-1");
    submit("Start the drill");
    await screen.findAllByText(/names route "route-1", which does not exist/, {}, soon);
    expect((await combobox("Route")).getAttribute("aria-invalid")).toBe("true");
    expect(line.world.drills[0]?.state).not.toBe("running");
  });

  test("notices that no key is for drills", async () => {
    const line = open("/drills?new=1");
    await screen.findByText(/No key is for drills yet/, {}, soon);
    cleanup();
    const key = line.world.documents.keys[0];
    if (key) key.drill = true;
    open("/drills?new=1", line);
    await combobox("Upstreams");
    await waitFor(() => expect(line.asked.filter(({ method }) => method === "keys.list").length).toBe(2));
    await waitFor(() => expect(screen.queryByText(/No key is for drills yet/)).toBeNull());
  });

  test("repeats a drill as it was", async () => {
    open("/drills/drl_5?new=1");
    await waitFor(
      () =>
        expect(preview()).toContain(
          "Every call of route fast in acme will find openai refusing connections for 2 minutes.",
        ),
      soon,
    );
  });
});

describe("while it runs", () => {
  test("every page says so, also when somebody else began it, until it is over", async () => {
    const line = open("/routes");
    await heading("Models and routes");
    expect(banner()).toBeNull();
    const { id } = await begin(line, { duration_s: 2 });
    await waitFor(() => expect(banner()).not.toBeNull(), soon);
    const said = within(banner() as HTMLElement);
    said.getByText(/Fire drill: up-0001: connection refused/);
    said.getByText(/Every call of route route-1 in acme/);
    said.getByText(/0:0[12] left/);
    expect(said.getByRole("link", { name: "Look at it" }).getAttribute("href")).toContain(`/drills/${id}`);
    await waitFor(() => expect(banner()).toBeNull(), soon);
    screen.getByText("The fire drill is over.");
  });

  test("one click on any page ends it", async () => {
    const line = new FakeLine();
    await begin(line);
    open("/calls", line);
    await heading("Calls");
    await waitFor(() => expect(banner()).not.toBeNull(), soon);
    fireEvent.click(within(banner() as HTMLElement).getByRole("button", { name: "End drill" }));
    await waitFor(() => expect(banner()).toBeNull(), soon);
    expect(line.world.drills[0]).toMatchObject({ state: "aborted", reason: "admin aborted it." });
  });

  test("its page counts, and turns into the report", async () => {
    const line = new FakeLine();
    const { id } = await begin(line, { duration_s: 5 });
    open(`/drills/${id}`, line);
    await heading("up-0001: connection refused");
    screen.getByText("So far");
    await screen.findByText("Tier 2", {}, soon);
    const asked = () => line.asked.filter(({ method }) => method === "drills.get").length;
    await waitFor(() => expect(asked()).toBeGreaterThan(3), soon);
    await screen.findByText("Passed: 100% of the calls were served.", {}, { timeout: 6000 });
    screen.getByText("What was asked for");
    expect(banner()).toBeNull();
  });

  test("no second one is begun", async () => {
    const line = new FakeLine();
    await begin(line);
    open("/drills", line);
    await heading("Fire drills");
    const start = await screen.findByRole("button", { name: "Start a fire drill" }, soon);
    await waitFor(() => expect(start.getAttribute("aria-disabled")).toBe("true"), soon);
  });

  test("a viewer sees it and cannot end it", async () => {
    const line = new FakeLine();
    await begin(line);
    line.set({ role: "viewer" });
    open("/routes", line);
    await waitFor(() => expect(banner()).not.toBeNull(), soon);
    const end = within(banner() as HTMLElement).getByRole("button", { name: "End drill" });
    expect(end.getAttribute("aria-disabled")).toBe("true");
    fireEvent.click(end);
    expect(line.asked.some(({ method }) => method === "drills.abort")).toBe(false);
  });
});

describe("the report", () => {
  test.each([
    ["drl_5", "Passed: 100% of the calls were served."],
    ["drl_3", "No verdict: mei ended it before its time."],
    ["drl_2", "Failed: Headwater ended it to protect other calls."],
    ["drl_1", "No verdict: the service stopped while it ran."],
  ])("of %s says how it went", async (id, verdict) => {
    open(`/drills/${id}`);
    await screen.findByText(verdict, {}, soon);
  });

  test("is opened from the list, which says how each one ended", async () => {
    open("/drills");
    await heading("Fire drills");
    await screen.findByText("by a person", {}, soon);
    for (const state of ["to protect others", "service stopped"]) {
      screen.getByText(state);
    }
    expect(screen.getAllByText("in time")).toHaveLength(2);
    fireEvent.click(screen.getByText("alone: error 500"));
    await screen.findByText("Failed: 90% of the calls were served.", {}, soon);
  });

  test("says what to change, who answered and what callers saw", async () => {
    open("/drills/drl_4");
    await screen.findByText(
      /Route fast has no second upstream: 24 of its 240 calls were not served/,
      {},
      soon,
    );
    screen.getByText("no healthy upstream");
    screen.getByText("HW-NO-UPSTREAM");
    const tiers = within(screen.getByRole("list", { name: "Tiers that answered" }));
    expect(tiers.getAllByRole("listitem")).toHaveLength(2);
    const health = within(screen.getByRole("list", { name: "What health did" }));
    expect(health.getAllByText("drill")).toHaveLength(2);
  });

  test("comes as a file", async () => {
    const made: Blob[] = [];
    URL.createObjectURL = (blob: Blob) => {
      made.push(blob);
      return "blob:fake";
    };
    URL.revokeObjectURL = () => undefined;
    const clicked: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      clicked.push(this.download);
    });
    const line = open("/drills/drl_5");
    fireEvent.click(await screen.findByRole("button", { name: "Download as JSON" }, soon));
    expect(clicked).toEqual(["drill-drl_5.json"]);
    expect(made[0]?.type).toBe("application/json");
    const text = await new Promise<string>((read) => {
      const reader = new FileReader();
      reader.onload = () => read(String(reader.result));
      reader.readAsText(made[0] as Blob);
    });
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(line.world.drills[0])));
  });

  test("is one of a list that says what a drill is while it is empty", async () => {
    const line = new FakeLine("empty");
    line.world.setupNeeded = false;
    open("/drills", line);
    await screen.findByText("No drill yet", {}, soon);
    screen.getByText(/reports what their callers got/);
    expect(screen.getAllByRole("button", { name: "Start a fire drill" })).toHaveLength(1);
  });
});

test("what happened in a drill alone is marked in an upstream's timeline", async () => {
  open("/upstreams/up-0001");
  const timeline = within(await screen.findByRole("list", { name: "Timeline" }, soon));
  await waitFor(() => expect(timeline.getAllByRole("listitem")).toHaveLength(2), soon);
  expect(timeline.getAllByText("drill")).toHaveLength(1);
});
