import fc from "fast-check";
import { expect, test } from "vitest";
import { medianInterval } from "./median-interval.ts";

// The orders of go-moremath's stats/quantileci.go at .95, for 1, 2, 3 … values.
test.each([
  [5, Number.NEGATIVE_INFINITY, 5, 0.96875],
  [6, 1, 6, 0.96875],
  [10, 2, 9, 0.978_516],
  [20, 6, 15, 0.958_611],
])("of %i values the median lies between the orders %d and %d", (n, low, high, confidence) => {
  const found = medianInterval(
    Array.from({ length: n }, (_, at) => n - at),
    0.95,
  );
  expect(found).toMatchObject({ median: (n + 1) / 2, low, high });
  expect(found.confidence).toBeCloseTo(confidence, 5);
});

test("no value, or one, bounds nothing", () => {
  expect(medianInterval([], 0.95)).toMatchObject({ median: NaN, low: -Infinity, high: Infinity });
  expect(medianInterval([3], 0.95)).toMatchObject({ median: 3, low: -Infinity, high: Infinity });
});

test("holds at least what was asked, encloses the median, and grows with the confidence", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 40 }), (values) => {
      const [wide, narrow] = [medianInterval(values, 0.99), medianInterval(values, 0.9)];
      expect(wide.confidence).toBeGreaterThanOrEqual(0.99);
      expect(wide.low).toBeLessThanOrEqual(narrow.low);
      expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
      expect(narrow.low).toBeLessThanOrEqual(narrow.median);
      expect(narrow.high).toBeGreaterThanOrEqual(narrow.median);
      expect(medianInterval(values.toReversed(), 0.9)).toEqual(narrow);
    }),
  );
});
