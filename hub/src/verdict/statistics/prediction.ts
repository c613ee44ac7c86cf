// Whether a new run is what its history would have it: a first, fast look that asks for reruns and never decides.
import { mean, variance } from "./noise.ts";
import { tQuantile } from "./student.ts";

/** Runs of history below which nothing is outlying: their spread is not known well enough. */
export const historyRunsMin = 8;
/** One run in a thousand of a steady history is outlying. */
const level = 0.9995;

export interface Prediction {
  readonly isOutlying: boolean;
  /** Between these the run was to be expected; infinite for too short a history. */
  readonly low: number;
  readonly high: number;
}

/** The interval for one more value of a normal sample: mean ± t_{m−1}(.9995) s √(1 + 1/m). */
export function isOutlying(history: readonly number[], value: number): Prediction {
  const runs = history.length;
  if (runs < historyRunsMin)
    return { isOutlying: false, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const reach = tQuantile(level, runs - 1) * Math.sqrt(variance(history) * (1 + 1 / runs));
  const low = mean(history) - reach;
  const high = mean(history) + reach;
  return { isOutlying: value < low || value > high, low, high };
}
