import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "./random.ts";
import {
  criticalMax,
  isStationary,
  rankCusum,
  residualAutocorrelation,
  sideMin,
} from "./rank-cusum.ts";

/** Normal noise in which each value keeps `phi` of the one before, with standard deviation 1. */
function noise(length: number, phi: number, seed: number): readonly number[] {
  const random = seededRandom(seed);
  let value = 0;
  return Array.from({ length: length + 50 }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return (value = phi * value + Math.sqrt(1 - phi * phi) * normal);
  }).slice(50);
}

test("is the standardised rank sum of the first k, as the formula has it", () => {
  const y = noise(30, 0, 1);
  const { z, max, at } = rankCusum(y);
  const rank = (value: number) => y.filter((other) => other <= value).length;
  for (let k = sideMin; k <= y.length - sideMin; k += 1) {
    const sum = y.slice(0, k).reduce((total, value) => total + rank(value), 0);
    const expected = Math.abs(sum - (k * 31) / 2) / Math.sqrt((k * (30 - k) * 31) / 12);
    expect(z[k]).toBeCloseTo(expected, 12);
  }
  expect(max).toBe(z[at]);
  expect(Math.max(...z)).toBe(max);
  expect(z[sideMin - 1]).toBe(0);
});

test("finds where the level changed, and nothing where all values are the same", () => {
  const y = noise(60, 0, 2).map((value, at) => value + (at >= 23 ? 6 : 0));
  expect(rankCusum(y).at).toBe(23);
  expect(rankCusum(y.map(() => 5))).toMatchObject({ max: 0, at: 0 });
  expect(rankCusum([])).toMatchObject({ max: 0, at: 0 });
  expect(rankCusum([1, 2, 3, 4, 5, 6, 7, 8, 9]).max).toBe(0);
});

test("sees ranks alone: another scale, or time backwards, changes nothing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 10, maxLength: 50 }),
      (y) => {
        const { max } = rankCusum(y);
        expect(rankCusum(y.map((value) => Math.exp(value / 5))).max).toBe(max);
        expect(rankCusum(y.map((value) => -value)).max).toBeCloseTo(max, 9);
        expect(rankCusum(y.toReversed()).max).toBeCloseTo(max, 9);
      },
    ),
  );
});

test("has a threshold for every length, between those that were simulated", () => {
  expect(criticalMax(20, 0.05)).toBe(2.545);
  expect(criticalMax(60, 0.001)).toBe(3.834);
  expect(criticalMax(2_000, 0.01)).toBe(3.736);
  expect(criticalMax(9_999, 0.01)).toBe(3.736);
  expect(criticalMax(19, 0.05)).toBe(Number.POSITIVE_INFINITY);
  for (const alpha of [0.05, 0.01, 0.001] as const)
    for (let n = 20; n < 300; n += 1)
      expect(criticalMax(n + 1, alpha)).toBeGreaterThan(criticalMax(n, alpha));
  expect(criticalMax(120, 0.01)).toBeCloseTo(3.434, 3);
});

test.each([0, 0.3, 0.6])("knows a correlation of %d, a change of level or none", (phi) => {
  const y = noise(2_000, phi, 3);
  const changed = y.map((value, at) => value + (at >= 800 ? 10 : 0));
  for (const series of [y, changed])
    expect(Math.abs(residualAutocorrelation(series, 800) - phi)).toBeLessThan(0.08);
});

test("holds correlated noise for steady, and a change of level not", () => {
  const steady = (phi: number) =>
    Array.from({ length: 100 }, (_, seed) => noise(60, phi, seed)).filter((y) =>
      isStationary(y, 0.01),
    ).length;
  expect(steady(0)).toBeGreaterThanOrEqual(96);
  expect(steady(0.5)).toBeGreaterThanOrEqual(90);
  const stepped = noise(60, 0.3, 8).map((value, at) => value + (at >= 30 ? 4 : 0));
  expect(isStationary(stepped, 0.01)).toBe(false);
  expect(isStationary(stepped.slice(25, 44), 0.01)).toBe(true);
});
