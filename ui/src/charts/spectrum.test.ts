import { expect, test } from "vitest";
import { ninesOf, percentileAt, percentileLabel, spectrumColumns } from "./spectrum.ts";

test.each([
  [0, 0],
  [90, 1],
  [99, 2],
  [99.9, 3],
])("%d %% stands at %d nines and back", (percentile, nines) => {
  expect(ninesOf(percentile)).toBeCloseTo(nines, 9);
  expect(percentileAt(nines)).toBeCloseTo(percentile, 9);
});

test.each([
  [0, "0 %"],
  [50, "50 %"],
  [90, "90 %"],
  [99, "99 %"],
  [percentileAt(3), "99.9 %"],
  [percentileAt(4), "99.99 %"],
  [100, "100 %"],
])("%d is labelled %s", (percentile, label) => expect(percentileLabel(percentile)).toBe(label));

test("curves with different points share one axis, each holding its next higher value", () => {
  const columns = spectrumColumns([
    [
      { percentile: 0, micros: 10 },
      { percentile: 90, micros: 20 },
    ],
    [
      { percentile: 50, micros: 5 },
      { percentile: 90, micros: 7 },
      { percentile: 100, micros: 9 },
    ],
  ]);
  expect(columns.slice(1)).toEqual([
    [10, 20, 20],
    [5, 5, 7],
  ]);
});
