import { Histogram } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { spectrumOf } from "./spectrum.ts";

const values = fc.array(fc.integer({ min: 0, max: 3_600_000_000 }), {
  minLength: 1,
  maxLength: 300,
});

function histogramOf(list: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of list) histogram.record(value);
  return histogram;
}

test("is empty for an empty histogram", () => {
  expect(spectrumOf(new Histogram())).toEqual({ percentiles: [], bars: [] });
});

test("the curve rises from 0 to 100 and ends at the largest value", () => {
  fc.assert(
    fc.property(values, (list) => {
      const { percentiles } = spectrumOf(histogramOf(list));
      expect(percentiles[0]?.percentile).toBe(0);
      expect(percentiles.at(-1)).toEqual({ percentile: 100, micros: Math.max(...list) });
      for (let at = 1; at < percentiles.length; at += 1) {
        expect(percentiles[at]!.percentile).toBeGreaterThan(percentiles[at - 1]!.percentile);
        expect(percentiles[at]!.micros).toBeGreaterThanOrEqual(percentiles[at - 1]!.micros);
      }
      expect(percentiles.length).toBeLessThan(100);
    }),
  );
});

test("the curve takes five steps to each halving of the distance to 100", () => {
  const { percentiles } = spectrumOf(histogramOf(Array.from({ length: 1_000 }, (_, at) => at)));
  expect(percentiles.slice(0, 11).map(({ percentile }) => percentile)).toEqual([
    0, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75,
  ]);
});

test("the bars are contiguous and hold every value once", () => {
  fc.assert(
    fc.property(values, (list) => {
      const { bars } = spectrumOf(histogramOf(list));
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
      for (let at = 1; at < bars.length; at += 1) expect(bars[at]!.from).toBe(bars[at - 1]!.to);
      expect(bars[0]!.from).toBeLessThanOrEqual(Math.min(...list));
      expect(bars.at(-1)!.to).toBeGreaterThan(Math.max(...list) * 0.998);
      expect(bars.length).toBeLessThan(210);
    }),
  );
});
