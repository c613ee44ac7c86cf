import { Histogram } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mergedSlices, restore, sliceOf } from "./histogram-slice.ts";
import { SliceBuffers } from "./slice-buffers.ts";

const latencies = fc.array(fc.integer({ min: 0, max: 3_700_000_000 }), { maxLength: 50 });

function recorded(micros: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of micros) histogram.record(value);
  return histogram;
}

/** Everything a histogram holds. */
const contents = ({ counts, total, sum, min, max, clamped }: Histogram) => ({
  counts: Object.fromEntries([...counts.entries()].filter(([, count]) => count > 0)),
  total,
  sum,
  min,
  max,
  clamped,
});

test("a slice is its histogram, also from memory that held another, and slices add up", () => {
  const buffers = new SliceBuffers();
  const whole = new Histogram();
  fc.assert(
    fc.property(latencies, latencies, (some, others) => {
      const [left, right] = [recorded(some), recorded(others)];
      const slices = [sliceOf(left, buffers), sliceOf(right, buffers)] as const;
      restore(whole, slices[0]);
      expect(contents(whole)).toEqual(contents(left));
      restore(whole, mergedSlices(...slices));
      left.merge(right);
      expect(contents(whole)).toEqual(contents(left));
      buffers.give(slices.map(({ counts }) => counts.buffer as ArrayBuffer));
    }),
    { numRuns: 60 },
  );
});

test("what comes back is used again, and no more is kept than two reports need", () => {
  const buffers = new SliceBuffers();
  const first = buffers.take(1_000);
  buffers.give([first.buffer as ArrayBuffer]);
  expect(buffers.take(900).buffer).toBe(first.buffer);
  expect(buffers.take(900).buffer).not.toBe(first.buffer);
  const many = Array.from({ length: 20 }, (_, index) => new ArrayBuffer(1_024 * (index + 1)));
  buffers.give(many);
  expect(many).not.toContain(buffers.take(200_000).buffer);
  const kept = Array.from({ length: 20 }, () => buffers.take(1).buffer);
  expect(many.filter((buffer) => kept.includes(buffer))).toEqual(many.slice(-6));
});
