// The sentences of verdicts: a closed set, each with its interval and with what would settle it. Never "no change", never a p alone.
// Pure.
import type { Difference } from "@tidemark/proto";
import {
  type Amounts,
  magnitude,
  percentage,
  probability,
  quantity,
  signedInterval,
  wordedInterval,
} from "./amounts.ts";
import { type ComparedFigure, shownAs } from "./compared-figures.ts";
import { worstCase } from "./effect.ts";
import type { Tested } from "./family.ts";
import { runsForMargin, runsToSettle, usualNoise } from "./settling.ts";

export interface Labels {
  readonly baseline: string;
  readonly candidate: string;
}
/** Runs of each side that count. */
export interface Counts {
  readonly baseline: number;
  readonly candidate: number;
}

/** `3.6 is 7.2 % slower at p99 [4.1, 10.6]`, of a difference that surely is one. */
export function differsSentence(
  { candidate }: Labels,
  figure: ComparedFigure,
  amounts: Amounts,
): string {
  const much = magnitude(figure, amounts.estimate);
  const interval = wordedInterval(figure, amounts);
  return figure.unit === "us"
    ? `${candidate} is ${much} ${direction(figure, amounts)} at ${figure.figure} ${interval}`
    : `${candidate} has ${much} ${direction(figure, amounts)} ${interval}`;
}

/** `, 8+8 runs, adjusted p .004, noise 3 %`. */
export function groundsText({ adjustedP, noise, figure }: Tested, counts: Counts): string {
  const p = adjustedP === undefined ? "" : `, adjusted p ${probability(adjustedP)}`;
  const spread = noise === undefined ? "" : `, noise ${noiseText(figure, noise)}`;
  return `, ${runsText(counts)}${p}${spread}`;
}

/** `3.6 is within ±5 % of 3.5: p50 [-0.4, +0.6], p99 [-1.2, +2.0] (90 % intervals), 8+8 runs`. */
export function equivalentSentence(
  { baseline, candidate }: Labels,
  tested: readonly Tested[],
  marginRatio: number,
  counts: Counts,
): string {
  const intervals = tested.flatMap(({ figure, effect }) =>
    effect === undefined
      ? []
      : `${figure.figure} ${signedInterval(figure, intervalOf(figure, effect.inner))}`,
  );
  const margins = [...new Set(tested.map(({ figure }) => marginText(figure, marginRatio)))];
  return `${candidate} is within ${margins.join(" and ")} of ${baseline}: ${intervals.join(", ")} (90 % intervals), ${runsText(counts)}`;
}

/** `p99 [-3.0, +9.0]: 3.6 could be 9.0 % slower, 8+8 runs, noise 6 %; 12 more runs of each would settle 5 %`. */
export function inconclusiveSentence(
  labels: Labels,
  tested: Tested,
  marginRatio: number,
  counts: Counts,
): string {
  const { figure, effect } = tested;
  if (effect === undefined) return "";
  const interval = `${figure.figure} ${signedInterval(figure, intervalOf(figure, effect))}`;
  const why = tested.isContradictory
    ? ": means and ranks point opposite ways, so that a few runs far out decide"
    : `: ${possibility(labels, figure, effect)}`;
  return `${interval}${why}${groundsText(tested, counts)}; ${settlesText(tested, marginRatio)}`;
}

/** `12 more runs of each would settle 5 %`. */
export function settlesText(tested: Tested, marginRatio: number): string {
  const margin = plainMargin(tested.figure, marginRatio);
  const further = runsToSettle(tested, marginRatio);
  return further === undefined
    ? `more runs than a comparison takes would settle ${margin}: lessen the noise, or widen the margin`
    : `${further} more runs of each would settle ${margin}`;
}

/** `3 runs of 3.5 and 8 of 3.6 count; to see 5 % at p99 needs 17 of each`. */
export const fewRunsSentence = (labels: Labels, counts: Counts, needs: string): string =>
  `${countedText(labels, counts)}; ${needs}`;

/** `3 runs of 3.5 and 8 of 3.6 count`, `1 run of each counts`. */
export function countedText(labels: Labels, { baseline, candidate }: Counts): string {
  const runs = `${baseline} ${baseline === 1 ? "run" : "runs"}`;
  return baseline === candidate
    ? `${runs} of each ${baseline === 1 ? "counts" : "count"}`
    : `${runs} of ${labels.baseline} and ${candidate} of ${labels.candidate} count`;
}

