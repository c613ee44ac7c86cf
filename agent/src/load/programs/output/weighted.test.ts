import { Histogram } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputRejected } from "../program.ts";
import { fromSteps, percentText, recordMany } from "./weighted.ts";

test("records a value many times as if it had been recorded one by one", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 4e9, noNaN: true }), fc.nat(50), (micros, count) => {
      const one = new Histogram();
      for (let at = 0; at < count; at += 1) one.record(micros);
      const many = new Histogram();
      recordMany(many, micros, count);
      const told = ({ total, sum, min, max, clamped }: Histogram) => [
        total,
        sum,
        min,
        max,
        clamped,
      ];
      expect(told(many)).toEqual(told(one));
      expect(Buffer.from(many.counts.buffer).equals(Buffer.from(one.counts.buffer))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("refuses more of one value than a histogram can hold", () => {
  expect(() => recordMany(new Histogram(), 5, 2 ** 33)).toThrow(OutputRejected);
});

test("no value is further from its step than the bound says", () => {
  const values = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 20 }), (measured, strideMax) => {
      const sorted = measured.toSorted((left, right) => left - right);
      // A percentile curve: the value at every so many, and the last.
      const steps: { micros: number; count: number }[] = [];
      let from = 0;
      while (from < sorted.length) {
        const to = Math.min(sorted.length, from + strideMax);
        steps.push({ micros: sorted[to - 1] ?? 0, count: to - from });
        from = to;
      }
      const { histogram, relativeErrorMax } = fromSteps(steps, sorted[0] ?? 0);
      expect(histogram.total).toBe(sorted.length);
      sorted.forEach((value, at) => {
        const told = steps[Math.floor(at / strideMax)]?.micros ?? 0;
        expect(told).toBeGreaterThanOrEqual(value);
        expect(told / value - 1).toBeLessThanOrEqual(relativeErrorMax + 1e-9);
      });
    }),
    { numRuns: 50 },
  );
});

test("steps of single values lose nothing", () => {
  const steps = [10, 20, 4_000].map((micros) => ({ micros, count: 1 }));
  expect(fromSteps(steps, 10).relativeErrorMax).toBe(0);
});

test("rounds a bound up", () => {
  expect([percentText(0), percentText(0.0101), percentText(4.6)]).toEqual([
    "0.0 %",
    "1.1 %",
    "460.0 %",
  ]);
});
