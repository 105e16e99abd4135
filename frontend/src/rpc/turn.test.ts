import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inTurn } from "./turn";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const took = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

test("is done at once, and once more for all that came meanwhile", async () => {
  const work = vi.fn(() => took(10));
  const turn = inTurn(work, 1000);
  for (let i = 0; i < 100; i++) turn.want();
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(20);
  expect(work).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5000);
  expect(work).toHaveBeenCalledTimes(2);
  turn.want();
  expect(work).toHaveBeenCalledTimes(3);
});

test("what takes long rests long, and is never begun twice", async () => {
  let running = 0;
  let most = 0;
  const work = vi.fn(async () => {
    most = Math.max(most, ++running);
    await took(2000);
    running--;
  });
  const turn = inTurn(work, 1000);
  for (let i = 0; i < 590; i++) {
    turn.want();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(most).toBe(1);
  expect(work).toHaveBeenCalledTimes(3);
});

test("goes on after a failure, and not after it was stopped", async () => {
  const work = vi.fn(() => Promise.reject(new Error("no")));
  const turn = inTurn(work, 100);
  turn.want();
  await vi.advanceTimersByTimeAsync(50);
  turn.want();
  await vi.advanceTimersByTimeAsync(100);
  expect(work).toHaveBeenCalledTimes(2);
  turn.want();
  turn.stop();
  await vi.advanceTimersByTimeAsync(1000);
  turn.want();
  expect(work).toHaveBeenCalledTimes(2);
});
