// Whether a run held its level: rank CUSUM over the slices of p50 and p99 (statistics of `verdict/statistics/rank-cusum.ts`), as the
// history of a profile is searched for changes. Pure.
import type { Histogram, LoadPlan } from "@tidemark/proto";
import {
  criticalMax,
  rankCusum,
  residualAutocorrelation,
  seriesMin,
  thresholdOf,
} from "../verdict/statistics/rank-cusum.ts";
import type { RunFacts } from "./facts.ts";

export interface LevelChange {
  readonly figure: "p50" | "p99";
  /** What came of it, by where in the run it lies: see `changesIn`. */
  readonly kind: "warm-up" | "unstable";
  /** From the run's start on, ms, and as a fraction of the run. */
  readonly atMs: number;
  readonly atRatio: number;
  /** Median of the slices before to that of those after, less one. */
  readonly ratio: number;
}

const alpha = 0.01;
/** Changes below it do not matter, however sure they are: the usual margin of a verdict; p99 wanders twice as far by itself. */
const ratioMin = { p50: 0.05, p99: 0.1 } as const;
/** Requests of a typical slice: its p50 from 20 requests, its p99 from 500, five of which lie beyond. */
const sliceRequestsMin = { p50: 20, p99: 500 } as const;
/**
 * Levels are told apart to a fifth of the margin. Ranks know no size: where a target answers to the microsecond, a drift of a tenth of a
 * percent is all the noise there is, and its autocorrelation would hide that latencies tripled.
 */
const grainsPerMargin = 5;
const quantiles = { p50: 50, p99: 99 } as const;
/** A change in this first part of the run is a warm-up that was too short; what comes after it is judged again by itself. */
export const warmupRatioMax = 0.3;

export function levelChanges({ record, slices }: RunFacts): readonly LevelChange[] {
  // Where the rate changes by plan, latencies may.
  if (!isSteady(record.plan)) return [];
  const typicalMs = Math.max(0, ...slices.map(({ durationMs }) => durationMs));
  // The last one may be a fraction of the others.
  const whole = slices.filter(({ durationMs }) => durationMs >= typicalMs / 2);
  return (["p50", "p99"] as const).flatMap((figure) => {
    // A second in which nothing was answered has no percentile; the next ones say how long that took.
    const histograms = whole
      .map((slice) => slice.histograms.response)
      .filter(({ total }) => total > 0);
    const typical = medianOf(histograms.map(({ total }) => total));
    return typical < sliceRequestsMin[figure] ? [] : changesIn(figure, histograms, typicalMs);
  });
}

function changesIn(
  figure: "p50" | "p99",
  histograms: readonly Histogram[],
  sliceMs: number,
): readonly LevelChange[] {
  const grain = Math.log1p(ratioMin[figure]) / grainsPerMargin;
  const y = histograms.map((one) => {
    const micros = Math.max(1, one.percentile(quantiles[figure]));
    return grain * Math.round(Math.log(micros) / grain);
  });
  const changeFrom = (from: number, kind: LevelChange["kind"] | undefined) => {
    const found = changeIn(y.slice(from), ratioMin[figure]);
    if (found === undefined) return [];
    const at = from + found.at;
    const atRatio = at / y.length;
    const place = atRatio <= warmupRatioMax ? "warm-up" : "unstable";
    return [{ figure, kind: kind ?? place, atMs: at * sliceMs, atRatio, ratio: found.ratio, at }];
  };
  const [first] = changeFrom(0, undefined);
  // Two changes may hide each other: what follows the part that may warm up is looked at by itself.
  if (first === undefined) return changeFrom(Math.ceil(y.length * warmupRatioMax), "unstable");
  return first.kind === "warm-up" ? [first, ...changeFrom(first.at, "unstable")] : [first];
}

/**
 * The most likely change, if chance rarely makes one as clear. Simulated, 3,000 series of 20 to 60 slices, normal and t3: in 1 of 100 steady
 * ones, in 2 or 3 where neighbours correlate by .3, in 5 by .6; a step to three times the level with noise of 10 % is found in 95 to 100.
 */
function changeIn(
  y: readonly number[],
  gate: number,
): { readonly at: number; readonly ratio: number } | undefined {
  // A run of fewer than 20 slices, which are seconds, says nothing of this.
  if (y.length < seriesMin) return undefined;
  const { max, at } = rankCusum(y);
  if (max <= criticalMax(y.length, alpha)) return undefined;
  const shift = medianOf(y.slice(at)) - medianOf(y.slice(0, at));
  if (max <= thresholdOf(y, at, alpha) && Math.abs(shift) <= plainErrors * errorOf(y, at))
    return undefined;
  // As far down as up: a third less is the way back from half as much again.
  return Math.abs(shift) < Math.log1p(gate) ? undefined : { at, ratio: Math.expm1(shift) };
}

/**
 * Where all values of one side are above all of the other ranks have said all they can, and in half a minute that may be too little for
 * the threshold of a series whose neighbours resemble each other. A shift of so many standard errors, correlation counted in, is
 * plain all the same.
 */
const plainErrors = 8;

/** Standard error of the difference of the sides' levels: of the residuals about them by their median absolute deviation. */
function errorOf(y: readonly number[], at: number): number {
  const sides = [y.slice(0, at), y.slice(at)];
  const residuals = sides.flatMap((side) => {
    const level = medianOf(side);
    return side.map((value) => Math.abs(value - level));
  });
  // Of a normal distribution the standard deviation is 1.4826 times that.
  const deviation = 1.4826 * medianOf(residuals);
  const rho = residualAutocorrelation(y, at);
  return deviation * Math.sqrt(((1 + rho) / (1 - rho)) * (1 / at + 1 / (y.length - at)));
}

function isSteady({ pacing }: LoadPlan): boolean {
  return pacing.kind !== "ramp" && pacing.kind !== "stages";
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
