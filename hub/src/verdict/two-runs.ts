// What two single runs can say: that they differ, and whether earlier runs of the same thing differ as much. Never a verdict: one run
// of each release, and 87 of 100 times two runs of one release would "differ" by their requests (statistics reference 2.1). Pure.
import type { RunEvidence } from "../evidence/evidence.ts";
import { magnitude, percentage, signedInterval } from "./amounts.ts";
import { type ComparedFigure, comparedFigures, scaled, shownAs } from "./compared-figures.ts";
import { areKeysEqual } from "./differences.ts";
import { type Labels, direction, twoRunsText } from "./sentences.ts";
import { historyRunsMin } from "./statistics/prediction.ts";
import { variance } from "./statistics/noise.ts";
import { tQuantile } from "./statistics/student.ts";

const latencies = [comparedFigures.p50, comparedFigures.p95, comparedFigures.p99];
/** 99 %, since tails of a run are more often far out than 95 % would have it. */
const quantile = 0.995;

/** `3.6 differs from 3.5 in these two runs: 7.2 % slower at p99; repeatability unknown`. */
export function twoRunsSentence(labels: Labels, before: RunEvidence, after: RunEvidence): string {
  const differing = latencies.flatMap((figure) => {
    const [one, other] = [figure.value(before.figures), figure.value(after.figures)];
    if (one === undefined || other === undefined) return [];
    const estimate = shownAs(figure, scaled(figure, other) - scaled(figure, one));
    return estimate === 0
      ? []
      : [`${magnitude(figure, estimate)} ${direction(figure, { estimate })} at ${figure.figure}`];
  });
  const what = differing.length === 0 ? "the same figures" : differing.join(", ");
  return `${labels.candidate} differs from ${labels.baseline} in these two runs: ${what}; repeatability unknown`;
}

/** Each latency of both runs with its interval within the run. */
export function withinRunsRemarks(
  labels: Labels,
  before: RunEvidence,
  after: RunEvidence,
): readonly string[] {
  const texts = latencies.flatMap((figure) => {
    const [one, other] = [onceOf(figure, before), onceOf(figure, after)];
    return one === undefined || other === undefined
      ? []
      : [twoRunsText(labels, figure, one, other)];
  });
  return texts.map((text) => `${text}: 95 % intervals within the run, repeatability unknown`);
}

/**
 * Of each latency, whether the two runs are further apart than two of the history: t_{m−1} at 99 % times √(max(2 s_h², s_wA² + s_wB²)),
 * with s_h the spread between the m earlier runs and s_w that within each run. A remark of at least eight earlier runs.
 */
export function historyRemarks(
  { baseline, candidate }: Labels,
  before: RunEvidence,
  after: RunEvidence,
  history: readonly RunEvidence[],
): readonly string[] {
  const alike = history.filter(
    (run) =>
      run.validity.level !== "invalid" &&
      run.run !== before.run &&
      run.run !== after.run &&
      areKeysEqual(run, before),
  );
  return latencies.flatMap((figure) => {
    const earlier = alike.flatMap(({ figures }) => figure.value(figures) ?? []);
    const [one, other] = [onceOf(figure, before), onceOf(figure, after)];
    if (earlier.length < historyRunsMin || one === undefined || other === undefined) return [];
    const between = 2 * variance(earlier.map((value) => scaled(figure, value)));
    const within = withinVariance(one.interval) + withinVariance(other.interval);
    const reach = tQuantile(quantile, earlier.length - 1) * Math.sqrt(Math.max(between, within));
    const difference = scaled(figure, other.value) - scaled(figure, one.value);
    const usual = signedInterval(figure, {
      low: shownAs(figure, -reach),
      high: shownAs(figure, reach),
    });
    const estimate = shownAs(figure, difference);
    const much = `${percentage(Math.abs(estimate))} ${direction(figure, { estimate })}`;
    const news =
      Math.abs(difference) > reach
        ? `more than the ${usual} by which two of ${earlier.length} earlier runs differ in 99 of 100 cases`
        : `no more than ${usual}, by which two of ${earlier.length} earlier runs differ too`;
    return [`${figure.figure}: ${candidate} is ${much} than ${baseline}, ${news}`];
  });
}

function onceOf(figure: ComparedFigure, { figures }: RunEvidence) {
  const value = figure.value(figures);
  const interval = latencyInterval(figure, figures);
  return value === undefined ? undefined : { value, interval };
}

function latencyInterval({ figure }: ComparedFigure, { intervals }: RunEvidence["figures"]) {
  return figure === "p50" || figure === "p95" || figure === "p99" ? intervals[figure] : null;
}

/** Of the logarithm, from an interval of 95 %: about two standard errors to either side. */
function withinVariance(interval: readonly [number, number] | null): number {
  if (interval === null) return 0;
  const [low, high] = interval;
  return low > 0 ? (Math.log(high / low) / (2 * 2)) ** 2 : 0;
}
