// What keeps callers served, over the fake service: upstreams in and out of
// use, ladders of every kind of tier, and what the page says of both.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { FakeLine, fakeCall, steppedCall } from "@/rpc/fake";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

function open(path: string, line = new FakeLine()): FakeLine {
  location.hash = `#${path}`;
  setLanguage("en");
  render(<Admin line={line} />);
  return line;
}

const soon = { timeout: 5000 };
const heading = (name: string) => screen.findByRole("heading", { level: 1, name }, soon);
const named = (line: FakeLine, noun: "upstreams" | "routes" | "apps", name: string) => {
  const found = line.world.documents[noun].find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const field = (name: RegExp) =>
  screen.findByRole("textbox", { name, hidden: true }, soon) as Promise<HTMLInputElement>;
const choose = async (label: RegExp, option: string, at = 0) => {
  fireEvent.click(screen.getAllByRole("combobox", { name: label, hidden: true })[at] as HTMLElement);
  fireEvent.click(await screen.findByRole("option", { name: option, hidden: true }, soon));
};
const menuItem = (name: RegExp) => screen.findByRole("menuitem", { name, hidden: true }, soon);

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe("the list of upstreams", () => {
  test("shows how fast, how limited and with how many keys each is", async () => {
    open("/upstreams");
    await heading("Upstreams");
    const row = (await screen.findByText("Upstream 3", {}, soon)).closest("[role=row]") as HTMLElement;
    const cells = () =>
      within(row)
        .getAllByRole("cell", { hidden: true })
        .map((cell) => cell.textContent);
    await waitFor(() => expect(cells().slice(3, 6)).toEqual(["360 ms", "11.7%", "1"]), soon);
    screen.getByText(/^p95: 95 of 100 calls/);
  });
});

describe("an upstream", () => {
  test("tells in its past who took it out of use", async () => {
    open("/upstreams/up-0005");
    await heading("Upstream 5");
    const past = await screen.findByRole("list", { name: "Timeline" }, soon);
    const event = await within(past).findByText("Upstream up-0005");
    const words = event.closest("li")?.textContent;
    expect(words).toContain("by lin");
    expect(words).toContain("calls under way end, new ones go elsewhere");
  });

  test("is drained and resumed, and says what that means for calls", async () => {
    const line = open("/upstreams/up-0001");
    await heading("Upstream 1");
    fireEvent.click(screen.getByRole("button", { name: "Take out of use" }));
    await screen.findByText(
      "Calls under way end as usual, no new one begins. It stays so until you resume it.",
    );
    fireEvent.click(await menuItem(/^Drain/));
    await screen.findByText(/No new call begins here; those under way end as usual/, {}, soon);
    expect(named(line, "upstreams", "up-0001").state).toBe("draining");
    fireEvent.click(await screen.findByRole("button", { name: "Resume" }, soon));
    await waitFor(() => expect(named(line, "upstreams", "up-0001").state).toBe("enabled"));
    await waitFor(() => expect(document.querySelector("[data-operator]")).toBeNull());
  });

  test("goes into maintenance until a moment, and out of it with its end", async () => {
    const line = open("/upstreams/up-0001");
    await heading("Upstream 1");
    const maintain = async (choice: string) => {
      fireEvent.click(screen.getByRole("button", { name: "Take out of use" }));
      fireEvent.click(await menuItem(/Maintenance …|end of maintenance/));
      fireEvent.click(await screen.findByRole("radio", { name: choice }, soon));
      fireEvent.click(screen.getByRole("button", { name: "Begin maintenance" }));
    };
    await maintain("4 hours");
    const upstream = named(line, "upstreams", "up-0001");
    await waitFor(() => expect(upstream.state).toBe("maintenance"), soon);
    const hours = (Date.parse(String(upstream.maintenance_until)) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(3.9);
    expect(hours).toBeLessThan(4.1);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull(), soon);
    await maintain("Until I end it");
    await waitFor(() => expect(upstream).not.toHaveProperty("maintenance_until"), soon);
    fireEvent.click(await screen.findByRole("button", { name: "Resume" }, soon));
    await waitFor(() => expect(upstream.state).toBe("enabled"));
  });

  test("is paused from its row, which does not open for that", async () => {
    const line = open("/upstreams");
    await heading("Upstreams");
    fireEvent.click(await screen.findByRole("button", { name: "In or out of use: up-0000" }, soon));
    fireEvent.click(await menuItem(/^Pause/));
    await waitFor(() => expect(named(line, "upstreams", "up-0000").state).toBe("disabled"), soon);
    await screen.findByText("paused", {}, soon);
    expect(location.hash).toBe("#/upstreams");
  });

  test("shows its last day, also to who walks it with the keyboard", async () => {
    open("/upstreams");
    const strip = await screen.findByRole("slider", { name: "Last 24 h of up-0000" }, soon);
    expect(strip.getAttribute("aria-valuetext")).toMatch(/^took calls throughout in \d+ of 88 steps$/);
    strip.focus();
    fireEvent.keyDown(strip, { key: "End" });
    expect(strip.getAttribute("aria-valuetext")).toMatch(/– now: healthy$/);
    fireEvent.keyDown(strip, { key: "ArrowLeft" });
    expect(strip.getAttribute("aria-valuetext")).toMatch(/^\d\d:\d\d – \d\d:\d\d: degraded$/);
    fireEvent.keyDown(strip, { key: "Home" });
    expect(strip.getAttribute("aria-valuetext")).toMatch(/nothing is known$/);
    await screen.findByRole("tooltip", { hidden: true });
    fireEvent.blur(strip);
    expect(strip.getAttribute("aria-valuetext")).toMatch(/^took calls throughout/);
  });

  test("has the numbers of its breaker and its free check, with the defaults in the empty fields", async () => {
    const line = open("/upstreams/resting?edit=1");
    fireEvent.click(await screen.findByRole("button", { name: "Breaker" }, soon));
    const failures = await field(/^Failures in a row/);
    expect(failures.value).toBe("5");
    const share = await field(/^Least share of successes/);
    expect([share.value, share.placeholder]).toEqual(["", "50"]);
    fireEvent.change(share, { target: { value: "40" } });
    fireEvent.change(failures, { target: { value: "" } });
    fireEvent.click(screen.getByRole("button", { name: "Free check" }));
    await choose(/^What is asked/, "A connection, with TLS where the address has it");
    expect(screen.queryByRole("textbox", { name: /^Path/ })).toBeNull();
    expect(screen.queryByRole("textbox", { name: /^Good status/ })).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => {
      const { health, check } = named(line, "upstreams", "resting");
      expect(health).toMatchObject({ trip_failures: 0, trip_percent: 40, ramp_ms: 60_000 });
      expect(check).toMatchObject({ kind: "connect", path: "", contains: "" });
    }, soon);
  });

  test("opens the section in which the service found something wrong", async () => {
    open("/upstreams/resting?edit=1");
    fireEvent.click(await screen.findByRole("button", { name: "Breaker" }, soon));
    fireEvent.change(await field(/^First wait/), { target: { value: "9000" } });
    fireEvent.change(await field(/^Longest wait/), { target: { value: "5" } });
    const section = screen.getByRole("button", { name: "Breaker" });
    fireEvent.click(section);
    expect(section.getAttribute("aria-expanded")).toBe("false");
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await screen.findAllByText("must not be less than wait_first_ms", {}, soon);
    expect(section.getAttribute("aria-expanded")).toBe("true");
  });
});

