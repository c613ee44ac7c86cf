import fc from "fast-check";
import { expect, test } from "vitest";
import { shift, shiftEstimate } from "./hodges-lehmann.ts";
import { rankSum, rankSumCritical } from "./rank-sum.ts";

const sizes = [4, 5, 6, 7, 8, 10, 12, 15, 20];
const ramp = (length: number, step = 1) => Array.from({ length }, (_, at) => at * step);

test("takes the k of the exact interval; one off here once gave 7 % false verdicts", () => {
  expect(sizes.map((n) => rankSumCritical(n, n, 0.05))).toEqual([1, 3, 6, 9, 14, 24, 38, 65, 128]);
  expect(sizes.slice(1).map((n) => rankSumCritical(n, n, 0.0125))).toEqual([
    1, 3, 6, 9, 18, 30, 53, 109,
  ]);
});

test("says what confidence its interval really has", () => {
  const attained = sizes.map((n) => shift(ramp(n), ramp(n, 1.1), 0.05)?.confidence ?? 0);
  const known = [0.971, 0.968, 0.959, 0.962, 0.95, 0.957, 0.955, 0.955, 0.951];
  attained.forEach((confidence, at) => expect(confidence).toBeCloseTo(known[at]!, 3));
});

test("is the median of all differences, between the k-th ones from both ends", () => {
  // 3 5 6 7 9 9 10 10 | 11 12 12 13 22 26 28 29
  const found = shift([1, 2, 4, 8], [11, 13, 14, 30], 0.05);
  expect(found).toMatchObject({ low: 3, high: 29, estimate: 10.5 });
  expect(shift([1, 2, 3], [4, 5, 6], 0.05)).toBeUndefined();
  expect(shiftEstimate([1, 2], [4])).toBe(2.5);
  expect(shiftEstimate([], [4])).toBeNaN();
});

const distinct = fc.uniqueArray(fc.integer({ min: -500, max: 500 }), {
  minLength: 8,
  maxLength: 24,
});

test("excludes zero exactly when the rank-sum test would", () => {
  fc.assert(
    fc.property(distinct, fc.nat(8), fc.constantFrom(0.05, 0.1), (values, cut, alpha) => {
      const half = Math.max(4, Math.min(values.length - 4, (values.length >> 1) - 4 + cut));
      const [a, b] = [values.slice(0, half), values.slice(half)];
      const found = shift(a, b, alpha)!;
      expect(found.low > 0 || found.high < 0).toBe(rankSum(a, b).p <= alpha * (1 + 1e-12));
    }),
  );
});

test("swapping the sides flips the sign; units scale; the order of runs says nothing", () => {
  fc.assert(
    fc.property(distinct, fc.integer({ min: 1, max: 9 }), (values, power) => {
      const [a, b] = [values.slice(0, 4), values.slice(4)];
      const found = shift(a, b, 0.05)!;
      const { estimate, low, high, confidence } = found;
      const swapped = shift(b, a, 0.05)!;
      expect(swapped.estimate + estimate).toBe(0);
      expect(swapped.high + low).toBe(0);
      expect(swapped.low + high).toBe(0);
      const unit = 2 ** power;
      const scaled = shift(
        a.map((value) => value * unit),
        b.toReversed().map((value) => value * unit),
        0.05,
      );
      expect(scaled).toEqual({
        estimate: estimate * unit,
        low: low * unit,
        high: high * unit,
        confidence,
      });
    }),
  );
});
