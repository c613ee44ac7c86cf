import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../verdict/statistics/random.ts";
import { type OrderedStep, inRounds, interleaved } from "./order.ts";

const comparisons = fc.record({
  strata: fc.integer({ min: 1, max: 6 }),
  runsEach: fc.integer({ min: 1, max: 25 }),
  seed: fc.integer({ min: 0, max: 0xffff_ffff }),
});
const pairs = (strata: number) =>
  Array.from({ length: strata }, (_, at) => ({ baseline: `a${at}`, candidate: `b${at}` }));
const ofStratum = (steps: readonly OrderedStep<string>[], at: number) =>
  steps.filter(({ of }) => of.slice(1) === String(at)).map(({ of }) => of[0]);

test("every variant runs once before any runs twice", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (variants, repeats) => {
        const order = inRounds(variants, repeats).map(({ of }) => of);
        expect(order).toHaveLength(variants.length * repeats);
        for (let round = 0; round < repeats; round += 1)
          expect(order.slice(round * variants.length, (round + 1) * variants.length)).toEqual(
            variants,
          );
      },
    ),
  );
});

test("every side of every stratum has exactly as many runs as asked for, and its label says so", () => {
  fc.assert(
    fc.property(comparisons, ({ strata, runsEach, seed }) => {
      const order = interleaved(pairs(strata), runsEach, seededRandom(seed));
      expect(order).toHaveLength(2 * strata * runsEach);
      for (let at = 0; at < strata; at += 1)
        for (const side of ["a", "b"])
          expect(ofStratum(order, at).filter((one) => one === side)).toHaveLength(runsEach);
      for (const { of, side } of order) expect(side === "baseline").toBe(of.startsWith("a"));
    }),
  );
});

test("blocks are ABBA or BAAB, and the k-th runs of both sides are neighbours", () => {
  fc.assert(
    fc.property(comparisons, ({ strata, runsEach, seed }) => {
      const order = interleaved(pairs(strata), runsEach, seededRandom(seed));
      for (let at = 0; at < strata; at += 1) {
        const sides = ofStratum(order, at).join("");
        for (let first = 0; first < sides.length; first += 4)
          expect(sides.slice(first, first + 4)).toMatch(/^(?:abba|baab|ab|ba)$/);
        for (let k = 0; k < runsEach; k += 1)
          expect(sides.slice(2 * k, 2 * k + 2)).toMatch(/^(?:ab|ba)$/);
      }
    }),
  );
});

test("a stratum is never more than a block ahead of another", () => {
  fc.assert(
    fc.property(comparisons, ({ strata, runsEach, seed }) => {
      const order = interleaved(pairs(strata), runsEach, seededRandom(seed));
      const done = new Map<string, number>();
      for (const { of } of order) {
        const stratum = of.slice(1);
        done.set(stratum, (done.get(stratum) ?? 0) + 1);
        const counts = pairs(strata).map((_, at) => done.get(String(at)) ?? 0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(4);
      }
    }),
  );
});

test("the same seed gives the same order, and seeds differ", () => {
  const orderOf = (seed: number) =>
    interleaved(pairs(3), 20, seededRandom(seed))
      .map(({ of }) => of)
      .join(" ");
  expect(orderOf(7)).toBe(orderOf(7));
  expect(new Set(Array.from({ length: 20 }, (_, seed) => orderOf(seed))).size).toBe(20);
});

test("either side comes first half of the time", () => {
  const firsts = Array.from(
    { length: 2_000 },
    (_, seed) => interleaved(pairs(1), 1, seededRandom(seed))[0]?.side,
  );
  const share = firsts.filter((side) => side === "baseline").length / firsts.length;
  // Five standard deviations of a fair coin.
  expect(Math.abs(share - 0.5)).toBeLessThan(0.056);
});