describe("a route", () => {
  const node = (name: RegExp) => screen.findByRole("group", { name }, soon);
  const kinds = (line: FakeLine) =>
    (named(line, "routes", "ladder").tiers as Schema<"Tier">[])
      .map((tier) => tier.kind ?? "targets")
      .join(" ");
  const asMade = "cache targets targets hold deferred scripted";

  test("gets a tier of any kind from the form, each with its own fields", async () => {
    const line = open("/routes/route-0?edit=1");
    await field(/^Title/);
    for (const kind of ["Cache", "Scripted"]) {
      fireEvent.click(screen.getByRole("button", { name: "Add a tier" }));
      fireEvent.click(await menuItem(new RegExp(`^${kind}`)));
    }
    fireEvent.change(await field(/^Fresh for/), { target: { value: "60" } });
    expect((await field(/^In need up to/)).placeholder).toBe("86,400");
    fireEvent.change(await field(/^Tries in a tier/), { target: { value: "5" } });
    fireEvent.click(screen.getByRole("checkbox", { name: "Hedge" }));
    fireEvent.submit((await field(/^Title/)).closest("form") as HTMLFormElement);
    await screen.findAllByText("is required: it is what callers get", {}, soon);
    fireEvent.change(await field(/^Text/), { target: { value: "Come back later." } });
    fireEvent.click(screen.getByRole("button", { name: "Move tier 2 up" }));
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(
      () =>
        expect(named(line, "routes", "route-0")).toMatchObject({
          hedge: true,
          retry: { tries_per_tier: 5 },
          tiers: [
            { kind: "cache", fresh_s: 60 },
            { strategy: "weighted", targets: [{ upstream: "up-0000", model: "m" }] },
            { kind: "scripted", text: "Come back later." },
          ],
        }),
      soon,
    );
  });

  test("changes a tier's kind, and keeps what does not go with it out of what is saved", async () => {
    const line = open("/routes/route-0?edit=1");
    await field(/^Title/);
    await choose(/^What answers/, "Hold");
    await screen.findByText(/^Lets the call wait/);
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(named(line, "routes", "route-0").tiers).toEqual([{ kind: "hold" }]), soon);
  });

  test("changes the order of targets in a tier", async () => {
    const line = open("/routes/ladder?edit=1");
    await field(/^Title/);
    fireEvent.click(screen.getByRole("button", { name: "Move target 1 of tier 2 down" }));
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => {
      const tiers = named(line, "routes", "ladder").tiers as Schema<"Tier">[];
      expect(tiers[1]?.targets?.map((one) => one.upstream)).toEqual(["up-0001", "resting"]);
    }, soon);
  });

  test("is moved about on its map, saved on the version that was seen, and taken back", async () => {
    const line = open("/routes/ladder");
    const hold = await node(/^Tier 4 of 6, Hold, At most 20 s/);
    hold.focus();
    fireEvent.keyDown(hold, { key: "ArrowLeft", altKey: true });
    await waitFor(() => expect(kinds(line)).toBe("cache targets hold targets deferred scripted"), soon);
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: "ArrowLeft", altKey: true });
    await waitFor(() => expect(kinds(line)).toBe("cache hold targets targets deferred scripted"), soon);
    const sent = line.asked.filter(({ method }) => method === "routes.update").map(({ params }) => params);
    expect(sent).toMatchObject([{ body: { version: 1 } }, { body: { version: 2 } }]);
    // Nothing of a tier but its place has changed.
    expect(named(line, "routes", "ladder").tiers).toContainEqual({
      kind: "cache",
      fresh_s: 60,
      stale_s: 7200,
    });
    fireEvent.click(await screen.findByRole("button", { name: "Undo" }, soon));
    await waitFor(() => expect(kinds(line)).toBe("cache targets hold targets deferred scripted"), soon);
  });

  test("that somebody else has changed meanwhile is not moved over without a word", async () => {
    const line = open("/routes/ladder");
    const hold = await node(/^Tier 4 of 6, Hold/);
    Object.assign(named(line, "routes", "ladder"), { version: 7, title: "Theirs", updated_by: "mei" });
    hold.focus();
    fireEvent.keyDown(hold, { key: "ArrowLeft", altKey: true });
    await screen.findByText(/was changed by somebody else/, {}, soon);
    expect(kinds(line)).toBe(asMade);
    fireEvent.click(await screen.findByRole("button", { name: "Save mine" }, soon));
    await waitFor(() => expect(kinds(line)).toBe("cache targets hold targets deferred scripted"), soon);
    expect(named(line, "routes", "ladder").title).toBe("Theirs");
  });

  test("moves nothing for a viewer", async () => {
    const line = new FakeLine();
    line.set({ role: "viewer" });
    open("/routes/ladder", line);
    const hold = await node(/^Tier 4 of 6, Hold/);
    hold.focus();
    fireEvent.keyDown(hold, { key: "ArrowLeft", altKey: true });
    expect(kinds(line)).toBe(asMade);
    expect(line.asked.some(({ method }) => method === "routes.update")).toBe(false);
  });

  test("shows its states as they change", async () => {
    const line = open("/routes/ladder");
    await node(/^up-0000, m, .*healthy/);
    const target = line.world.health.find((one) => one.upstream === "up-0000");
    if (target) Object.assign(target, { state: "open", words: "open since 14:02", reason: "unreachable" });
    line.world.publish("health.watch", {
      scope: "x",
      kind: "endpoint",
      name: "x",
      upstreams: ["up-0000"],
      from: "healthy",
      to: "open",
      words: "open",
    });
    await node(/^up-0000, m, .*open, would be skipped/);
  });

  test("says what is tried for one call, and which of it is the default", async () => {
    open("/routes/ladder");
    const row = async (name: string) =>
      (await screen.findByText(name, {}, soon)).closest("tr") as HTMLElement;
    within(await row("Deadline")).getByText("1 min");
    within(await row("Tries in a tier")).getByText("2");
    within(await row("Longest such wait")).getByText("8 s (the default)");
    within(await row("Hedge")).getByText("a second target is asked when the first is late");
    await screen.findAllByText(/At once up to 1 min old; in need up to 2 h old/, {}, soon);
  });
});

