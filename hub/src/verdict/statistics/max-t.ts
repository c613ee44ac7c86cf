// One p for each figure of a family that is compared at once, held against the largest statistic of the family under every way
// the runs could have been labelled: Westfall & Young, Resampling-Based Multiple Testing (1993), algorithm 4.1 (step-down maxT).
// Figures of a run go up and down together; Holm and Bonferroni pay for tests that are nearly the same test, this does not.
// The statistic is the standardised rank sum: for a family of one, p is that of the exact rank-sum test, and so agrees with the
// Hodges–Lehmann interval; one outlier among the runs weighs no more than its rank; and figures of any unit are on one scale.
import { ranksOf } from "./ranks.ts";
import { type Block, eachRelabeling } from "./relabelings.ts";

/** A figure's values by run, in the same order of runs in every figure; NaN where a run withholds it. */
export interface FamilyMember {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

/**
 * Adjusted two-sided p of each figure, over all relabelings where there are at most 20,000, otherwise over so many drawn with the
 * seed, the real one counted in (Phipson & Smyth 2010). With `blocks`, the number of each run's block (the baseline's runs first),
 * values are taken as differences from their block's mean, and labels are exchanged within blocks only: for runs of two sides
 * that were executed close together while the host drifted.
 */
export function maxT(
  family: readonly FamilyMember[],
  seed: number,
  blocks?: readonly number[],
): readonly number[] {
  const [first] = family;
  if (first === undefined) return [];
  const runs = first.baseline.length + first.candidate.length;
  const alike = family.every(
    ({ baseline, candidate }) =>
      baseline.length === first.baseline.length && candidate.length === first.candidate.length,
  );
  if (!alike || (blocks !== undefined && blocks.length !== runs))
    throw new RangeError("every figure of a family has the same runs, and every run its block");
  const dealt = blocksOf(blocks ?? Array.from({ length: runs }, () => 0), first.baseline.length);
  const members = family.map(({ baseline, candidate }) =>
    scoresOf([...baseline, ...candidate], dealt),
  );
  return stepDown(members, dealt, seed, first.baseline.length);
}

/** What each run adds to the rank sum when it is the candidate's, and what scales the sum to variance 1. */
interface Scores {
  readonly scores: Float64Array;
  readonly scale: number;
}

function stepDown(
  members: readonly Scores[],
  blocks: readonly Block[],
  seed: number,
  baselineRuns: number,
): readonly number[] {
  const runs = members[0]?.scores.length ?? 0;
  const real = Int32Array.from({ length: runs - baselineRuns }, (_, at) => baselineRuns + at);
  const observed = members.map((member) => statistic(member, real));
  const largestFirst = observed.map((_, at) => at);
  largestFirst.sort((left, right) => (observed[right] ?? 0) - (observed[left] ?? 0));
  // As arrays by rank from the smallest up, since the loop below runs a thousandfold.
  const upwards = largestFirst.toReversed().flatMap((at) => members[at] ?? []);
  // Sums that are equal on paper must be equal here.
  const reached = Float64Array.from(upwards, (member) => statistic(member, real) * (1 - 1e-9));
  const exceeded = new Float64Array(upwards.length);
  const { visited, isExact } = eachRelabeling(blocks, seed, (chosen) => {
    let largest = 0;
    for (let at = 0; at < upwards.length; at += 1) {
      const member = upwards[at];
      if (member === undefined) continue;
      largest = Math.max(largest, statistic(member, chosen));
      if (largest >= (reached[at] ?? 0)) exceeded[at] = (exceeded[at] ?? 0) + 1;
    }
  });
  const itself = isExact ? 0 : 1;
  const adjusted = members.map(() => 1);
  let atLeast = 0;
  largestFirst.forEach((figure, rank) => {
    const count = exceeded[upwards.length - 1 - rank] ?? 0;
    // A smaller statistic never has the smaller p.
    atLeast = Math.max(atLeast, (count + itself) / (visited + itself));
    adjusted[figure] = atLeast;
  });
  return adjusted;
}

function statistic({ scores, scale }: Scores, chosen: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < chosen.length; at += 1) sum += scores[chosen[at] ?? 0] ?? 0;
  return Math.abs(sum) * scale;
}

function blocksOf(numbers: readonly number[], baselineRuns: number): readonly Block[] {
  return [...new Set(numbers)].map((number) => {
    const places = numbers.flatMap((other, place) => (other === number ? [place] : []));
    return {
      places: Int32Array.from(places),
      candidates: places.filter((place) => place >= baselineRuns).length,
    };
  });
}

/** Twice the midranks, centred in each block; 0 for a withheld figure, so that it pulls to neither side. */
function scoresOf(values: readonly number[], blocks: readonly Block[]): Scores {
  const aligned = blocks.length === 1 ? values : alignedOf(values, blocks);
  const present = aligned.flatMap((value, place) => (Number.isNaN(value) ? [] : [place]));
  const { doubled } = ranksOf(present.map((place) => aligned[place] ?? Number.NaN));
  const scores = new Float64Array(values.length).fill(Number.NaN);
  present.forEach((place, at) => (scores[place] = doubled[at] ?? Number.NaN));
  let spread = 0;
  for (const { places, candidates } of blocks) {
    const centre = presentMean(places, scores);
    let squares = 0;
    for (const place of places) {
      const score = scores[place] ?? Number.NaN;
      const centred = Number.isNaN(score) ? 0 : score - centre;
      scores[place] = centred;
      squares += centred ** 2;
    }
    const all = places.length;
    if (all > 1) spread += ((candidates * (all - candidates)) / (all * (all - 1))) * squares;
  }
  return { scores, scale: spread > 0 ? 1 / Math.sqrt(spread) : 0 };
}

/** Aligned ranks: Hodges & Lehmann, Rank Methods for Combination of Independent Experiments (1962). */
function alignedOf(values: readonly number[], blocks: readonly Block[]): readonly number[] {
  const all = Float64Array.from(values);
  const aligned = values.slice();
  for (const { places } of blocks) {
    const centre = presentMean(places, all);
    // Twelve digits: differences that are equal on paper are to be ties.
    for (const place of places)
      aligned[place] = Number(((all[place] ?? Number.NaN) - centre).toPrecision(12));
  }
  return aligned;
}

function presentMean(places: Int32Array, values: Float64Array): number {
  let sum = 0;
  let present = 0;
  for (const place of places) {
    const value = values[place] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    present += 1;
  }
  return sum / present;
}
