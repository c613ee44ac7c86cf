import fc from "fast-check";
import { expect, test } from "vitest";
import { look, startAlignment, untilNextMs } from "./alignment.ts";

/** Looks at (wall, monotonic) pairs in turn; what each decides. */
function lookAll(times: readonly (readonly [number, number])[], intervalSeconds = 1) {
  let alignment = startAlignment(times[0]?.[0] ?? 0, times[0]?.[1] ?? 0, intervalSeconds);
  return times.slice(1).map(([wallMs, monotonicMs]) => {
    const seen = look(alignment, wallMs, monotonicMs, intervalSeconds);
    alignment = seen.alignment;
    return seen;
  });
}

test("the second under way at the start is left to the agent's previous life", () => {
  const [first, second] = lookAll([
    [1_000_300, 0],
    [1_000_310, 10],
    [1_001_002, 702],
  ]);
  expect(first?.second).toBeUndefined();
  expect(second?.second).toBe(1_001);
});

test("a tick a little early or late belongs to its second, one much too late is left out", () => {
  const seconds = lookAll([
    [999_500, 0],
    [999_999, 499],
    [1_001_400, 1_900],
    [1_002_700, 3_200],
    [1_003_000, 3_500],
  ]).map((seen) => seen.second);
  expect(seconds).toEqual([1_000, 1_001, undefined, 1_003]);
});

test("a missed second shows as not consecutive", () => {
  const seen = lookAll([
    [1_000_500, 0],
    [1_001_000, 500],
    [1_002_000, 1_500],
    [1_004_000, 3_500],
  ]);
  expect(seen.map((one) => one.consecutive)).toEqual([true, true, false]);
});

test("a clock set forward is a step, and goes on", () => {
  const [seen] = lookAll([
    [1_000_500, 0],
    [4_601_000, 500],
  ]);
  expect(seen).toMatchObject({ second: 4_601, steppedMs: 3_600_000, consecutive: false });
});

test("a clock set back is a step, and seconds already emitted are waited out", () => {
  const seen = lookAll([
    [1_000_500, 0],
    [1_001_000, 500],
    [998_000, 1_500],
    [999_000, 2_500],
    [1_000_000, 3_500],
    [1_001_000, 4_500],
    [1_002_000, 5_500],
  ]);
  expect(seen.map((one) => one.steppedMs)).toEqual([0, -4_000, 0, 0, 0, 0]);
  expect(seen.map((one) => one.second)).toEqual([
    1_001,
    undefined,
    undefined,
    undefined,
    undefined,
    1_002,
  ]);
});

test("slewing is no step", () => {
  const [seen] = lookAll([
    [1_000_500, 0],
    [1_001_000, 499.75],
  ]);
  expect(seen?.steppedMs).toBe(0);
});

test("intervals stand on multiples of themselves", () => {
  const [seen] = lookAll(
    [
      [1_004_000, 0],
      [1_010_003, 6_003],
    ],
    10,
  );
  expect(seen?.second).toBe(1_010);
  expect(untilNextMs(startAlignment(1_004_000, 0, 10), 1_004_000, 10)).toBe(6_000);
});

test("after a tick that began early the wait is for the next second", () => {
  const alignment = { wallMs: 999_999, monotonicMs: 0, lastSecond: 1_000 };
  expect(untilNextMs(alignment, 999_999, 1)).toBe(1_001);
});

test("whatever the clocks do, seconds only grow and stand on the interval", () => {
  const moves = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: -7_200_000, max: 7_200_000 })),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(moves, fc.constantFrom(1, 2, 5, 10), fc.boolean(), (list, interval, steps) => {
      let wall = 1_790_000_000_000;
      let monotonic = 0;
      let alignment = startAlignment(wall, monotonic, interval);
      let last = Number.NEGATIVE_INFINITY;
      for (const [elapsed, step] of list) {
        monotonic += elapsed;
        wall += elapsed + (steps && step % 7 === 0 ? step : 0);
        const seen = look(alignment, wall, monotonic, interval);
        alignment = seen.alignment;
        expect(untilNextMs(alignment, wall, interval)).toBeGreaterThanOrEqual(1);
        if (seen.second === undefined) continue;
        expect(seen.second).toBeGreaterThan(last);
        expect(seen.second % interval).toBe(0);
        expect(Math.abs(seen.second * 1_000 - wall)).toBeLessThanOrEqual(interval * 500);
        last = seen.second;
      }
    }),
  );
});
