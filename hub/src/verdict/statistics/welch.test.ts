import { expect, test } from "vitest";
import { welch } from "./welch.ts";

// Student's sleep data (1908); t.test(extra ~ group, data = sleep) in R.
const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

test("agrees with R on Student's sleep data", () => {
  const { difference, p, low, high } = welch(first, second);
  expect(difference).toBeCloseTo(1.58, 12);
  expect(p).toBeCloseTo(0.079_394_14, 8);
  expect(low).toBeCloseTo(-0.205_483_2, 7);
  expect(high).toBeCloseTo(3.365_483_2, 7);
});

test("swapping the sides flips the sign", () => {
  const { difference, p, low, high } = welch(first, second);
  const swapped = welch(second, first);
  expect(swapped.difference).toBeCloseTo(-difference, 12);
  expect(swapped.p).toBeCloseTo(p, 12);
  expect([swapped.low, swapped.high]).toEqual([-high, -low]);
});

test("says nothing of single runs, and is exact without any noise", () => {
  expect(welch([1], [2, 3])).toMatchObject({ difference: 1.5, p: NaN, low: NaN, high: NaN });
  expect(welch([1, 1], [2, 2])).toEqual({ difference: 1, p: 0, low: 1, high: 1 });
  expect(welch([1, 1], [1, 1]).p).toBe(1);
});
