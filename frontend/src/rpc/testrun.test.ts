import { expect, test } from "vitest";
import type { Schema } from "./call";
import { Followers } from "./followers";

/** Followers over a line that answers everything with nothing. */
function line() {
  const sent: { method: string; params: unknown }[] = [];
  const followers = new Followers(async (method, params) => {
    sent.push({ method, params });
    return null;
  });
  const push = (subscription: string, data: Schema<"TestEvent">) =>
    followers.push({ subscription, seq: 1, events: [{ seq: 1, at: "", data }] });
  return { followers, sent, push };
}

const nameOf = (sent: { params: unknown }[]) =>
  (sent[0]?.params as { subscription: string } | undefined)?.subscription ?? "";

const report: Schema<"TestReport"> = {
  upstream: "up",
  ok: true,
  steps: [],
  diagnosis: "up answers.",
  total_ms: 3,
  at: "2026-01-01T00:00:00Z",
};

test("a test tells its steps and gives its report", async () => {
  const { followers, sent, push } = line();
  const steps: string[] = [];
  const run = followers.test({ ref: "up", model: "m" }, (step) => steps.push(step));
  const subscription = nameOf(sent);
  expect(sent[0]).toEqual({ method: "upstreams.test", params: { ref: "up", model: "m", subscription } });
  push(subscription, { step: "connect" });
  push(subscription, { step: "answer" });
  push(subscription, { end: { report } });
  expect(await run.done).toEqual(report);
  expect(steps).toEqual(["connect", "answer"]);
});

test("one that is given up is ended in the service, and gives nothing", async () => {
  const { followers, sent, push } = line();
  const run = followers.test({ ref: "up" }, () => undefined);
  const subscription = nameOf(sent);
  run.cancel();
  await new Promise((later) => setTimeout(later, 0));
  expect(sent[1]).toEqual({ method: "unsubscribe", params: { subscription } });
  push(subscription, { end: { canceled: true } });
  expect(await run.done).toBeUndefined();
});

test("what kept it from being made is told as every refusal is", async () => {
  const { followers, sent, push } = line();
  const run = followers.test({ ref: "ghost" }, () => undefined);
  const problem = { code: "not_found", public: "HW-404", detail: "There is none.", title: "", status: 404 };
  push(nameOf(sent), { end: { problem } });
  await expect(run.done).rejects.toThrow("There is none.");
});

test("a lost line ends it", async () => {
  const { followers } = line();
  const run = followers.test({ ref: "up" }, () => undefined);
  followers.pause();
  await expect(run.done).rejects.toThrow(/lost/);
});
