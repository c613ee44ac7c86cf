import fc from "fast-check";
import { expect, test } from "vitest";
import { Ranges } from "./ranges.ts";

const span = fc
  .tuple(fc.nat(200), fc.nat(12))
  .map(([first, more]) => [first, first + more] as const);

test("holds exactly the numbers that were added, in disjoint sorted ranges", () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 30 }), (spans) => {
      const ranges = new Ranges();
      const numbers = new Set<number>();
      for (const [first, last] of spans) {
        ranges.add(first, last);
        for (let number = first; number <= last; number += 1) numbers.add(number);
      }
      for (let number = 0; number <= 215; number += 1)
        expect(ranges.has(number)).toBe(numbers.has(number));
      const { firsts, lasts } = ranges;
      firsts.forEach((first, at) => {
        expect(first).toBeLessThanOrEqual(lasts[at]!);
        if (at > 0) expect(first).toBeGreaterThan(lasts[at - 1]! + 1);
      });
      expect(ranges.last).toBe(numbers.size === 0 ? undefined : Math.max(...numbers));
      const missing = ranges
        .holes(0, 215)
        .reduce((sum, hole) => sum + hole.last - hole.first + 1, 0);
      expect(missing).toBe(216 - numbers.size);
    }),
  );
});

test("gives up the oldest holes when there are too many ranges", () => {
  const ranges = new Ranges([1, 5, 10, 20], [2, 6, 11, 21]);
  expect(ranges.limit(2)).toBe(2 + 3);
  expect([ranges.firsts, ranges.lasts]).toEqual([
    [1, 20],
    [11, 21],
  ]);
  expect(ranges.limit(2)).toBe(0);
});

test("knows what is missing between two numbers", () => {
  const ranges = new Ranges([3, 8], [5, 9]);
  expect(ranges.holes(0, 12)).toEqual([
    { first: 0, last: 2 },
    { first: 6, last: 7 },
    { first: 10, last: 12 },
  ]);
  expect(ranges.holes(4, 8)).toEqual([{ first: 6, last: 7 }]);
  expect(new Ranges().holes(1, 2)).toEqual([{ first: 1, last: 2 }]);
});
