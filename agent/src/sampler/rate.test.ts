import fc from "fast-check";
import { expect, test } from "vitest";
import { gapAllowedMs, gapMsMax, ratePerSecond } from "./rate.ts";

test.each([
  ["growth over one second", 100, 150, 1_000, 50],
  ["growth over three seconds, two ticks having been missed", 100, 250, 3_000, 50],
  ["no growth", 100, 100, 1_000, 0],
  ["a reset", 100, 3, 1_000, Number.NaN],
  ["no earlier reading", Number.NaN, 100, 1_000, Number.NaN],
  ["no reading now", 100, Number.NaN, 1_000, Number.NaN],
  ["no time between", 100, 150, 0, Number.NaN],
  ["a gap", 100, 150, gapMsMax + 1, Number.NaN],
  ["no earlier time", 100, 150, Number.NaN, Number.NaN],
])("rate of %s", (_, previous, current, elapsedMs, expected) => {
  expect(ratePerSecond(previous, current, elapsedMs, gapMsMax)).toBe(expected);
});

test("a slow collector may read further apart", () => {
  expect(gapAllowedMs(1)).toBe(60_000);
  expect(gapAllowedMs(60)).toBe(180_000);
});

test("whatever a counter does, its rate is missing or lies between the slowest and the fastest true rate", () => {
  const step = fc.record({
    growthPerSecond: fc.integer({ min: 0, max: 1_000 }),
    elapsedMs: fc.integer({ min: 1, max: 120_000 }),
    resets: fc.boolean(),
    read: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 50 }), (steps) => {
      let counter = 1_000_000;
      let previous = Number.NaN;
      let sinceRead = 0;
      let fastest = 0;
      for (const { growthPerSecond, elapsedMs, resets, read } of steps) {
        counter = (resets ? 0 : counter) + (growthPerSecond * elapsedMs) / 1_000;
        sinceRead += elapsedMs;
        fastest = Math.max(fastest, growthPerSecond);
        if (!read) continue;
        const rate = ratePerSecond(previous, counter, sinceRead, gapMsMax);
        expect(Number.isNaN(rate) || (rate >= 0 && rate <= fastest + 1e-6)).toBe(true);
        previous = counter;
        sinceRead = 0;
        fastest = 0;
      }
    }),
  );
});
