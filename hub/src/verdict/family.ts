// Every figure of a comparison, tested together: what the runs of two sides say of each. Pure.
import type { FigureComparison, VerdictKind } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";
import { type ComparedFigure, familyOf, scaled, shownAs } from "./compared-figures.ts";
import {
  type Effect,
  alpha,
  areSignsAlike,
  blockedEffectOf,
  effectOf,
  isEquivalent,
  kindOf,
  seed,
} from "./effect.ts";
import { detectableRatio } from "./statistics/detectable.ts";
import { maxT } from "./statistics/max-t.ts";
import { pooledSd } from "./statistics/noise.ts";

export interface Tested {
  readonly figure: ComparedFigure;
  /** Runs of the smaller side that bring the figure. */
  readonly runs: number;
  /** On the figure's scale. */
  readonly effect: Effect | undefined;
  readonly noise: number | undefined;
  readonly adjustedP: number | undefined;
  /** Means and ranks contradict each other. */
  readonly isContradictory: boolean;
  readonly comparison: FigureComparison;
}

/** Runs that count, with the number of each one's block where they were interleaved: the baseline's first. */
export interface Comparable {
  readonly baseline: readonly RunEvidence[];
  readonly candidate: readonly RunEvidence[];
  readonly blocks: readonly number[] | undefined;
  readonly marginRatio: number;
}

export function testFamily(comparable: Comparable): readonly Tested[] {
  const { baseline, candidate } = comparable;
  const family = familyOf([...baseline, ...candidate]);
  const members = family.map((figure) => ({
    figure,
    baseline: baseline.map((run) => valueOf(figure, run)),
    candidate: candidate.map((run) => valueOf(figure, run)),
  }));
  const { blocks } = comparable;
  // Blocks too few to show anything are no reason to show nothing.
  const effects = members.map((member) => blockedEffect(member, blocks));
  const isBlocked = effects.some((effect) => effect !== undefined);
  const adjusted = maxT(members, seed, isBlocked ? blocks : undefined);
  return members.map((member, at) =>
    tested(
      member,
      (isBlocked ? effects[at] : undefined) ??
        effectOf(present(member.baseline), present(member.candidate)),
      adjusted[at],
      comparable.marginRatio,
    ),
  );
}

interface Member {
  readonly figure: ComparedFigure;
  /** On the figure's scale by run; NaN where a run withholds it. */
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

function valueOf(figure: ComparedFigure, { figures }: RunEvidence): number {
  const value = figure.value(figures);
  return value === undefined ? Number.NaN : scaled(figure, value);
}

const present = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));

/** Undefined unless every run has the figure, since a block without one side says nothing. */
function blockedEffect(
  { baseline, candidate }: Member,
  blocks: readonly number[] | undefined,
): Effect | undefined {
  if (blocks === undefined || [...baseline, ...candidate].some(Number.isNaN)) return undefined;
  return blockedEffectOf(
    { values: baseline, blocks: blocks.slice(0, baseline.length) },
    { values: candidate, blocks: blocks.slice(baseline.length) },
  );
}

function tested(
  { figure, ...sides }: Member,
  effect: Effect | undefined,
  p: number | undefined,
  marginRatio: number,
): Tested {
  const baseline = present(sides.baseline);
  const candidate = present(sides.candidate);
  const noise = pooledSd([baseline, candidate]);
  const runs = Math.min(baseline.length, candidate.length);
  const kind = effect === undefined ? "not-enough-runs" : kindOf(figure, effect, marginRatio);
  const isSure = kind === "regression" || kind === "improvement";
  const isContradictory =
    isSure && effect !== undefined && !areSignsAlike(effect, baseline, candidate);
  const adjustedP = effect === undefined ? undefined : p;
  const verdict: VerdictKind =
    isSure && (isContradictory || (adjustedP ?? 1) > alpha) ? "inconclusive" : kind;
  const shown = (amount: number | undefined) =>
    amount === undefined ? null : shownAs(figure, amount);
  return {
    figure,
    runs,
    effect,
    noise,
    adjustedP,
    isContradictory,
    comparison: {
      figure: figure.figure,
      baseline: middle(baseline, figure),
      candidate: middle(candidate, figure),
      unit: figure.unit,
      ratio: shown(effect?.estimate),
      low: shown(effect?.low),
      high: shown(effect?.high),
      confidence: effect?.confidence ?? null,
      adjustedP: adjustedP ?? null,
      isEquivalent: effect !== undefined && isEquivalent(figure, effect, marginRatio),
      detectable: detectableOf(figure, noise, runs),
      noise: noise ?? null,
      verdict,
    },
  };
}

/** A ratio less one, or a difference; null where no number of runs would have found anything. */
export function detectableOf(
  { scale }: ComparedFigure,
  noise: number | undefined,
  runsEach: number,
): number | null {
  if (noise === undefined) return null;
  const ratio = detectableRatio(noise, runsEach);
  if (!Number.isFinite(ratio)) return null;
  return scale === "ratio" ? ratio : Math.log1p(ratio);
}

/** The median as it was measured; null of nothing. */
function middle(values: readonly number[], { scale }: ComparedFigure): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  const value = (lower + upper) / 2;
  return scale === "ratio" ? Math.exp(value) : value;
}