describe("Home", () => {
  /** The one sentence on top; parts of it are links. */
  const says = (words: RegExp) =>
    waitFor(() => expect(document.querySelector("[data-verdict] h2")?.textContent).toMatch(words), soon);
  const states = (line: FakeLine, change: Record<string, string>) => {
    for (const one of line.world.health) {
      const state = change[one.upstream];
      if (state) one.state = state as "open";
    }
    line.world.publish("config.changed", { generation: 2, actor: "admin", summary: "" });
  };
  const allWell = () => {
    const line = new FakeLine();
    for (const one of line.world.health) one.state = "healthy";
    return line;
  };

  test("says so when all is well", async () => {
    const line = allWell();
    for (const one of line.world.documents.upstreams) delete one.state;
    open("/", line);
    await says(/^Serving normally$/);
  });

  test("names the worst route, what its callers get, and how many more there are", async () => {
    open("/");
    await says(/^route-1 has no target that can answer since \d\d:\d\d; callers get 503 – and 5 more$/);
    const link = document.querySelector("[data-verdict] a");
    expect(link?.getAttribute("href")).toMatch(/#\/routes\/route-1$/);
  });

  test("says which choice answers, and what stands behind targets when none can", async () => {
    const line = allWell();
    line.world.documents.routes = line.world.documents.routes.filter((one) => one.name === "ladder");
    open("/", line);
    await says(/^Serving normally$/);
    states(line, { "up-0001": "open" });
    await says(/^ladder is on its 2nd choice, up-0000$/);
    states(line, { "up-0000": "open" });
    await says(
      /^ladder has no .*; callers get a remembered answer, else a wait of up to 20 s, else an answer later, if they take that, else the text of tier 6$/,
    );
  });

  test("does not call what a person took out of use a failure", async () => {
    const line = allWell();
    for (const one of line.world.documents.upstreams) one.state = "disabled";
    open("/", line);
    await screen.findByText("Every target was taken out of use by a person.", {}, soon);
  });
});

test("an app has its criticality, and each is explained", async () => {
  const line = open("/apps/acme/crm?edit=1");
  const choice = (await screen.findByRole("radio", { name: "Sheddable" }, soon)) as HTMLInputElement;
  screen.getByText(/^Refused first, from 80 % of that/);
  fireEvent.click(choice);
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(named(line, "apps", "crm").criticality).toBe("sheddable"), soon);
  await screen.findByText(/Criticality: Sheddable/, {}, soon);
});

