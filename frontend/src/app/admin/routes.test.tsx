// Which calls a tier takes and what is changed in them, over the fake service:
// what the form saves, what it tries, and what the dry run says.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeLine } from "@/rpc/fake";
import { capabilityRecord } from "@/rpc/fake/capabilities";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

const soon = { timeout: 5000 };

function open(path: string, line = new FakeLine(), language: "en" | "zh" = "en"): FakeLine {
  location.hash = `#${path}`;
  setLanguage(language);
  render(<Admin line={line} />);
  return line;
}

const named = (line: FakeLine, name: string) => {
  const found = line.world.documents.routes.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const field = (name: RegExp) =>
  screen.findByRole("textbox", { name, hidden: true }, soon) as Promise<HTMLInputElement>;
const type = async (name: RegExp, value: string) =>
  fireEvent.change(await field(name), { target: { value } });
const press = async (name: string) =>
  fireEvent.click(await screen.findByRole("button", { name, hidden: true }, soon));

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe("the form of a route", () => {
  test("says which calls a tier takes, once somebody asks for that", async () => {
    const line = open("/routes/route-0?edit=1");
    await field(/^Title/);
    expect(screen.queryByRole("textbox", { name: /^Condition/, hidden: true })).toBeNull();
    await press("Only some calls…");
    await type(/^Condition/, 'app == "crm"');
    await type(/^Share of the calls/, "10");
    // The list of its proposals has the same name.
    const [keeps] = screen.getAllByLabelText(/^Keeps by/, { selector: "input" });
    fireEvent.change(keeps as HTMLElement, { target: { value: "user" } });
    await press("Save");
    await waitFor(
      () =>
        expect(named(line, "route-0").tiers).toMatchObject([
          { when: 'app == "crm"', percent: 10, sticky_by: "user" },
        ]),
      soon,
    );
  });

  test("tries a condition on a call that is only thought of", async () => {
    open("/routes/route-0?edit=1");
    await field(/^Title/);
    await press("Only some calls…");
    await type(/^Condition/, 'app == "crm"');
    await press("Try it");
    await screen.findByText("It does not hold for this call.", {}, soon);
    await type(/^App$/, "crm");
    await screen.findByText("It holds for this call.", {}, soon);
    await type(/^Condition/, "ap");
    await screen.findByText(/^It is no condition: line 1, column 1: undeclared reference/, {}, soon);
    await type(/^Condition/, 'headers["x-tier"] == "a"');
    await screen.findByText(/^It cannot be evaluated, so it does not hold: no such key/, {}, soon);
  });

  test("sets parameters and takes them back, also those that are 0", async () => {
    const line = open("/routes/route-0?edit=1");
    await field(/^Title/);
    await press("Set parameters…");
    await type(/^Temperature \(Set\)/, "0");
    await type(/^Longest answer \(tokens\) \(Default\)/, "500");
    await press("Save");
    await waitFor(
      () =>
        expect(named(line, "route-0").parameters).toMatchObject({
          set: { temperature: 0 },
          default: { max_tokens: 500 },
        }),
      soon,
    );
    cleanup();
    open("/routes/route-0?edit=1", line);
    expect((await field(/^Temperature \(Set\)/)).value).toBe("0");
    await type(/^Temperature \(Set\)/, "");
    await press("Save");
    await waitFor(() => {
      const { set } = named(line, "route-0").parameters as { set: Record<string, unknown> };
      expect(set.temperature ?? undefined).toBeUndefined();
    }, soon);
  });
});

describe("the dry run", () => {
  const prepare = () => {
    const line = new FakeLine();
    const targets = [{ upstream: "up-0001", model: "m" }];
    Object.assign(named(line, "route-0"), {
      tiers: [
        { when: 'app == "crm"', targets },
        { when: 'headers["x-tier"] == "a"', targets },
        { percent: 5, targets },
        { strategy: "cost", targets },
      ],
    });
    return line;
  };

  test("says why tiers are passed over, and for whom they are not", async () => {
    open("/routes/route-0", prepare());
    await screen.findByText("Passed over: its condition does not hold.", {}, soon);
    screen.getByText(/^Passed over: its condition cannot be evaluated: no such key/);
    screen.getByText("Passed over: the call is not of its share.");
    screen.getByText("Tier 4 · Targets · Cheapest first");
    screen.getByText("no known price");
    await press("For a certain call…");
    const call = screen.getByRole("region", { name: "The call" });
    fireEvent.change(within(call).getByLabelText("App"), { target: { value: "crm" } });
    await waitFor(
      () => expect(screen.queryByText("Passed over: its condition does not hold.")).toBeNull(),
      soon,
    );
  });

  const blind = { upstream: "up-0003", model: "gpt-4o-mini" };
  test.each([
    [
      "while another can",
      [{ targets: [blind] }, { targets: [{ upstream: "up-0002", model: "m" }] }],
      /^Passed over: certified .* without pictures\.$/,
    ],
    ["where none can", [{ targets: [blind] }], /^Asked all the same, .* without pictures\.$/],
  ])("says what comes of a target that lacks what the call needs, %s", async (_, tiers, words) => {
    const line = prepare();
    Object.assign(named(line, "route-0"), { tiers });
    line.world.capabilities = [capabilityRecord("up-0003", "gpt-4o-mini", 3, { "vision.image": "no" })];
    open("/routes/route-0", line);
    await press("For a certain call…");
    const call = screen.getByRole("region", { name: "The call" });
    fireEvent.click(within(call).getByRole("combobox", { name: "What it needs" }));
    fireEvent.click(await screen.findByRole("option", { name: "pictures", hidden: true }, soon));
    await screen.findByText(words, {}, soon);
  });

  test("says so in Chinese, too", async () => {
    open("/routes/route-0", prepare(), "zh");
    await screen.findByText("跳过：不满足其条件。", {}, soon);
    screen.getByText("第 4 层 · 目标 · 最便宜优先");
  });
});
