import fc from "fast-check";
import { expect, test } from "vitest";
import { type FamilyMember, maxT } from "./max-t.ts";
import { rankSum } from "./rank-sum.ts";

const seed = 42;
const member = (values: readonly number[], cut: number): FamilyMember => ({
  baseline: values.slice(0, cut),
  candidate: values.slice(cut),
});
const values = (length: number) =>
  fc.uniqueArray(fc.integer({ min: -900, max: 900 }), { minLength: length, maxLength: length });

test("one figure alone has the p of the exact rank-sum test", () => {
  fc.assert(
    fc.property(values(11), fc.integer({ min: 2, max: 9 }), (all, cut) => {
      const one = member(all, cut);
      const [p] = maxT([one], seed);
      expect(p).toBeCloseTo(rankSum(one.baseline, one.candidate).p, 12);
    }),
    { numRuns: 40 },
  );
});

test("figures that are one another's image cost nothing", () => {
  fc.assert(
    fc.property(values(10), (all) => {
      const p50 = member(all, 5);
      const p99 = member(
        all.map((value) => 3 * value + 1),
        5,
      );
      const [alone] = maxT([p50], seed);
      expect(maxT([p50, p99, p50], seed)).toEqual([alone, alone, alone]);
    }),
    { numRuns: 30 },
  );
});

test("the strongest is held against the whole family, the next against those that are left", () => {
  fc.assert(
    fc.property(values(8), values(8), values(8), (...rows) => {
      const family = rows.map((all) => member(all, 4));
      const adjusted = maxT(family, seed);
      const alone = family.map((one) => maxT([one], seed)[0]!);
      adjusted.forEach((p, at) => {
        expect(p).toBeGreaterThanOrEqual(alone[at]! - 1e-12);
        expect(p).toBeLessThanOrEqual(Math.min(1, 3 * Math.max(...alone)) + 1e-12);
      });
      const weakest = alone.indexOf(Math.max(...alone));
      expect(Math.max(...adjusted)).toBe(adjusted[weakest]);
    }),
    { numRuns: 40 },
  );
});

test("swapped sides, other units and another order of runs give the same p", () => {
  fc.assert(
    fc.property(values(10), values(10), (first, second) => {
      const family = [member(first, 5), member(second, 5)];
      const adjusted = maxT(family, seed);
      const swapped = family.map(({ baseline, candidate }) => ({
        baseline: candidate,
        candidate: baseline,
      }));
      const reversed = family.map(({ baseline, candidate }) => ({
        baseline: baseline.toReversed().map((value) => 1_000 * value),
        candidate: candidate.toReversed().map((value) => 1_000 * value),
      }));
      expect(maxT(swapped, seed)).toEqual(adjusted);
      expect(maxT(reversed, seed)).toEqual(adjusted);
    }),
    { numRuns: 20 },
  );
});

test("draws relabelings where there are too many, the same ones for the same seed", () => {
  const all = Array.from({ length: 24 }, (_, at) => Math.sin(at * at) + (at >= 12 ? 0.6 : 0));
  const one = member(all, 12);
  const [p = 0] = maxT([one], seed);
  const exact = rankSum(one.baseline, one.candidate).p;
  expect(Math.abs(p - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 20_000));
  expect(maxT([one], seed)).toEqual([p]);
  expect(maxT([one], seed + 1)).not.toEqual([p]);
  // Never 0: the labels as they are were one of the ways.
  const apart = member(
    all.map((_, at) => at),
    12,
  );
  expect(maxT([apart], seed)).toEqual([1 / 20_001]);
});

test("a withheld figure takes no side", () => {
  const p50 = { baseline: [1, 2, 3, 4, 5], candidate: [11, 12, 13, 14, 15] };
  const p99 = { baseline: [1, 2, NaN, 4, 5], candidate: [11, 12, NaN, 14, 15] };
  const none = { baseline: p50.baseline.map(() => NaN), candidate: p50.candidate.map(() => NaN) };
  const [first, second, third] = maxT([p50, p99, none], seed);
  expect(first).toBeCloseTo(2 / 252, 12);
  // The withheld runs may stand on either side of the strongest division: C(10, 5) relabelings, 6 of them as strong either way.
  expect(second).toBeGreaterThan(first!);
  expect(second).toBeLessThan(0.05);
  expect(third).toBe(1);
});

test("within blocks it exchanges labels within blocks alone", () => {
  // The host drifts by far more than the sides differ; in every pair the candidate is slower.
  const drift = [0, 30, 10, 80, 40, 60, 20, 50];
  const one = { baseline: drift, candidate: drift.map((level, at) => level + 1 + at / 10) };
  const pairs = [0, 1, 2, 3, 4, 5, 6, 7];
  expect(maxT([one], seed)[0]).toBeGreaterThan(0.5);
  expect(maxT([one], seed, [...pairs, ...pairs])).toEqual([2 / 2 ** 8]);
  const fours = pairs.map((pair) => pair >> 1);
  expect(maxT([one], seed, [...fours, ...fours])[0]).toBeGreaterThan(2 / 6 ** 4);
  expect(
    maxT(
      [one],
      seed,
      [...pairs, ...pairs].map(() => 3),
    ),
  ).toEqual(maxT([one], seed));
});

test("refuses figures of different runs, and has nothing to say of none", () => {
  const one = { baseline: [1, 2], candidate: [3, 4] };
  expect(() => maxT([one, { baseline: [1], candidate: [3, 4, 5] }], seed)).toThrow(RangeError);
  expect(() => maxT([one], seed, [0, 1])).toThrow(RangeError);
  expect(maxT([], seed)).toEqual([]);
  expect(maxT([{ baseline: [], candidate: [1] }], seed)).toEqual([1]);
  expect(maxT([{ baseline: [5, 5], candidate: [5, 5] }], seed)).toEqual([1]);
});
