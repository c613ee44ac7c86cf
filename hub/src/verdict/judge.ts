// A verdict: two groups of runs in, one of a closed set out, with a sentence, its figures and what would settle it. The run is the unit
// of evidence; methods and thresholds are those of deploy/docs/verdicts.md. Pure.
import type { VariantLabels, Verdict, VerdictKind } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";
import { type Design, blockNumbers } from "./blocks.ts";
import { scaledMargin } from "./compared-figures.ts";
import { environmentChanges, keyDifferences } from "./differences.ts";
import { runsEachMin, worst, worstCase } from "./effect.ts";
import { type Tested, testFamily } from "./family.ts";
import { remarksOf } from "./remarks.ts";
import {
  type Labels,
  amountsOf,
  differsSentence,
  equivalentSentence,
  fewRunsSentence,
  groundsText,
  inconclusiveSentence,
  invalidSentence,
  needsText,
  notComparableSentence,
  settlesText,
  suspectSentence,
} from "./sentences.ts";
import { type CountedSide, type Sides, invalidReasons, shownSide, sidesOf } from "./sides.ts";
import { historyRemarks, twoRunsSentence, withinRunsRemarks } from "./two-runs.ts";

export interface JudgeInput {
  readonly baseline: readonly RunEvidence[];
  readonly candidate: readonly RunEvidence[];
  readonly labels: Labels;
  /** What both sides have in common. */
  readonly stratum: VariantLabels;
  /** Differences below this do not matter: .05 is 5 %. */
  readonly marginRatio: number;
  readonly design: Design;
  /** Earlier runs, for what two single runs are held against. */
  readonly history?: readonly RunEvidence[];
  /** Runs of each side that were decided on beforehand and are not all done: until then there is no verdict, whatever they say. */
  readonly plannedRunsEach?: number;
}

/** Four figures that are tested at once need one run more. */
const runsEachMinOfFour = 5;

export function judge(input: JudgeInput): Verdict {
  const sides = sidesOf(input, input.labels);
  const {
    kind,
    sentence,
    settles = "",
    remarks = [],
    tested = [],
    differences = [],
  } = decide(input, sides);
  return {
    kind,
    stratum: { ...input.stratum },
    sentence: shortened(sentence),
    settles: shortened(settles),
    marginRatio: input.marginRatio,
    design: input.design.kind,
    baseline: shownSide(sides.baseline),
    candidate: shownSide(sides.candidate),
    figures: tested.map(({ comparison }) => comparison),
    keyDifferences: [...differences],
    environmentChanges: environmentChanges(sides.baseline.counted, sides.candidate.counted),
    remarks: [...remarks, ...remarksOf(sides, input.design, tested)].map(shortened),
  };
}

interface Decision {
  readonly kind: VerdictKind;
  readonly sentence: string;
  readonly settles?: string;
  readonly remarks?: readonly string[];
  readonly tested?: readonly Tested[];
  readonly differences?: Verdict["keyDifferences"];
}

function decide(input: JudgeInput, sides: Sides): Decision {
  const { baseline, candidate } = sides;
  for (const side of [candidate, baseline])
    if (side.runs.length > 0 && side.counted.length === 0) return invalid(side);
  const differences = keyDifferences(baseline.counted, candidate.counted);
  const hasBoth = baseline.counted.length > 0 && candidate.counted.length > 0;
  if (hasBoth && differences.length > 0)
    return {
      kind: "not-comparable",
      sentence: notComparableSentence(input.labels, differences),
      settles: "runs of both sides made the same way would be comparable",
      differences,
    };
  const tested = testFamily({
    baseline: baseline.counted,
    candidate: candidate.counted,
    blocks: blockNumbers(input.design, baseline.counted, candidate.counted),
    marginRatio: input.marginRatio,
  });
  return fewRuns(input, sides, tested) ?? { tested, ...settled(input, sides, tested) };
}

function invalid({ label, runs }: CountedSide): Decision {
  const reasons = [...new Set(runs.flatMap(invalidReasons))];
  return {
    kind: "invalid",
    sentence: invalidSentence(label, runs.length, reasons),
    settles: "runs without these faults would count",
  };
}

