// The used part of a histogram: cheap to copy, to add up, and to hand to another thread.
import type { Histogram } from "@tidemark/proto";
import type { SliceBuffers } from "./slice-buffers.ts";

export interface HistogramSlice {
  readonly firstSlot: number;
  readonly counts: Uint32Array;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly clamped: number;
}

/** Copies the used slots into one of `buffers`. */
export function sliceOf(histogram: Histogram, buffers: SliceBuffers): HistogramSlice {
  const { first, last } = histogram.usedSlots;
  const { sum, min, max, clamped } = histogram;
  const counts = buffers.take(Math.max(0, last + 1 - first));
  if (last >= first) counts.set(histogram.counts.subarray(first, last + 1));
  return { firstSlot: first, counts, sum, min, max, clamped };
}

/** Both together; neither is changed. */
export function mergedSlices(left: HistogramSlice, right: HistogramSlice): HistogramSlice {
  if (left.counts.length === 0) return right;
  if (right.counts.length === 0) return left;
  const firstSlot = Math.min(left.firstSlot, right.firstSlot);
  const end = Math.max(left.firstSlot + left.counts.length, right.firstSlot + right.counts.length);
  const counts = new Uint32Array(end - firstSlot);
  counts.set(left.counts, left.firstSlot - firstSlot);
  const offset = right.firstSlot - firstSlot;
  for (let at = 0; at < right.counts.length; at += 1)
    counts[offset + at] = (counts[offset + at] ?? 0) + (right.counts[at] ?? 0);
  return {
    firstSlot,
    counts,
    sum: left.sum + right.sum,
    min: Math.min(left.min, right.min),
    max: Math.max(left.max, right.max),
    clamped: left.clamped + right.clamped,
  };
}

/** Makes `histogram`, which is reused, the one a slice was cut from, with its exact sum, min and max. */
export function restore(histogram: Histogram, slice: HistogramSlice): void {
  histogram.reset();
  for (let at = 0; at < slice.counts.length; at += 1)
    histogram.addSlot(slice.firstSlot + at, slice.counts[at] ?? 0);
  histogram.sum = slice.sum;
  histogram.min = slice.min;
  histogram.max = slice.max;
  histogram.clamped = slice.clamped;
}
