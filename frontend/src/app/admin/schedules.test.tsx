// Schedules of fire drills over the fake service: listed, added, changed, gone.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nothingSaid, scheduleOf, scheduleValuesOf, weekdays } from "@/features/drill/schedulevalues";
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

const press = async (name: string) =>
  fireEvent.click(await screen.findByRole("button", { name, hidden: true }, soon));
const combobox = (name: string) => screen.findByRole("combobox", { name, hidden: true }, soon);
const choose = async (label: string, option: string) => {
  fireEvent.click(await combobox(label));
  fireEvent.click(await screen.findByRole("option", { name: option, hidden: true }, soon));
};
const type = async (label: string | RegExp, value: string) =>
  fireEvent.change(await screen.findByLabelText(label, {}, soon), { target: { value } });
const preview = () => document.querySelector("[data-preview]")?.textContent ?? "";
const schedule = (line: FakeLine, name: string) =>
  line.world.documents.schedules.find((one) => one.name === name);

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe("the list", () => {
  test("says when each is due and what came of its last time", async () => {
    open("/drills");
    const list = within(await screen.findByRole("table", { name: "Schedules" }, soon));
    await list.findByText("every day at 02:30", {}, soon);
    list.getByText("Mon and Thu at 06:00");
    list.getByText("every 3 days at 23:05");
    await waitFor(() => expect(list.getAllByText(/^Next: /)).toHaveLength(3), soon);
    expect(list.getByRole("link", { name: "Passed" }).getAttribute("href")).toContain("/drills/drl_5");
    list.getByText("Skipped");
    list.getByText(/another drill ran/);
    list.getByText(/Missed 2 times; Headwater did not run/);
    list.getByText("disabled");
  });

  test("says it in Chinese", async () => {
    open("/drills", new FakeLine(), "zh");
    const list = within(await screen.findByRole("table", { name: "计划" }, soon));
    await list.findByText("每天 02:30", {}, soon);
    list.getByText("周一和周四 06:00");
    list.getByText("每 3 天 23:05");
    await list.findByText(/另一个演练正在进行/, {}, soon);
  });

  test("without any says what one is for", async () => {
    const line = new FakeLine();
    line.world.documents.schedules = [];
    open("/drills", line);
    await screen.findByText(/No schedule yet/, {}, soon);
    expect(screen.getAllByRole("button", { name: "Add a schedule" })).toHaveLength(1);
  });

  test("switches one off and on", async () => {
    const line = open("/drills");
    await press("Disable: nightly");
    await waitFor(() => expect(schedule(line, "nightly")?.state).toBe("disabled"), soon);
    await press("Enable: nightly");
    await waitFor(() => expect(schedule(line, "nightly")?.state).toBe("enabled"), soon);
  });

  test("deletes one whose name was typed", async () => {
    const line = open("/drills");
    await press("Delete: nightly");
    await type("Name", "nightly");
    await press("Delete");
    await waitFor(() => expect(schedule(line, "nightly")).toBeUndefined(), soon);
  });

  test("can be looked at by a viewer", async () => {
    const line = new FakeLine();
    line.set({ role: "viewer" });
    open("/drills", line);
    const button = await screen.findByRole("button", { name: "Disable: nightly" }, soon);
    expect(button.getAttribute("aria-disabled")).toBe("true");
  });
});

describe("the form", () => {
  test("adds one, with the fields of a drill", async () => {
    const line = open("/drills?schedule=new");
    await press("Save the schedule");
    for (const words of [
      "Give it a name.",
      "Say at which time of day.",
      "Choose at least one upstream, or all clouds.",
    ]) {
      await screen.findByText(words, {}, soon);
    }
    await type(/^Name/, "weekly");
    await type(/^Time of day/, "03:15");
    fireEvent.click(screen.getByRole("radio", { name: "On days of the week", hidden: true }));
    await press("Save the schedule");
    await screen.findByText("Choose at least one day.", {}, soon);
    fireEvent.click(screen.getByRole("checkbox", { name: "Friday", hidden: true }));
    fireEvent.click(screen.getByRole("checkbox", { name: "Monday", hidden: true }));
    await choose("Upstreams", "up-0001");
    await choose("Route", "route-1");
    fireEvent.click(screen.getByRole("checkbox", { name: /^Keys for drills only/, hidden: true }));
    expect(preview()).toBe(
      "Mon and Fri at 03:15: Every call of route route-1 will find up-0001 refusing connections for 1 minute. Nobody else is touched.",
    );
    await press("Save the schedule");
    await waitFor(() => expect(schedule(line, "weekly")).toBeDefined(), soon);
    expect(schedule(line, "weekly")).toMatchObject({
      at: "03:15",
      days: ["mon", "fri"],
      every_days: 0,
      drill: { fault: "refused", upstreams: ["up-0001"], scope: { route: "route-1", keys: false } },
    });
    await waitFor(() => expect(location.hash).not.toContain("schedule="), soon);
  });

  test("changes one, and takes back what its drill has no more", async () => {
    const line = open("/drills");
    await press("Edit: workdays");
    await screen.findByText(/Last time, .*: Skipped, another drill ran\./, {}, soon);
    fireEvent.click(screen.getByRole("radio", { name: "Every so many days", hidden: true }));
    await type(/^Days from one/, "5");
    fireEvent.click(screen.getByRole("radio", { name: /^connection refused/, hidden: true }));
    await press("Save the schedule");
    await waitFor(() => expect(schedule(line, "workdays")?.every_days).toBe(5), soon);
    expect(schedule(line, "workdays")).toMatchObject({
      days: [],
      drill: { fault: "refused", retry_after_s: 0 },
    });
  });
});

test("a change says all of a drill, since the service merges what it is sent", () => {
  const { schemas } = (
    JSON.parse(readFileSync(resolve(import.meta.dirname, "../../rpc/openapi.json"), "utf8")) as {
      components: {
        schemas: Record<string, { properties: Record<string, { items?: { enum?: string[] } }> }>;
      };
    }
  ).components;
  const fields = (schema: string) => Object.keys(schemas[schema]?.properties ?? {}).sort();
  expect([...Object.keys(nothingSaid), "fault"].sort()).toEqual(fields("DrillSpec"));
  expect(Object.keys(nothingSaid.scope).sort()).toEqual(fields("DrillScope"));
  expect(Object.keys(nothingSaid.objective).sort()).toEqual(fields("DrillObjective"));
  expect([...weekdays]).toEqual(schemas.DrillSchedule?.properties.days?.items?.enum);
  // Every field that people set has its place in the form.
  const said = { ...scheduleOf({ ...scheduleValuesOf(), rhythm: "every", first: "2026-01-01" }), name: "" };
  const own = ["id", "tenant", "version", "updated_at", "updated_by", "state"];
  expect(Object.keys(said).sort()).toEqual(fields("DrillSchedule").filter((field) => !own.includes(field)));
});
