import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setLanguage } from "@/shared/i18n";
import { type MapTier, RouteMap } from ".";

const tiers: MapTier[] = [
  {
    kind: "targets",
    strategy: "weighted",
    targets: [
      {
        upstream: "openai",
        provider: "openai",
        model: "gpt-4o",
        credentials: [
          { name: "main", state: "open", words: "open since 14:02", order: 0, share: 0.5 },
          { name: "spare", state: "healthy", words: "", order: 1, share: 0.25 },
        ],
      },
      { upstream: "groq", credentials: [{ state: "throttled", words: "throttled", order: 2, share: 0.25 }] },
    ],
  },
  { kind: "cache", targets: [] },
  {
    kind: "targets",
    strategy: "priority",
    targets: [
      { upstream: "local", model: "llama", credentials: [{ state: "unknown", words: "", order: 3 }] },
    ],
  },
];

function Controlled(props: { readOnly?: boolean; told?: (next: MapTier[]) => void }) {
  const [shown, setShown] = useState(tiers);
  return (
    <MantineProvider>
      <RouteMap
        route="fast"
        tiers={shown}
        readOnly={props.readOnly}
        onMove={(next) => {
          props.told?.(next);
          setShown(next);
        }}
      />
    </MantineProvider>
  );
}

const node = (name: RegExp) => screen.findByRole("group", { name }, { timeout: 5000 });
const order = () =>
  [...document.querySelectorAll(".react-flow__node")].map((one) => one.getAttribute("aria-label"));
const upstreams = () =>
  order()
    .map((label) => /^(openai|groq|local)|Cache$/.exec(label ?? "")?.[0])
    .filter(Boolean);
const press = (on: HTMLElement, key: string, altKey = true) => {
  on.focus();
  // False when the browser was kept from doing what it does with these keys.
  return fireEvent.keyDown(on, { key, altKey });
};
const said = () => screen.getByRole("status").textContent;

beforeEach(() => setLanguage("en"));
afterEach(cleanup);

describe("the map", () => {
  test("says all of a route in words", async () => {
    render(<Controlled />);
    await node(/^fast$/);
    expect(order()).toEqual([
      "fast",
      "Tier 1 of 3, Targets, By share",
      "openai, gpt-4o, 75% of the tier's calls while all is well, key main, open, would be skipped, key spare, healthy, A call would go here now, target 1 of 2 in tier 1",
      "groq, the model asked for, 25% of the tier's calls while all is well, throttled, would be asked 2nd, target 2 of 2 in tier 1",
      "Tier 2 of 3, Cache",
      "Tier 3 of 3, Targets, As listed",
      "local, llama, not used yet, would be asked 3rd, target 1 of 1 in tier 3",
    ]);
    expect(screen.getByText("gpt-4o").title).toBe("gpt-4o");
    expect(screen.getByText("open since 14:02")).toBeTruthy();
    // The way to the target that would answer, and no other.
    expect(document.querySelectorAll(".react-flow__edge")).toHaveLength(6);
    const serving = [...document.querySelectorAll('.react-flow__edge[class*="serving"]')];
    expect(serving.map((edge) => edge.getAttribute("data-id"))).toEqual([
      "route>tier:targets:openai/gpt-4o#0",
      "tier:targets:openai/gpt-4o#0>target:openai/gpt-4o#0",
    ]);
    expect(document.querySelector("a")).toBeNull();
  });

  test("speaks Chinese", async () => {
    setLanguage("zh");
    render(<Controlled />);
    await node(/^fast$/);
    expect(order()[1]).toBe("第 1 层，共 3 层，目标，按份额");
    expect(document.body.textContent).not.toMatch(/Press|drag|delete/i);
  });

  test("names every kind of tier, known or not", async () => {
    const kinds = ["targets", "cache", "hold", "deferred", "scripted", "novel"];
    render(
      <MantineProvider>
        <RouteMap route="fast" tiers={kinds.map((kind) => ({ kind, targets: [] }))} />
      </MantineProvider>,
    );
    await node(/^fast$/);
    for (const word of ["Targets", "Cache", "Hold", "Deferred", "Scripted", "novel"]) {
      expect(screen.getByText(word)).toBeTruthy();
    }
  });
});

describe("with the keyboard", () => {
  test("a target moves within its tier, and keeps the focus", async () => {
    render(<Controlled />);
    const openai = await node(/^openai/);
    expect(press(openai, "ArrowDown")).toBe(false);
    expect(upstreams()).toEqual(["groq", "openai", "Cache", "local"]);
    expect(said()).toBe("openai / gpt-4o is now 2 of 2 in tier 1.");
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^openai/);
    press(openai, "ArrowDown");
    expect(said()).toBe("It cannot be moved that way.");
  });

  test("a target moves to the next tier that has targets; an empty tier goes", async () => {
    render(<Controlled />);
    press(await node(/^local/), "ArrowLeft");
    expect(upstreams()).toEqual(["local", "openai", "groq", "Cache"]);
    expect(said()).toBe(
      "local / llama is now 1 of 3 in tier 1. The tier that it left was empty and is gone.",
    );
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^local/);
  });

  test("a tier moves with its targets", async () => {
    let told: MapTier[] = [];
    render(
      <Controlled
        told={(next) => {
          told = next;
        }}
      />,
    );
    const tier = await node(/^Tier 3/);
    press(tier, "ArrowLeft");
    expect(upstreams()).toEqual(["openai", "groq", "local", "Cache"]);
    expect(told).toEqual([tiers[0], tiers[2], tiers[1]]);
    expect(said()).toBe("The tier is now tier 2 of 3.");
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Tier 2/);
  });

  test("arrows alone go from one to the next", async () => {
    render(<Controlled />);
    press(await node(/^fast$/), "ArrowRight", false);
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Tier 1/);
    press(document.activeElement as HTMLElement, "ArrowDown", false);
    press(document.activeElement as HTMLElement, "ArrowDown", false);
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^groq/);
    press(document.activeElement as HTMLElement, "ArrowRight", false);
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Tier 2/);
  });

  test("who may only look moves nothing, and the keys keep their meaning", async () => {
    render(<Controlled readOnly />);
    expect(press(await node(/^openai/), "ArrowDown")).toBe(true);
    expect(upstreams()).toEqual(["openai", "groq", "Cache", "local"]);
    expect(said()).toBe("");
    expect(screen.queryByText(/^Drag/)).toBeNull();
  });
});
