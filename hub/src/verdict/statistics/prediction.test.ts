import { expect, test } from "vitest";
import { isOutlying } from "./prediction.ts";

const history = [1, 2, 3, 4, 5, 6, 7, 8];

test("expects the next run within t(.9995) spreads of the mean", () => {
  // s = √6, √(1 + 1/8), t with 7 degrees of freedom 5.4079
  const reach = 5.407_882_5 * Math.sqrt(6) * Math.sqrt(9 / 8);
  const { low, high, isOutlying: outlies } = isOutlying(history, 4.5);
  expect(low).toBeCloseTo(4.5 - reach, 6);
  expect(high).toBeCloseTo(4.5 + reach, 6);
  expect(outlies).toBe(false);
});

test.each([
  [18.5, false],
  [18.6, true],
  [-9.5, false],
  [-9.6, true],
])("a run of %d outlies: %s", (value, expected) => {
  expect(isOutlying(history, value).isOutlying).toBe(expected);
});

test("a short history has no outliers, one without noise any other value", () => {
  expect(isOutlying(history.slice(1), 1e9)).toEqual({
    isOutlying: false,
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
  });
  const flat = history.map(() => 3);
  expect(isOutlying(flat, 3).isOutlying).toBe(false);
  expect(isOutlying(flat, 3.001).isOutlying).toBe(true);
});
