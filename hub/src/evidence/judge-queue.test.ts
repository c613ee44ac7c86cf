import { type RunId, newId } from "@tidemark/proto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JudgeQueue } from "./judge-queue.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [one, other, third] = [newId<RunId>(), newId<RunId>(), newId<RunId>()];

function queueOf(judge: (run: RunId) => Promise<void>, againInMs: number | undefined = 1_000) {
  const failures: number[] = [];
  const queue = new JudgeQueue({
    judge,
    failed(_run, _cause, count) {
      failures.push(count);
      return count < 3 ? againInMs : undefined;
    },
    sizeMax: 2,
    now: Date.now,
  });
  return { queue, failures };
}

test("judges each once, the one that is due first first", async () => {
  const judged: RunId[] = [];
  const { queue } = queueOf(async (run) => void judged.push(run));
  queue.add(one, 50);
  queue.add(other, 10);
  queue.add(one, 20);
  queue.add(one, 90);
  await vi.advanceTimersByTimeAsync(15);
  expect(judged).toEqual([other]);
  await vi.advanceTimersByTimeAsync(200);
  expect(judged).toEqual([other, one]);
});

test("takes no more than it has room for, and any that waits already", () => {
  const { queue } = queueOf(async () => undefined);
  expect([one, other, third, one].map((run) => queue.add(run, 10))).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test("a failure comes again, and holds up nobody", async () => {
  const judged: RunId[] = [];
  const { queue, failures } = queueOf(async (run) => {
    if (run === one) throw new Error("away");
    judged.push(run);
  });
  queue.add(one, 0);
  queue.add(other, 0);
  await vi.advanceTimersByTimeAsync(500);
  expect(judged).toEqual([other]);
  expect(failures).toEqual([1]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(failures).toEqual([1, 2, 3]);
});

test("what changes while it is judged is judged again", async () => {
  const judged: RunId[] = [];
  let release: () => void = () => undefined;
  const { queue } = queueOf(async (run) => {
    judged.push(run);
    await new Promise<void>((resolve) => (release = resolve));
  });
  queue.add(one, 0);
  await vi.advanceTimersByTimeAsync(1);
  queue.add(one, 0);
  release();
  await vi.advanceTimersByTimeAsync(1);
  expect(judged).toEqual([one, one]);
  release();
  const stopped = queue.stop();
  queue.add(other, 0);
  await stopped;
  await vi.advanceTimersByTimeAsync(100);
  expect(judged).toHaveLength(2);
});
