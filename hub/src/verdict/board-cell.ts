// One cell of the release board: runs of one release against those of another, by one figure. Pure.
import type { BoardCell, VerdictKind } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";
import { magnitude, percentage, signedInterval, wordedInterval } from "./amounts.ts";
import { type ComparedFigure, scaled, shownAs } from "./compared-figures.ts";
import { areKeysEqual } from "./differences.ts";
import { type Effect, areSignsAlike, effectOf, kindOf, runsEachMin, worstCase } from "./effect.ts";
import { medianOf } from "./statistics/median.ts";
import { amountsOf, countedText, direction } from "./sentences.ts";

/** The newest runs of a cell that count. */
export const cellRunsMax = 20;

/** What counts of a cell: valid runs made as its newest was, newest first. */
export interface CellRuns {
  readonly column: string;
  readonly all: number;
  readonly pattern: RunEvidence | undefined;
  /** On the figure's scale. */
  readonly values: readonly number[];
}

export function cellRuns(
  column: string,
  runs: readonly RunEvidence[],
  figure: ComparedFigure,
): CellRuns {
  const valid = runs.filter(({ validity }) => validity.level !== "invalid");
  const [pattern] = valid;
  const values = valid
    .filter((run) => pattern !== undefined && areKeysEqual(run, pattern))
    .slice(0, cellRunsMax)
    .flatMap(({ figures }) => {
      const value = figure.value(figures);
      return value === undefined ? [] : [scaled(figure, value)];
    });
  return { column, all: runs.length, pattern, values };
}

/** `against`: undefined in the baseline itself, and where there is nothing to compare with. */
export function cellOf(
  operation: string,
  against: CellRuns | undefined,
  side: CellRuns,
  figure: ComparedFigure,
  marginRatio: number,
): BoardCell {
  const cell = { runs: side.values.length, value: middle(side.values, figure) };
  const alone = { ...cell, ratio: null, low: null, high: null };
  if (side.pattern === undefined)
    return {
      ...alone,
      verdict: "invalid",
      sentence: `${operation}: none of ${side.all} runs with ${side.column} is valid`,
    };
  if (against?.pattern === undefined)
    return {
      ...alone,
      verdict: null,
      sentence: `${operation}: ${side.values.length} runs with ${side.column}, compared with none`,
    };
  if (!areKeysEqual(side.pattern, against.pattern))
    return {
      ...alone,
      verdict: "not-comparable",
      sentence: `${operation} ran otherwise with ${side.column} than with ${against.column}`,
    };
  const labels = { baseline: against.column, candidate: side.column };
  const counts = { baseline: against.values.length, candidate: side.values.length };
  const effect = effectOf(against.values, side.values);
  if (effect === undefined)
    return {
      ...alone,
      verdict: "not-enough-runs",
      sentence: `${operation}: ${countedText(labels, counts)}; to compare them takes ${runsEachMin} of each`,
    };
  const kind = kindOf(figure, effect, marginRatio);
  const isSure = kind === "regression" || kind === "improvement";
  const verdict: VerdictKind =
    isSure && !areSignsAlike(effect, against.values, side.values) ? "inconclusive" : kind;
  const { estimate, low, high } = amountsOf(figure, effect);
  return {
    ...cell,
    ratio: estimate,
    low,
    high,
    verdict,
    sentence: sentenceOf(operation, against.column, figure, effect, verdict, marginRatio),
  };
}

function sentenceOf(
  operation: string,
  against: string,
  figure: ComparedFigure,
  effect: Effect,
  verdict: VerdictKind,
  marginRatio: number,
): string {
  const amounts = amountsOf(figure, effect);
  if (verdict === "regression" || verdict === "improvement") {
    const much = `${magnitude(figure, amounts.estimate)} ${direction(figure, amounts)} ${wordedInterval(figure, amounts)}`;
    return `${operation} ${figure.unit === "us" ? "is" : "has"} ${much} than ${against}`;
  }
  if (verdict === "equivalent") {
    const { low, high } = effect.inner;
    const inner = { low: shownAs(figure, low), high: shownAs(figure, high) };
    const margin =
      figure.scale === "ratio"
        ? percentage(figure.marginOf(marginRatio))
        : `${figure.marginOf(marginRatio) * 100} points`;
    return `${operation} is within ±${margin} of ${against}: ${signedInterval(figure, inner)}`;
  }
  const bad = worstCase(figure, effect);
  const estimate = shownAs(figure, figure.worse === "higher" ? bad : -bad);
  const could =
    bad > 0
      ? `could ${figure.unit === "us" ? "be" : "have"} ${magnitude(figure, estimate)} ${direction(figure, { estimate })}`
      : "is no worse, how much better is open";
  return `${operation} against ${against}: ${signedInterval(figure, amounts)}, ${could}`;
}

/** The median, as it was measured. */
function middle(values: readonly number[], { scale }: ComparedFigure): number | null {
  if (values.length === 0) return null;
  const level = medianOf(values);
  return scale === "ratio" ? Math.exp(level) : level;
}
