// Whether a run held its level: rank CUSUM over the slices of p50 and p99 (statistics of `verdict/statistics/rank-cusum.ts`), as the
// history of a profile is searched for changes. Pure.
import type { Histogram, LoadPlan } from "@tidemark/proto";
import { rankCusum, seriesMin, thresholdOf } from "../verdict/statistics/rank-cusum.ts";
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
/** Requests of a slice: its p50 from 20 requests, its p99 from 500, five of which lie beyond. */
const sliceRequestsMin = { p50: 20, p99: 500 } as const;
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
    const histograms = whole.map((slice) => slice.histograms.response);
    if (histograms.some(({ total }) => total < sliceRequestsMin[figure])) return [];
    return changesIn(figure, histograms, typicalMs);
  });
}

function changesIn(
  figure: "p50" | "p99",
  histograms: readonly Histogram[],
  sliceMs: number,
): readonly LevelChange[] {
  const y = histograms.map((one) => Math.log(Math.max(1, one.percentile(quantiles[figure]))));
  const changeFrom = (from: number, kind: LevelChange["kind"] | undefined) => {
    const found = changeIn(y.slice(from), ratioMin[figure]);
    if (found === undefined) return [];
    const at = from + found.at;
    const atRatio = at / y.length;
    const place = atRatio <= warmupRatioMax ? "warm-up" : "unstable";
    return [{ figure, kind: kind ?? place, atMs: at * sliceMs, atRatio, ratio: found.ratio, at }];
  };
  const [first] = changeFrom(0, undefined);
  if (first === undefined) return [];
  return first.kind === "warm-up" ? [first, ...changeFrom(first.at, "unstable")] : [first];
}

/** The most likely change, where chance makes one as clear in less than 1 of 100 runs of this length and autocorrelation. */
function changeIn(
  y: readonly number[],
  gate: number,
): { readonly at: number; readonly ratio: number } | undefined {
  // A run of fewer than 20 slices, which are seconds, says nothing of this.
  if (y.length < seriesMin) return undefined;
  const { max, at } = rankCusum(y);
  if (max <= thresholdOf(y, at, alpha)) return undefined;
  const ratio = Math.exp(medianOf(y.slice(at)) - medianOf(y.slice(0, at))) - 1;
  // As far down as up: a third less is the way back from half as much again.
  return Math.abs(Math.log1p(ratio)) < Math.log1p(gate) ? undefined : { at, ratio };
}

function isSteady({ pacing }: LoadPlan): boolean {
  return pacing.kind !== "ramp" && pacing.kind !== "stages";
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
