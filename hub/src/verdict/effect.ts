// What runs of two sides say of one figure: the shift between them with two intervals, and which of the verdicts that is. Pure.
import type { VerdictKind } from "@tidemark/proto";
import { type ComparedFigure, scaledMargin } from "./compared-figures.ts";
import { type BlockedSide, blockedShift } from "./blocked-shift.ts";
import { type Shift, shift } from "./statistics/hodges-lehmann.ts";
import { welch } from "./statistics/welch.ts";

/** Wrong verdicts of a family of figures when nothing differs, at most. */
export const alpha = 0.05;
/** Two one-sided tests at alpha are one interval of this (Schuirmann 1987). */
const equivalenceAlpha = 2 * alpha;
/** Relabelings beyond those that can all be visited are drawn with this, so that a verdict read twice is the same. */
export const seed = 4;

export interface Effect extends Shift {
  /** 90 %. */
  readonly inner: Pick<Shift, "low" | "high">;
}

/** Runs of each side at the least: 3 of each have no interval of 95 %, and of 3 against many the spread is hardly known. */
export const runsEachMin = 4;

/** On the figure's scale; undefined of fewer runs than four of either side. */
export function effectOf(
  baseline: readonly number[],
  candidate: readonly number[],
): Effect | undefined {
  if (Math.min(baseline.length, candidate.length) < runsEachMin) return undefined;
  const outer = shift(baseline, candidate, alpha);
  const inner = shift(baseline, candidate, equivalenceAlpha);
  return outer === undefined || inner === undefined ? undefined : { ...outer, inner };
}

/** The same within blocks; undefined also where there are too few of these. */
export function blockedEffectOf(baseline: BlockedSide, candidate: BlockedSide): Effect | undefined {
  const intervalOf = blockedShift(baseline, candidate, seed);
  const outer = intervalOf(alpha);
  const inner = intervalOf(equivalenceAlpha);
  return outer === undefined || inner === undefined ? undefined : { ...outer, inner };
}

/** Inside the margin with 95 % on either side. */
export function isEquivalent(figure: ComparedFigure, effect: Effect, marginRatio: number): boolean {
  const margin = scaledMargin(figure, marginRatio);
  return effect.inner.low > -margin && effect.inner.high < margin;
}

/**
 * equivalent: smaller than matters, even where it surely is something. regression, improvement: surely something, and it may well be as
 * much as matters. A bound of the estimate itself at the margin would find a true difference of just the margin only every second time.
 */
export function kindOf(
  figure: ComparedFigure,
  effect: Effect,
  marginRatio: number,
): "regression" | "improvement" | "equivalent" | "inconclusive" {
  if (isEquivalent(figure, effect, marginRatio)) return "equivalent";
  if (effect.low <= 0 && effect.high >= 0) return "inconclusive";
  return effect.low > 0 === (figure.worse === "higher") ? "regression" : "improvement";
}

/** Whether means and ranks point the same way: where one far run turns the mean, neither is believed. */
export function areSignsAlike(
  { estimate }: Effect,
  baseline: readonly number[],
  candidate: readonly number[],
): boolean {
  return Math.sign(welch(baseline, candidate).difference) === Math.sign(estimate);
}

/** By how much the side may be worse: the interval's end on that side, 0 when it is surely not. */
export function worstCase({ worse }: ComparedFigure, { low, high }: Pick<Shift, "low" | "high">) {
  return Math.max(0, worse === "higher" ? high : -low);
}

const severity = [
  "regression",
  "invalid",
  "not-comparable",
  "suspect",
  "not-enough-runs",
  "inconclusive",
  "improvement",
  "equivalent",
] as const satisfies readonly VerdictKind[];

/** The one of several that a reader must see first; equivalent of none. */
export function worst(kinds: readonly VerdictKind[]): VerdictKind {
  return severity.find((kind) => kinds.includes(kind)) ?? "equivalent";
}
