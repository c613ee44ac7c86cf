import fc from "fast-check";
import { expect, test } from "vitest";
import { exactPairsMax, lowerTail, rankSum, rankSumCritical } from "./rank-sum.ts";

const side = (max: number, highest: number) =>
  fc.array(fc.integer({ min: 0, max: highest }), { minLength: 1, maxLength: max });

/** The definition itself: every way to pick the first side out of both. */
function byEnumeration(a: readonly number[], b: readonly number[]): { u: number; p: number } {
  const all = [...a, ...b];
  const wins = (first: readonly number[], second: readonly number[]) =>
    first
      .flatMap((one) => second.map((other) => (one > other ? 1 : one === other ? 0.5 : 0)))
      .reduce((sum: number, win) => sum + win, 0);
  const u = wins(a, b);
  let [ways, atMost, atLeast] = [0, 0, 0];
  for (let mask = 0; mask < 1 << all.length; mask += 1) {
    const first = all.filter((_, at) => mask & (1 << at));
    if (first.length !== a.length) continue;
    const other = wins(
      first,
      all.filter((_, at) => !(mask & (1 << at))),
    );
    ways += 1;
    if (other <= u) atMost += 1;
    if (other >= u) atLeast += 1;
  }
  return { u, p: Math.min(1, (2 * Math.min(atMost, atLeast)) / ways) };
}

test("is the exact test: as all relabelings counted one by one, with ties and without", () => {
  fc.assert(
    fc.property(fc.constantFrom(3, 1_000_000), fc.gen(), (highest, gen) => {
      const [a, b] = [gen(side, 6, highest), gen(side, 5, highest)];
      const expected = byEnumeration(a, b);
      const { u, p } = rankSum(a, b);
      expect(u).toBe(expected.u);
      expect(Math.abs(p - expected.p)).toBeLessThan(1e-9);
    }),
    { numRuns: 150 },
  );
});

test("agrees with R's example of Hollander and Wolfe's permeability data", () => {
  const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const early = [1.15, 0.88, 0.9, 0.74, 1.21];
  const { u, p } = rankSum(term, early);
  expect(u).toBe(35);
  expect(p / 2).toBeCloseTo(0.1272, 4);
});

// The two-sided table at .05 that textbooks print (Mann & Whitney 1947, Siegel 1956): the largest U that is significant.
test.each([
  [3, [5, 6, 7, 8, 9, 10], [0, 1, 1, 2, 2, 3]],
  [4, [4, 5, 6, 7, 8, 9, 10], [0, 1, 2, 3, 4, 4, 5]],
  [5, [5, 6, 7, 8, 9, 10], [2, 3, 5, 6, 7, 8]],
  [6, [6, 7, 8, 9, 10], [5, 6, 8, 10, 11]],
  [7, [7, 8, 9, 10], [8, 10, 12, 14]],
  [8, [8, 9, 10], [13, 15, 17]],
  [9, [9, 10], [17, 20]],
  [10, [10, 20], [23, 55]],
  [20, [20], [127]],
])("has the printed critical values of %i against %j", (m, others, expected) => {
  expect(others.map((n) => rankSumCritical(m, n, 0.05) - 1)).toEqual(expected);
  expect(others.map((n) => rankSumCritical(n, m, 0.05) - 1)).toEqual(expected);
});

test("knows what too few values can never show", () => {
  expect(rankSumCritical(3, 3, 0.05)).toBe(0);
  expect(rankSumCritical(3, 4, 0.05)).toBe(0);
  expect(rankSumCritical(4, 4, 0.0125)).toBe(0);
  // 2/40 is exactly what .05 allows.
  expect(rankSumCritical(2, 8, 2 / 45)).toBe(1);
  expect(rankSum([], [1, 2]).p).toBe(1);
  expect(rankSum([7, 7, 7], [7, 7, 7, 7]).p).toBe(1);
});

test("stays exact to the last digits for 100 against 100", () => {
  // 1/C(200, 100)
  expect(lowerTail(0, 100, 100) * 9.054_851_465_610_33e58).toBeCloseTo(1, 9);
  expect(lowerTail(10_000, 100, 100)).toBeCloseTo(1, 11);
  expect(lowerTail(4_999, 100, 100) + lowerTail(5_000, 100, 100)).toBeCloseTo(1, 11);
});

test("beyond that the normal distribution takes over without a step", () => {
  const m = 100;
  const n = exactPairsMax / m;
  const at = (share: number) => Math.round(share * m * n);
  for (const share of [0.36, 0.42, 0.46]) {
    const ratio = lowerTail(at(share) + m * share, m, n + 1) / lowerTail(at(share), m, n);
    expect(Math.abs(Math.log(ratio))).toBeLessThan(0.1);
  }
  const ramp = Array.from({ length: 60 }, (_, at) => at % 10);
  const higher = ramp.map((value) => value + 1);
  const fewer = rankSum(ramp.slice(0, 50), higher.slice(0, 50)).p;
  const more = rankSum(ramp, higher).p;
  expect(more).toBeLessThan(fewer);
  expect(more).toBeGreaterThan(fewer / 3);
});

test("depends on the order of values alone, and not on which side is named first", () => {
  fc.assert(
    fc.property(side(12, 40), side(12, 40), (a, b) => {
      const { u, p } = rankSum(a, b);
      const swapped = rankSum(b, a);
      expect(swapped.u).toBe(a.length * b.length - u);
      expect(swapped.p).toBeCloseTo(p, 12);
      const scaled = rankSum(
        a.map((value) => Math.exp(value / 7)),
        b.toReversed().map((value) => Math.exp(value / 7)),
      );
      expect(scaled).toEqual({ u, p });
    }),
  );
});
