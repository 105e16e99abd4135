import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mostLive, Tail } from "./tail";

const call = (id: string, status = 200) => ({
  id,
  started_at: "2026-01-01T00:00:00Z",
  status,
  bytes_in: 0,
  bytes_out: 0,
  total_ms: 1,
  attempts: [],
});
const ids = (tail: Tail) => Array.from({ length: tail.snapshot().count }, (_, i) => tail.at(i)?.id);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("the newest comes first, and what the log has follows once", () => {
  const tail = new Tail({});
  tail.add([call("b"), call("c")]);
  tail.setOlder([call("c"), call("b"), call("a")]);
  vi.advanceTimersByTime(200);
  expect(ids(tail)).toEqual(["c", "b", "a"]);
});

test("a thousand calls are told once", () => {
  const tail = new Tail({});
  const changed = vi.fn();
  tail.watch(changed);
  for (let i = 0; i < 1000; i++) tail.add([call(`c${i}`)]);
  vi.advanceTimersByTime(99);
  expect(changed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2);
  expect(changed).toHaveBeenCalledTimes(1);
  expect(tail.snapshot().count).toBe(1000);
});

test("while it is paused nothing moves, and nothing is lost", () => {
  const tail = new Tail({});
  tail.add([call("a")]);
  tail.pause();
  tail.add([call("b"), call("c")], 2);
  vi.advanceTimersByTime(200);
  expect(ids(tail)).toEqual(["a"]);
  expect(tail.snapshot()).toMatchObject({ held: 2, lost: 2, paused: true });
  tail.resume();
  expect(ids(tail)).toEqual(["c", "b", "a"]);
});

test("only what the filter asks for is held", () => {
  const tail = new Tail({ status_class: 5 });
  tail.add([call("a"), call("b", 503)]);
  vi.advanceTimersByTime(200);
  expect(ids(tail)).toEqual(["b"]);
});

test("it holds a bounded number of calls", () => {
  const tail = new Tail({});
  for (let i = 0; i < 60; i++) tail.add(Array.from({ length: 1000 }, (_, k) => call(`${i}-${k}`)));
  vi.advanceTimersByTime(200);
  expect(tail.snapshot().count).toBeLessThanOrEqual(mostLive + 5000);
  expect(tail.at(0)?.id).toBe("59-999");
});
