// Live checks of a model over the fake service: planned, made, reported.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { FakeLine, finishRun } from "@/rpc/fake";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

function open(path: string, line = new FakeLine()): FakeLine {
  location.hash = `#${path}`;
  setLanguage("en");
  render(<Admin line={line} />);
  return line;
}

const soon = { timeout: 15_000 };
const find = (text: string | RegExp) => screen.findByText(text, {}, soon);
const button = (name: string | RegExp) => screen.findByRole("button", { name, hidden: true }, soon);
const asked = (line: FakeLine, method: string) =>
  line.asked.filter((one) => one.method === method).map((one) => one.params);
const modelField = () => document.querySelector("form input[required]") as HTMLInputElement;

async function plan(model: string): Promise<HTMLElement> {
  fireEvent.click(await button("Certify a model"));
  await waitFor(() => expect(modelField()).not.toBeNull(), soon);
  fireEvent.change(modelField(), { target: { value: model } });
  await waitFor(() => expect(document.querySelector(`[data-plan="${model}"]`)).not.toBeNull(), soon);
  return document.querySelector("[data-plan]") as HTMLElement;
}

afterEach(cleanup);

describe("an upstream's live checks", () => {
  test("are explained, with their price, before there are any", async () => {
    open("/upstreams/up-0000");
    await find(/They use your key and cost a little/);
    await find("No model was certified here yet.");
  });

  test("stand by model: figures, cost, what changed, and what is not known", async () => {
    open("/upstreams/up-0003");
    const row = (await button("gpt-4o-mini")).closest("li") as HTMLElement;
    expect(row.textContent).toMatch(/25 passed.*2 failed.*1 unclear.*1 skipped.*changed.*\$0\.0/);
    const other = screen.getByRole("button", { name: /^mystery/ }).closest("li") as HTMLElement;
    expect(other.textContent).toContain("Ended early");
    expect(other.textContent).toContain("price unknown");
    expect(other.textContent).not.toContain("changed");
    expect(document.querySelectorAll("[data-model]")).toHaveLength(2);
  });

  test("cost nothing before the plan was seen and Start was pressed", async () => {
    const line = open("/upstreams/up-0003");
    const shown = await plan("gpt-4o");
    expect(shown.textContent).toContain("Nothing is spent before you start.");
    expect(shown.textContent).toMatch(
      /Checks28 \(2 skipped\).*Requests at most31.*at most4,300.*at most2,100.*Costs at most\$0\.0019/,
    );
    expect(asked(line, "upstreams.certify")).toEqual([]);
    fireEvent.click(await button("Start (≤ $0.0019)"));
    await find("12 of 28 checks");
    expect(asked(line, "upstreams.certify")).toEqual([{ ref: "up-0003", body: { model: "gpt-4o" } }]);
  });

  test("take the cap and the key that were chosen", async () => {
    const line = open("/upstreams/up-0003");
    await plan("gpt-4o");
    const cap = document.querySelector('form input[inputmode="decimal"]') as HTMLInputElement;
    fireEvent.change(cap, { target: { value: "0.001" } });
    const key = screen.getByRole("combobox", { name: "Key", hidden: true });
    fireEvent.click(key);
    fireEvent.click(await screen.findByRole("option", { name: /^up-0003-key/, hidden: true }, soon));
    fireEvent.click(await button("Start (≤ $0.001)"));
    await waitFor(() => expect(asked(line, "upstreams.certify")).toHaveLength(1), soon);
    expect(asked(line, "upstreams.certify")[0]).toEqual({
      ref: "up-0003",
      body: { model: "gpt-4o", credential: "up-0003-key", max_cost_usd: 0.001 },
    });
  });

  test("of a model without a price are bounded by tokens, and no dollars are promised", async () => {
    open("/upstreams/up-0003");
    const shown = await plan("mystery");
    expect(shown.textContent).toContain("Price unknown: bounded by 6,400 tokens");
    await button("Start");
    expect(document.querySelector('form input[inputmode="decimal"]')).toBeNull();
  });

  test("go on when the dialog is closed; their end is a new row and leads to the report", async () => {
    const line = open("/upstreams/up-0000");
    await plan("gpt-4o");
    fireEvent.click(await button(/^Start/));
    await find("They go on in the service when you close this.");
    fireEvent.click(
      within(screen.getByRole("dialog", { hidden: true })).getAllByRole("button", {
        name: "Close",
        hidden: true,
      })[0] as HTMLElement,
    );
    await find("Live checks are running: gpt-4o");
    finishRun(line.world);
    fireEvent.click(await button("gpt-4o"));
    await waitFor(
      () => expect(document.querySelector("[data-record]")?.textContent).toMatch(/^gpt-4o/),
      soon,
    );
    expect(document.querySelector("[data-drift]")).toBeNull();
  });

  test("are ended on request, and told as ended", async () => {
    const line = open("/upstreams/up-0000");
    await plan("gpt-4o");
    fireEvent.click(await button(/^Start/));
    fireEvent.click(await button("End the checks"));
    await find(/^The run has ended\./);
    expect(line.world.jobs[0]?.state).toBe("canceled");
    expect(screen.queryByRole("button", { name: "Show the report", hidden: true })).toBeNull();
  });

  test("that run elsewhere keep a second run from being started, and say where", async () => {
    const line = open("/upstreams/up-0000");
    await plan("gpt-4o");
    fireEvent.click(await button(/^Start/));
    await find("12 of 28 checks");
    location.hash = "#/upstreams/up-0002";
    await screen.findByRole("heading", { level: 1, name: "Upstream 2" }, soon);
    const certify = await button("Certify a model");
    expect(certify.getAttribute("aria-disabled")).toBe("true");
    finishRun(line.world);
    expect(line.world.jobs[0]?.state).toBe("done");
    await waitFor(() => expect(certify.getAttribute("aria-disabled")).toBeNull(), soon);
  });

  test("may be read but not started by a viewer", async () => {
    const line = new FakeLine();
    line.set({ role: "viewer" });
    open("/upstreams/up-0003", line);
    await button("gpt-4o-mini");
    expect((await button("Certify a model")).getAttribute("aria-disabled")).toBe("true");
  });
});