/** Undefined with runs enough. */
function fewRuns(
  input: JudgeInput,
  { baseline, candidate }: Sides,
  tested: readonly Tested[],
): Decision | undefined {
  const { labels, marginRatio, plannedRunsEach = 0 } = input;
  const counts = countsOf({ baseline, candidate });
  const least = tested.filter(isVaried).length >= 4 ? runsEachMinOfFour : runsEachMin;
  const isUnderWay = plannedRunsEach > Math.min(baseline.runs.length, candidate.runs.length);
  if (Math.min(counts.baseline, counts.candidate) >= least && !isUnderWay) return undefined;
  const needs = isUnderWay
    ? `the verdict is drawn from ${plannedRunsEach} of each, as was decided before the first`
    : needsText(tested, marginRatio, least);
  const suspect = candidate.counted.find(isSuspect);
  if (suspect !== undefined)
    return {
      kind: "suspect",
      sentence: suspectSentence(candidate.label, suspectDetails(suspect)),
      settles: needs,
      tested,
    };
  const [before, after] = [baseline.counted[0], candidate.counted[0]];
  const isOneEach = counts.baseline === 1 && counts.candidate === 1 && !isUnderWay;
  if (isOneEach && before !== undefined && after !== undefined)
    return {
      kind: "not-enough-runs",
      sentence: `${twoRunsSentence(labels, before, after)}; ${needs}`,
      settles: needs,
      remarks: [
        ...withinRunsRemarks(labels, before, after),
        ...historyRemarks(labels, before, after, input.history ?? []),
      ],
      tested,
    };
  return {
    kind: "not-enough-runs",
    sentence: fewRunsSentence(labels, counts, needs),
    settles: needs,
    tested,
  };
}

function settled(input: JudgeInput, sides: Sides, tested: readonly Tested[]): Decision {
  const { labels, marginRatio } = input;
  const counts = countsOf(sides);
  const of = (kind: VerdictKind) => tested.filter(({ comparison }) => comparison.verdict === kind);
  const regressions = strongestFirst(of("regression"), marginRatio);
  const improvements = strongestFirst(of("improvement"), marginRatio);
  const open = of("inconclusive").toSorted(
    (one, other) => harm(other, marginRatio) - harm(one, marginRatio),
  );
  const kind = overall(tested, marginRatio);
  const [first] = kind === "regression" ? regressions : improvements;
  if (first !== undefined && (kind === "regression" || kind === "improvement"))
    return {
      kind,
      sentence: `${differing(labels, first)}${groundsText(first, counts)}${contrary(kind, improvements)}`,
      settles: "",
    };
  const [widest] = open;
  if (kind === "inconclusive" && widest !== undefined)
    return {
      kind,
      sentence: inconclusiveSentence(labels, widest, marginRatio, counts),
      settles: settlesText(widest, marginRatio),
    };
  if (kind === "equivalent")
    return { kind, sentence: equivalentSentence(labels, of("equivalent"), marginRatio, counts) };
  const needs = needsText(tested, marginRatio, runsEachMin);
  return { kind, sentence: fewRunsSentence(labels, counts, needs), settles: needs };
}

/**
 * Any regression is one. Without, a figure that may be worse by more than matters keeps it open, whatever else is better; then an
 * improvement, then whatever is left.
 */
function overall(tested: readonly Tested[], marginRatio: number): VerdictKind {
  const kinds = tested.flatMap(({ effect, comparison }) =>
    effect === undefined ? [] : [comparison.verdict],
  );
  if (kinds.length === 0) return "not-enough-runs";
  const isHarmless = (one: Tested) =>
    one.comparison.verdict !== "inconclusive" || harm(one, marginRatio) < 1;
  if (kinds.includes("regression")) return "regression";
  if (kinds.includes("improvement") && tested.every(isHarmless)) return "improvement";
  return worst(kinds);
}

/** How much worse the figure may be, in margins. */
function harm({ figure, effect }: Tested, marginRatio: number): number {
  return effect === undefined ? 0 : worstCase(figure, effect) / scaledMargin(figure, marginRatio);
}

/** By p, then by size in margins, then as figures are listed: the clearest is told. */
function strongestFirst(tested: readonly Tested[], marginRatio: number): readonly Tested[] {
  const size = ({ figure, effect }: Tested) =>
    Number((Math.abs(effect?.estimate ?? 0) / scaledMargin(figure, marginRatio)).toPrecision(6));
  return tested.toSorted(
    (one, other) => (one.adjustedP ?? 1) - (other.adjustedP ?? 1) || size(other) - size(one),
  );
}

function differing(labels: Labels, { figure, effect }: Tested): string {
  return effect === undefined ? "" : differsSentence(labels, figure, amountsOf(figure, effect));
}

/** A regression does not hide what became better. */
function contrary(kind: VerdictKind, improvements: readonly Tested[]): string {
  if (kind !== "regression" || improvements.length === 0) return "";
  return `; but better: ${improvements.map((one) => differing({ baseline: "", candidate: "it" }, one)).join(", ")}`;
}

const countsOf = ({ baseline, candidate }: Sides) => ({
  baseline: baseline.counted.length,
  candidate: candidate.counted.length,
});
/** Errors are 0 in most comparisons, and then no fourth figure. */
const isVaried = ({ noise, effect }: Tested) => (noise ?? 0) > 0 || (effect?.estimate ?? 0) !== 0;
const isSuspect = (run: RunEvidence) => suspectDetails(run).length > 0;
const suspectDetails = ({ validity }: RunEvidence) =>
  validity.findings.filter(({ rule }) => rule === "suspect").map(({ detail }) => detail);

const textLengthMax = 512;
const shortened = (text: string) =>
  text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax - 1)}…`;
