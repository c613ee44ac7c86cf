import { Histogram, slotWidth, slotOf } from "@tidemark/proto";
import { expect, test } from "vitest";
import { seededRandom } from "./random.ts";
import { slicesMin, withinRun } from "./woodruff.ts";

/** Slices of latencies that are exponential about a mean of their own, µs, in histograms to be used again. */
function slicesOf(
  meansMicros: readonly number[],
  requests: number,
  seed: number,
  slices: readonly Histogram[] = meansMicros.map(() => new Histogram()),
) {
  const random = seededRandom(seed);
  slices.forEach((slice, at) => {
    slice.reset();
    for (let sent = 0; sent < requests; sent += 1)
      slice.record(-meansMicros[at]! * Math.log(1 - random()));
  });
  return slices;
}
const steady = Array.from({ length: 60 }, () => 10_000);

test("covers the true percentile about as often as it says", () => {
  const runs = 150;
  const slices = steady.map(() => new Histogram());
  for (const [quantile, truth] of [
    [0.5, 10_000 * Math.LN2],
    [0.95, 10_000 * Math.log(20)],
  ] as const) {
    let covered = 0;
    for (let run = 0; run < runs; run += 1) {
      const { low, high } = withinRun(slicesOf(steady, 100, run, slices), quantile)!;
      if (low <= truth && truth <= high + slotWidth(slotOf(truth))) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.88);
    expect(covered / runs).toBeLessThan(0.995);
  }
});

test("is wider when slices differ, and wider still when neighbours resemble each other", () => {
  const width = (means: readonly number[]) => {
    const { low, high } = withinRun(slicesOf(means, 200, 5), 0.5)!;
    return high - low;
  };
  const alternating = steady.map((mean, at) => (at % 2 === 0 ? mean * 0.8 : mean * 1.2));
  const drifting = steady.map((mean, at) => (at < 30 ? mean * 0.8 : mean * 1.2));
  expect(width(alternating)).toBeGreaterThan(1.5 * width(steady));
  expect(width(drifting)).toBeGreaterThan(2 * width(alternating));
});

test("encloses the merged percentile; the same slices twice as fine say the same", () => {
  const slices = slicesOf(steady, 200, 9);
  const merged = new Histogram();
  for (const slice of slices) merged.merge(slice);
  const { low, high } = withinRun(slices, 0.99)!;
  expect(low).toBeLessThan(merged.percentile(99));
  expect(high).toBeGreaterThan(merged.percentile(99));
  const doubled = slices.map((slice) => {
    const twice = new Histogram();
    twice.merge(slice);
    twice.merge(slice);
    return twice;
  });
  expect(withinRun(doubled, 0.99)).toEqual({ low, high });
});

test("does not count slices that are empty, and says nothing of too few", () => {
  const slices = slicesOf(steady, 50, 3);
  expect(withinRun([...slices, new Histogram()], 0.5)).toEqual(withinRun(slices, 0.5));
  expect(withinRun(slices.slice(0, slicesMin - 1), 0.5)).toBeUndefined();
  expect(withinRun(slices.slice(0, slicesMin), 0.5)).toBeDefined();
});

test("a slice with a single latency for everything has no width", () => {
  const same = steady.map(() => {
    const slice = new Histogram();
    for (let sent = 0; sent < 20; sent += 1) slice.record(700);
    return slice;
  });
  expect(withinRun(same, 0.9)).toEqual({ low: 700, high: 700 });
});