describe("the report", () => {
  const report = "/upstreams/up-0003?report=cap_up-0003_gpt-4o-mini_0";
  const check = async (name: string) => {
    await waitFor(() => expect(document.querySelector(`[data-check="${name}"]`)).not.toBeNull(), soon);
    return document.querySelector(`[data-check="${name}"]`) as HTMLElement;
  };

  test("says of a failed check what was seen and what routing does", async () => {
    open(report);
    const vision = await check("vision.image");
    expect(vision.textContent).toContain("failed");
    expect(vision.textContent).toContain("Calls with pictures pass this model over.");
    expect(vision.querySelector("details")?.open).toBe(false);
    expect(vision.querySelector("details")?.textContent).toContain("does not support image input");
    const limits = await check("rate.headers");
    expect(limits.textContent).toContain("unclear");
    expect(limits.textContent).not.toContain("pass this model over");
    expect((await check("future.check")).textContent).toContain("future.check");
  });

  test("says what changed, and since when", async () => {
    open(report);
    const drift = await waitFor(() => {
      const found = document.querySelector("[data-record] [data-drift]");
      expect(found).not.toBeNull();
      return found as HTMLElement;
    }, soon);
    expect(drift.textContent).toMatch(/Calls several tools at once: worked on \d+ \w+ \d{4}, does not now/);
  });

  test("leads to earlier runs and back", async () => {
    open(report);
    const runs = await screen.findByRole("region", { name: "Runs of this model", hidden: true }, soon);
    expect(within(runs).getAllByRole("listitem", { hidden: true })).toHaveLength(2);
    fireEvent.click(within(runs).getByRole("button", { hidden: true }));
    await waitFor(() =>
      expect(document.querySelector('[data-record="cap_up-0003_gpt-4o-mini_9"]')).not.toBeNull(),
    );
    expect(location.hash).toContain("report=cap_up-0003_gpt-4o-mini_9");
  });

  test("of another address says that it counts no more", async () => {
    const line = new FakeLine();
    const upstream = line.world.documents.upstreams.find((one) => one.name === "up-0003");
    Object.assign(upstream ?? {}, { base_url: "http://127.0.0.1:9/v1" });
    open(report, line);
    await find(/These checks say nothing of it/);
  });

  test("that is gone is said so", async () => {
    open("/upstreams/up-0003?report=cap_gone");
    await find(/There is no record "cap_gone"|cap_gone/);
  });
});

describe("Home", () => {
  test("tells what a model in use cannot do any more, and leads to the report", async () => {
    open("/");
    await find(
      /Live checks of gpt-4o-mini at up-0003: 2 that passed on .* fail now, such as tools\.parallel/,
    );
    fireEvent.click(screen.getByRole("link", { name: "See the report" }));
    await waitFor(
      () => expect(document.querySelector("[data-record]")?.textContent).toMatch(/^gpt-4o-mini/),
      soon,
    );
  });

  test("says nothing of an upstream that is out of use", async () => {
    const line = new FakeLine();
    const upstream = line.world.documents.upstreams.find((one) => one.name === "up-0003");
    Object.assign(upstream ?? {}, { state: "disabled" });
    open("/", line);
    await waitFor(() => expect(asked(line, "upstreams.get")).toEqual([{ ref: "up-0003" }]), soon);
    await screen.findByText("Latest calls", {}, soon);
    expect(document.querySelector("[data-drift]")).toBeNull();
  });
});

describe("the list of jobs", () => {
  test("leads from a run to its report, and does not offer to start it again blindly", async () => {
    const line = open("/upstreams/up-0000");
    await plan("gpt-4o");
    fireEvent.click(await button(/^Start/));
    await find("12 of 28 checks");
    finishRun(line.world);
    expect(line.world.jobs[0]?.state).toBe("done");
    location.hash = "#/upstreams/up-0000?jobs=1";
    const card = await waitFor(() => {
      const found = document.querySelector('[data-job="upstreams.certify"]');
      expect(found).not.toBeNull();
      return found as HTMLElement;
    }, soon);
    expect(within(card).queryByRole("button", { name: "Start again", hidden: true })).toBeNull();
    const link = await within(card).findByRole("link", { name: "The checks of gpt-4o", hidden: true }, soon);
    expect(link.getAttribute("href")).toMatch(/\/upstreams\/up-0000\?report=cap_of_job_/);
  });
});
