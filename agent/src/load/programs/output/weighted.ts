// Histograms from values that come with a count, exact or as steps of a percentile curve.
import { Histogram, highestMicros, slotOf } from "@tidemark/proto";
import { OutputRejected } from "../program.ts";

/** Of one slot: what the histogram can hold. */
const countMax = 0xffff_ffff;

/** Records a value `count` times, at the cost of one. */
export function recordMany(histogram: Histogram, micros: number, count: number): void {
  if (count === 0) return;
  const value = Math.min(highestMicros, Math.max(0, Math.floor(micros)));
  const { sum, min, max } = histogram;
  const slot = slotOf(value);
  if ((histogram.counts[slot] ?? 0) + count > countMax)
    throw new OutputRejected(`more than ${countMax} latencies of ${value} µs`);
  histogram.addSlot(slot, count);
  histogram.sum = sum + value * count;
  histogram.min = Math.min(min, value);
  histogram.max = Math.max(max, value);
  if (micros > highestMicros) histogram.clamped += count;
}

/** `count` values lie above the step before and at most at `micros`; the last of them exactly there. */
export interface Step {
  readonly micros: number;
  readonly count: number;
}

export interface Rebuilt {
  readonly histogram: Histogram;
  /** What a value may be off by, as a fraction of itself. */
  readonly relativeErrorMax: number;
}

/**
 * Each step's values at its upper end: percentiles come out as the program gave them, and never better than they were. A single
 * value is where its step ends; of several, those before the last may be as low as the step before.
 */
export function fromSteps(steps: readonly Step[], lowestMicros: number): Rebuilt {
  const histogram = new Histogram();
  let below = lowestMicros;
  let relativeErrorMax = 0;
  for (const { micros, count } of steps) {
    if (count === 0) continue;
    recordMany(histogram, micros, count);
    if (count > 1) relativeErrorMax = Math.max(relativeErrorMax, micros / Math.max(1, below) - 1);
    below = micros;
  }
  return { histogram, relativeErrorMax };
}

/** A bound as a reader reads it: rounded up, "3.2 %". */
export function percentText(fraction: number): string {
  return `${(Math.ceil(fraction * 1_000) / 10).toFixed(1)} %`;
}
