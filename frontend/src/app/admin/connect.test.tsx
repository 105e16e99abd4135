// Connecting an upstream over the fake service: engines that were found, keys
// that tell whose they are, a test with one tiny completion, models published.

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeLine } from "@/rpc/fake";
import { setLanguage } from "@/shared/i18n";
import { Admin } from "./admin";

const soon = { timeout: 5000 };
const find = (text: string | RegExp) => screen.findByText(text, {}, soon);
const button = (name: string | RegExp) => screen.findByRole("button", { name, hidden: true }, soon);
const asked = (line: FakeLine, method: string) =>
  line.asked.filter((one) => one.method === method).map((one) => one.params);

function open(path: string, line = new FakeLine()): FakeLine {
  location.hash = `#${path}`;
  setLanguage("en");
  render(<Admin line={line} />);
  return line;
}

/** The field of a form with this label; its asterisk is no part of it. */
const field = (label: RegExp) => screen.findByLabelText(label, { selector: "input" }, soon);

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

describe("the form for a new upstream", () => {
  test("shows the engines of this machine and connects one with a click", async () => {
    const line = open("/upstreams?new=1");
    await find("Found on this machine");
    await find(/127\.0\.0\.1:11434 · 3 models/);
    fireEvent.click(await button("Add: Ollama, 127.0.0.1:11434"));
    await waitFor(() => expect(asked(line, "upstreams.create")).toHaveLength(1), soon);
    expect(asked(line, "upstreams.create")[0]).toEqual({
      body: {
        name: "ollama-11434",
        provider: "ollama",
        base_url: "http://127.0.0.1:11434",
        local: true,
      },
    });
    // What comes next: the free test, and its models to choose from.
    await waitFor(() => expect(asked(line, "upstreams.test")).toEqual([{ ref: "ollama-11434" }]), soon);
    await waitFor(() => expect(asked(line, "upstreams.models")).toEqual([{ ref: "ollama-11434" }]), soon);
  });

  test("waits for the key of an engine that wants one", async () => {
    const line = open("/upstreams?new=1");
    await find(/127\.0\.0\.1:4000 · wants a key/);
    fireEvent.click(await button("Enter its key: LiteLLM, 127.0.0.1:4000"));
    expect(((await field(/^Name/)) as HTMLInputElement).value).toBe("litellm-4000");
    expect(((await field(/^Base URL/)) as HTMLInputElement).value).toBe("http://127.0.0.1:4000/v1");
    expect(asked(line, "upstreams.create")).toEqual([]);
  });

  test("looks at a network only when it is named, and says what is wrong with it", async () => {
    const line = open("/upstreams?new=1");
    fireEvent.click(await button("Look on a network …"));
    const range = await field(/^Private network or host/);
    fireEvent.change(range, { target: { value: "8.8.8.0/24" } });
    fireEvent.click(await button("Look"));
    await find(/8\.8\.8\.0\/24 is not a private address/);
    fireEvent.change(range, { target: { value: "192.168.1.0/24" } });
    fireEvent.keyDown(range, { key: "Enter" });
    await find("Found at 192.168.1.0/24");
    await find(/192\.168\.1\.7:8000 · 1 model$/);
    expect(asked(line, "upstreams.scan_range").at(-1)).toEqual({ body: { range: "192.168.1.0/24" } });
    expect(asked(line, "upstreams.create")).toEqual([]);
  });

  test("chooses the provider by the key, and lets nobody be overruled by it", async () => {
    open("/upstreams?new=1");
    const key = await field(/^Key/);
    await find("Found on this machine");
    await waitFor(() => {
      fireEvent.change(key, { target: { value: "" } });
      fireEvent.change(key, { target: { value: "sk-proj-0123456789abcdefghij" } });
      expect((screen.getByLabelText(/^Name/, { selector: "input" }) as HTMLInputElement).value).toBe(
        "openai",
      );
    }, soon);
    cleanup();
    sessionStorage.clear();
    open("/upstreams?new=1");
    fireEvent.click(await button("Enter its key: LiteLLM, 127.0.0.1:4000"));
    fireEvent.change(await field(/^Key/), { target: { value: "sk-proj-0123456789abcdefghij" } });
    await find("This looks like a key of OpenAI.");
    expect(((await field(/^Name/)) as HTMLInputElement).value).toBe("litellm-4000");
    fireEvent.click(await button("Use OpenAI"));
    await waitFor(() => expect(screen.queryByText("This looks like a key of OpenAI.")).toBeNull(), soon);
  });
});

describe("a key that is refused", () => {
  test("is entered again for the upstream that was made", async () => {
    const line = open("/upstreams?new=1");
    fireEvent.click(await button("Enter its key: LiteLLM, 127.0.0.1:4000"));
    const key = await field(/^Key/);
    const submit = () => fireEvent.submit(key.closest("form") as HTMLFormElement);
    fireEvent.change(key, { target: { value: '{"half": ' } });
    submit();
    expect((await screen.findAllByText(/begins like JSON and is none/, {}, soon)).length).toBeGreaterThan(0);
    expect((await field(/^Name/)) as HTMLInputElement).toHaveProperty("disabled", true);
    fireEvent.change(key, { target: { value: "a-key-that-is-whole" } });
    submit();
    await waitFor(() => expect(asked(line, "credentials.create")).toHaveLength(2), soon);
    expect(asked(line, "upstreams.create")).toHaveLength(1);
    expect(asked(line, "upstreams.update")).toMatchObject([{ ref: "litellm-4000" }]);
    expect(line.world.documents.credentials.map((one) => one.name)).toContain("litellm-4000-key");
    // What was connected is shown: a page that comes later would be the next test's.
    await waitFor(() => expect(location.hash).toContain("/upstreams/litellm-4000"), soon);
  });
});

describe("an upstream's page", () => {
  test("tests for free, then with one tiny completion when a model is named", async () => {
    const line = open("/upstreams/up-0000");
    fireEvent.click(await button("Test"));
    const ask = await button("Test with one tiny completion");
    expect(asked(line, "upstreams.test")).toEqual([{ ref: "up-0000" }]);
    const model = await field(/^Model$/);
    fireEvent.focus(model);
    await waitFor(() => expect(asked(line, "upstreams.models")).toHaveLength(1), soon);
    fireEvent.change(model, { target: { value: "gpt-4o-mini" } });
    fireEvent.click(ask);
    await find(/gpt-4o-mini answered "Hello"; 12 tokens in, 1 out/);
    expect(asked(line, "upstreams.test").at(-1)).toEqual({ ref: "up-0000", model: "gpt-4o-mini" });
    // It is still there, to be asked once more.
    expect(((await field(/^Model$/)) as HTMLInputElement).value).toBe("gpt-4o-mini");
  });

  test("publishes the chosen models in one go and leaves routes that exist", async () => {
    const line = open("/upstreams/up-0000");
    line.world.documents.routes.push({ id: "r", version: 1, name: "mystery", tiers: [] } as never);
    fireEvent.click(await button("Ask for its models"));
    const table = await screen.findByRole("table", { name: "Models it has" }, soon);
    fireEvent.click(within(table).getByLabelText("Choose mystery"));
    fireEvent.click(within(table).getByLabelText("Choose m"));
    fireEvent.click(await button("Publish 2 models"));
    await find(/1 route was made\. Routes of these names exist already and stay as they are:/);
    expect(asked(line, "routes.create")).toEqual(
      ["mystery", "m"].map((model) => ({
        body: { name: model, tiers: [{ targets: [{ upstream: "up-0000", model }] }] },
      })),
    );
    await button("Publish chosen models");
  });
});