/** `to see 5 % at p99 needs 17 of each`, by the noisiest figure, or by a usual noise where none is known. */
export function needsText(tested: readonly Tested[], marginRatio: number, runsMin: number): string {
  const ratios = tested.filter(({ figure }) => figure.scale === "ratio");
  const [noisiest] = ratios.toSorted((one, other) => (other.noise ?? 0) - (one.noise ?? 0));
  if (noisiest === undefined) return `a verdict needs ${runsMin} of each`;
  const { figure, noise } = noisiest;
  const runs = runsForMargin(figure, noise ?? usualNoise, marginRatio);
  const margin = percentage(figure.marginOf(marginRatio));
  const assumed = noise === undefined ? ` at a usual noise of ${percentage(usualNoise)}` : "";
  return runs === undefined
    ? `to see ${margin} at ${figure.figure}${assumed} needs more than a comparison takes: the noise is ${percentage(noise ?? usualNoise)}`
    : `to see ${margin} at ${figure.figure}${assumed} needs ${Math.max(runs, runsMin)} of each`;
}

export function notComparableSentence(
  { baseline, candidate }: Labels,
  differences: readonly Difference[],
): string {
  const fields = differences
    .slice(0, namedMax)
    .map(
      (one) => `${one.what} is ${one.baseline} of ${baseline} and ${one.candidate} of ${candidate}`,
    );
  const more =
    differences.length > namedMax ? `; ${differences.length - namedMax} more differ` : "";
  return `${candidate} cannot be compared with ${baseline}: ${fields.join("; ")}${more}`;
}

export function invalidSentence(side: string, runs: number, reasons: readonly string[]): string {
  const first = reasons.slice(0, namedMax).join("; ");
  return `no run of ${side} counts: ${runs === 1 ? "its only run is" : `all ${runs} are`} invalid (${first})`;
}

export function suspectSentence(run: string, details: readonly string[]): string {
  return `${run} is outside its history: ${details.join("; ")}; interleaved runs of both sides decide`;
}

/** `p99 1.1 ms [1.06, 1.15] of 3.5 and 1.2 ms …`: what two single runs can say at most. */
export function twoRunsText(
  { baseline, candidate }: Labels,
  figure: ComparedFigure,
  before: MeasuredOnce,
  after: MeasuredOnce,
): string {
  return `${figure.figure} ${onceText(figure, before)} of ${baseline} and ${onceText(figure, after)} of ${candidate}`;
}
export interface MeasuredOnce {
  readonly value: number;
  readonly interval: readonly [number, number] | null;
}

/** Things of a kind that a sentence names. */
const namedMax = 3;

export function runsText({ baseline, candidate }: Counts): string {
  return `${baseline}+${candidate} runs`;
}

/** `slower`, `less capacity`. */
export function direction(
  { unit }: ComparedFigure,
  { estimate }: Pick<Amounts, "estimate">,
): string {
  switch (unit) {
    case "us":
      return estimate > 0 ? "slower" : "faster";
    case "1":
      return estimate > 0 ? "more errors" : "fewer errors";
    case "1/s":
      return estimate > 0 ? "more capacity" : "less capacity";
  }
}

/** As they are kept, from the figure's scale. */
export function amountsOf(figure: ComparedFigure, { estimate, low, high }: Amounts): Amounts {
  return { estimate: shownAs(figure, estimate), ...intervalOf(figure, { low, high }) };
}

function intervalOf(figure: ComparedFigure, { low, high }: Pick<Amounts, "low" | "high">) {
  return { low: shownAs(figure, low), high: shownAs(figure, high) };
}

function possibility(
  { candidate }: Labels,
  figure: ComparedFigure,
  effect: { readonly low: number; readonly high: number },
): string {
  const bad = worstCase(figure, effect);
  // A bound that is surely better leaves open how much.
  const amount = bad > 0 ? bad : Math.max(Math.abs(effect.low), Math.abs(effect.high));
  const sign = bad > 0 === (figure.worse === "higher") ? 1 : -1;
  const estimate = shownAs(figure, sign * amount);
  const verb = figure.unit === "us" ? "be" : "have";
  return `${candidate} could ${verb} ${magnitude(figure, estimate)} ${direction(figure, { estimate })}`;
}

function onceText(figure: ComparedFigure, { value, interval }: MeasuredOnce): string {
  const within =
    interval === null ? "" : ` [${interval.map((bound) => quantity(figure, bound)).join(", ")}]`;
  return `${quantity(figure, value)}${within}`;
}

function noiseText({ scale }: ComparedFigure, noise: number): string {
  return scale === "ratio" ? percentage(noise) : `${Number((noise * 100).toPrecision(2))} points`;
}

const marginText = (figure: ComparedFigure, marginRatio: number) =>
  `±${plainMargin(figure, marginRatio)}`;
const plainMargin = (figure: ComparedFigure, marginRatio: number) =>
  figure.scale === "ratio"
    ? percentage(figure.marginOf(marginRatio))
    : `${Number((figure.marginOf(marginRatio) * 100).toPrecision(2))} percentage points of errors`;