test("the settings bound what is under way and what may wait", async () => {
  const line = open("/settings");
  fireEvent.change(await field(/^Calls at once/), { target: { value: "500" } });
  expect((await field(/^Calls that may wait/)).placeholder).toBe("1,000");
  fireEvent.change(await field(/^Longest wait/), { target: { value: "2000" } });
  fireEvent.click(screen.getByRole("checkbox", { name: "Fetch media" }));
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(
    () =>
      expect(line.world.setting).toMatchObject({
        max_calls: 500,
        queue_calls: 0,
        queue_ms: 2000,
        fetch_media: true,
      }),
    soon,
  );
});

test("calls that no upstream answered say what did", async () => {
  const line = open("/calls");
  await heading("Calls");
  await waitFor(() => expect(screen.getAllByRole("row").length).toBe(11), soon);
  for (const what of ["cache", "deferred", "scripted", "hedge"] as const) line.ended(steppedCall(what));
  line.ended(fakeCall(0));
  await screen.findByText("Scripted", {}, soon);
  screen.getByText("Cache");
  const deferred = screen.getByText("Deferred").closest('[role="row"]') as HTMLElement;
  within(deferred).getByText(/202/);
  within(deferred).getByText(/later/);
  fireEvent.click(deferred);
  await screen.findByText(/the call was taken for later/, {}, soon);
  screen.getByText("kept as dfr_0198");
  expect(document.querySelector("[data-curl]")?.textContent).toContain("Prefer: respond-async");
  const drilled = screen.getByText(/· drill/).closest('[role="row"]') as HTMLElement;
  fireEvent.click(drilled);
  await screen.findByText("drill: late first content", {}, soon);
  screen.getByText("hedge");
});

describe("the log", () => {
  test.each([
    ["en", /The disk is full: calls are not written/, "Free space on the volume of the state directory"],
    ["zh", /磁盘已满：调用无法写入/, "请在状态目录所在的卷上腾出空间"],
  ] as const)("that takes nothing is told on the first page (%s)", async (language, what, next) => {
    const line = new FakeLine();
    const [last] = line.world.drills;
    if (!last) throw new Error("no drill");
    line.world.drills.unshift({ ...last, id: "drl_disk", state: "running", spec: { fault: "disk_full" } });
    open("/", line);
    setLanguage(language);
    const alert = (await screen.findByText(what, {}, soon)).parentElement as HTMLElement;
    within(alert).getByText(new RegExp(next));
    within(alert).getByText("HW-DISK");
    setLanguage("en");
  });
});
