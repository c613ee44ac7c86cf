import { expect, test } from "vitest";
import { scheduleOf } from "./index.ts";

const arrivals = (ratePerSecond: number, durationMs: number, seed = 7) =>
  scheduleOf({ kind: "poisson", ratePerSecond, seed }, durationMs);
const everyTime = (ratePerSecond: number, durationMs: number, seed = 7) => {
  const schedule = arrivals(ratePerSecond, durationMs, seed);
  return Array.from({ length: schedule.total }, (_, index) => schedule.dueAtMs(index));
};

test("the number of requests has the mean and the variance of a Poisson distribution", () => {
  // Every run a seed of its own: 30 expected requests each, counted 4,000 times.
  const counts = Array.from({ length: 4_000 }, (_, seed) => arrivals(30, 1_000, seed).total);
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const variance =
    counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
  // Five standard errors: √(30/4000) and 30 × √(2/4000).
  expect(Math.abs(mean - 30)).toBeLessThan(5 * 0.087);
  expect(Math.abs(variance - 30)).toBeLessThan(5 * 0.68);
});

test("so has the number in each second of one long run, across the bins it is made of", () => {
  const seconds = 5_000;
  const schedule = arrivals(100, seconds * 1_000);
  let before = 0;
  const counts = Array.from({ length: seconds }, (_, second) => {
    const due = schedule.dueBy((second + 1) * 1_000);
    const count = due - before;
    before = due;
    return count;
  });
  const mean = counts.reduce((sum, count) => sum + count, 0) / seconds;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (seconds - 1);
  expect(Math.abs(mean - 100)).toBeLessThan(5 * 0.142);
  expect(Math.abs(variance - 100)).toBeLessThan(5 * 2);
});

test("gaps are exponential, and independent of the gap before", () => {
  const times = everyTime(1_000, 200_000);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const sorted = gaps.toSorted((left, right) => left - right);
  // Kolmogorov and Smirnov: the largest distance between what was drawn and 1 − e^(−gap); 1.95/√n has a chance of 1 in 1,000.
  const distance = sorted.reduce(
    (far, gap, at) => Math.max(far, Math.abs((at + 0.5) / sorted.length - (1 - Math.exp(-gap)))),
    0,
  );
  expect(distance).toBeLessThan(1.95 / Math.sqrt(sorted.length));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const covariance =
    gaps.slice(1).reduce((sum, gap, at) => sum + (gap - mean) * ((gaps[at] ?? 0) - mean), 0) /
    (gaps.length - 1);
  expect(Math.abs(covariance)).toBeLessThan(5 / Math.sqrt(gaps.length));
});

test("the same seed gives the same requests, on every machine; another seed others", () => {
  const [first, again, other] = [7, 7, 8].map((seed) => everyTime(50, 60_000, seed));
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  // Written down once: what any other machine must come to as well.
  expect(arrivals(1_000, 3_600_000, 1).total).toBe(3_601_061);
  expect(first!.slice(0, 4)).toEqual([
    19.76224422454834, 42.159409523010254, 226.83820247650146, 265.1545286178589,
  ]);
});

test("any request is found without those before it, in whatever order it is asked for", () => {
  const inOrder = everyTime(500, 60_000);
  const schedule = arrivals(500, 60_000);
  for (let step = 0; step < 2_000; step += 1) {
    const index = (step * 7_919) % inOrder.length;
    expect(schedule.dueAtMs(index)).toBe(inOrder[index]);
    const elapsedMs = (step * 104_729) % 60_000;
    const due = schedule.dueBy(elapsedMs);
    expect(inOrder[due - 1] ?? 0).toBeLessThanOrEqual(elapsedMs);
    expect(inOrder[due] ?? 60_000).toBeGreaterThan(elapsedMs);
  }
});

test("a low rate may send nothing in a short run", () => {
  const totals = Array.from({ length: 100 }, (_, seed) => arrivals(1, 100, seed).total);
  expect(totals).toContain(0);
  expect(totals.reduce((sum, total) => sum + total, 0)).toBeGreaterThan(0);
});

test("the longest plan at the highest rate takes next to no memory", () => {
  const before = process.memoryUsage().arrayBuffers;
  const schedule = arrivals(1_000_000, 86_400_000);
  expect(Math.abs(schedule.total / 8.64e10 - 1)).toBeLessThan(1e-4);
  for (const part of [0, 0.123, 0.5, 0.999]) {
    const index = Math.floor(part * schedule.total);
    expect(Math.abs(schedule.dueAtMs(index) / (part * 86_400_000 || 1) - 1)).toBeLessThan(
      part === 0 ? 1 : 1e-3,
    );
    expect(schedule.dueBy(schedule.dueAtMs(index))).toBeGreaterThan(index);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
}, 60_000);
