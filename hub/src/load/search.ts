// The search for the highest rate that meets an objective. Pure: from what was tried to what to try next. It doubles until a
// rate fails, halves the gap in proportions until it is within the tolerance, and then has the answer confirmed by a second run
// at the same rate: one lucky run is no capacity.
import type { CapacitySearch, Counts, Objective, Spoiler } from "@tidemark/proto";

/** One finished step. */
export interface Tried {
  readonly ratePerSecond: number;
  readonly holds: boolean;
  /** The step said nothing about the target: the generator, not the target, was the limit, or the run did not end well. */
  readonly inconclusive: boolean;
}

export type NextStep =
  | { readonly kind: "try"; readonly ratePerSecond: number }
  | {
      readonly kind: "answer";
      /** Undefined when no rate met the objective. */
      readonly ratePerSecond: number | undefined;
      readonly text: string;
    };

/** A search that has not ended by then ends with what it knows. */
export const stepsMax = 40;
const inconclusiveMax = 3;
const growth = 2;

export function nextStep(search: CapacitySearch, tried: readonly Tried[]): NextStep {
  const last = tried.at(-1);
  if (last === undefined) return attempt(search.fromPerSecond);
  const sound = tried.filter(({ inconclusive }) => !inconclusive);
  const lost = tried.length - sound.length;
  const held = confirmedOf(sound);
  const failed = lowestFailure(sound);
  if (last.inconclusive) {
    // Once more: a neighbour on the generator's host may have been the reason.
    if (lost < inconclusiveMax && tried.length < stepsMax) return attempt(last.ratePerSecond);
    return answer(
      search,
      held.rate,
      `the generator itself could not hold ${rateText(last.ratePerSecond)}`,
    );
  }
  if (tried.length >= stepsMax)
    return answer(search, held.rate, `${stepsMax} steps were not enough to come closer`);
  if (held.rate === undefined) {
    if (failed !== undefined && failed <= search.fromPerSecond)
      return answer(search, undefined, `already ${rateText(failed)} was too much`);
    return attempt(search.fromPerSecond);
  }
  if (held.rate >= search.toPerSecond)
    return held.times > 1
      ? answer(search, held.rate, "nothing higher was to be tried")
      : attempt(held.rate);
  if (failed === undefined)
    return attempt(Math.min(search.toPerSecond, rounded(held.rate * growth)));
  if (failed / held.rate <= 1 + search.toleranceRatio)
    return held.times > 1
      ? answer(search, held.rate, `${rateText(failed)} was too much`)
      : attempt(held.rate);
  const between = rounded(Math.sqrt(held.rate * failed));
  // Rates so low that rounding leaves nothing in between.
  if (between <= held.rate || between >= failed)
    return answer(search, held.rate, `${rateText(failed)} was too much`);
  return attempt(between);
}

/** The highest rate that held below every rate that failed, and how often it held. */
function confirmedOf(sound: readonly Tried[]): { rate: number | undefined; times: number } {
  const ceiling = lowestFailure(sound) ?? Number.POSITIVE_INFINITY;
  const rates = sound
    .filter(({ holds, ratePerSecond }) => holds && ratePerSecond < ceiling)
    .map(({ ratePerSecond }) => ratePerSecond);
  if (rates.length === 0) return { rate: undefined, times: 0 };
  const rate = Math.max(...rates);
  return { rate, times: rates.filter((one) => one === rate).length };
}

function lowestFailure(sound: readonly Tried[]): number | undefined {
  const rates = sound.filter(({ holds }) => !holds).map(({ ratePerSecond }) => ratePerSecond);
  return rates.length === 0 ? undefined : Math.min(...rates);
}

function attempt(ratePerSecond: number): NextStep {
  return { kind: "try", ratePerSecond };
}

function answer(
  { objective, toleranceRatio }: CapacitySearch,
  ratePerSecond: number | undefined,
  why: string,
): NextStep {
  const goal = `p${objective.percentile} ≤ ${objective.responseMs} ms and errors ≤ ${percent(objective.errorRatioMax)}`;
  const text =
    ratePerSecond === undefined
      ? `No rate met ${goal}: ${why}.`
      : `${rateText(ratePerSecond)} is the highest rate that met ${goal}, to within ${percent(toleranceRatio)}: ${why}.`;
  return { kind: "answer", ratePerSecond, text };
}

/** Three digits are enough for a rate and read better. */
function rounded(ratePerSecond: number): number {
  return Number(ratePerSecond.toPrecision(3));
}

const rateText = (ratePerSecond: number) => `${ratePerSecond} requests/s`;
const percent = (ratio: number) => `${Number((ratio * 100).toPrecision(3))} %`;

/** What one step's run showed. */
export interface StepResult {
  readonly completed: boolean;
  readonly cause: string;
  readonly counts: Counts;
  /** The objective's percentile of the response time, µs; NaN when nothing was recorded. */
  readonly percentileMicros: number;
  readonly spoiled: readonly Spoiler[];
}

export interface StepJudgement {
  readonly holds: boolean;
  readonly inconclusive: boolean;
  readonly evidence: string;
  readonly responseMs: number | undefined;
  readonly errorRatio: number | undefined;
}

/** Spoilers that lie with the generator: such a step says nothing about its target. */
const generatorsFault: readonly Spoiler["code"][] = [
  "generator-limited",
  "interrupted",
  "agents-lost",
  "started-apart",
];

export function judgeStep(objective: Objective, result: StepResult): StepJudgement {
  const { counts, percentileMicros, spoiled } = result;
  if (!result.completed)
    return {
      holds: false,
      inconclusive: true,
      evidence: `the step did not complete: ${result.cause}`,
      responseMs: undefined,
      errorRatio: undefined,
    };
  const errors = Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
  const failed = errors + counts.unexpected + counts.dropped;
  const errorRatio = counts.due === 0 ? 0 : failed / counts.due;
  const responseMs = Number.isNaN(percentileMicros) ? undefined : percentileMicros / 1_000;
  const isQuick = responseMs !== undefined && responseMs <= objective.responseMs;
  const isClean = errorRatio <= objective.errorRatioMax;
  const limited = spoiled.find(({ code }) => generatorsFault.includes(code));
  // A few requests wait when any run ends, and their wait is in the response; a rate that was missed is another matter.
  const missed = spoiled.find(({ code }) => code === "rate-missed");
  const figures = `p${objective.percentile} ${responseMs === undefined ? "unknown" : `${Number(responseMs.toPrecision(3))} ms`}, errors ${percent(errorRatio)}`;
  // A generator that was late and met the objective all the same has understated nothing; one that was lost has sent less.
  const isWhole = !spoiled.some(({ code }) => code === "agents-lost");
  const holds = isQuick && isClean && isWhole && missed === undefined;
  return {
    holds,
    inconclusive: !holds && limited !== undefined,
    evidence: [figures, limited?.detail ?? missed?.detail ?? ""]
      .filter((text) => text !== "")
      .join("; "),
    responseMs,
    errorRatio,
  };
}
