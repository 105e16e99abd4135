import { expect, test } from "vitest";
import type { Schema } from "./call";
import { Followers } from "./followers";

type Event = Schema<"ConsoleEvent">;

/** Followers over a line that is told what it answers. */
function line(answer: (method: string) => Promise<unknown> = async () => null) {
  const sent: { method: string; params: unknown }[] = [];
  const followers = new Followers((method, params) => {
    sent.push({ method, params });
    return answer(method);
  });
  const push = (subscription: string, ...events: Event[]) =>
    followers.push({ subscription, seq: 1, events: events.map((data, i) => ({ seq: i + 1, at: "", data })) });
  return { followers, sent, push };
}

const nameOf = (sent: { params: unknown }[]): string =>
  (sent[0]?.params as { subscription: string } | undefined)?.subscription ?? "";

const input = { app: "acme/crm", path: "/v1/models" };

test("an answer is told piece by piece up to its end, and nothing after it", async () => {
  const { followers, sent, push } = line();
  const told: Event[] = [];
  const call = followers.console(input, (event) => told.push(event));
  const subscription = nameOf(sent);
  expect(sent[0]).toEqual({ method: "console.send", params: { subscription, body: input } });
  push("another", { status: 500 });
  push(subscription, { status: 200 }, { bytes: "aGk=" });
  push(subscription, { end: { call: "req_1" } });
  await call.done;
  push(subscription, { bytes: "aGk=" });
  expect(told).toEqual([{ status: 200 }, { bytes: "aGk=" }, { end: { call: "req_1" } }]);
});

test("what is refused rejects", async () => {
  const { followers } = line(async () => {
    throw new Error("no");
  });
  await expect(followers.console(input, () => undefined).done).rejects.toThrow("no");
});

test("a call is canceled once it has begun, and only while it is there", async () => {
  let begin: (value: unknown) => void = () => undefined;
  const begun = new Promise((resolve) => {
    begin = resolve;
  });
  const { followers, sent, push } = line((method) =>
    method === "console.send" ? begun : Promise.resolve(null),
  );
  const call = followers.console(input, () => undefined);
  const subscription = nameOf(sent);
  call.cancel();
  await Promise.resolve();
  expect(sent).toHaveLength(1);
  begin(null);
  await begun.then(() => undefined);
  await Promise.resolve();
  expect(sent[1]).toEqual({ method: "console.cancel", params: { subscription } });
  push(subscription, { end: { call: "req_1", canceled: true } });
  await call.done;
  call.cancel();
  await new Promise((later) => setTimeout(later, 0));
  expect(sent).toHaveLength(2);
});

test("a lost line ends the call, and the next one does not make it again", async () => {
  const { followers, sent } = line();
  const call = followers.console(input, () => undefined);
  followers.resume();
  followers.pause();
  await expect(call.done).rejects.toThrow(/lost/);
  followers.resume();
  expect(sent.map((one) => one.method)).toEqual(["console.send"]);
});
