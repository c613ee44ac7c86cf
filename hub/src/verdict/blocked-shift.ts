// By how much one side lies above the other when their runs were interleaved: what drifted from block to block is taken out first.
// Aligned ranks (Hodges & Lehmann, Rank Methods for Combination of Independent Experiments, 1962): every value less its block's
// level; the shift is the median of all differences, as without blocks, and the interval's rank k comes from the distribution of
// the rank sum over relabelings within blocks. Simulated, 8 against 8 runs in blocks of four, 5 % apart with a spread of 3 %: found
// in .82 of cases of independent noise (.84 without blocks), in .98 at a correlation of .6 (.93), in .76 on a random walk (.65); of
// sides alike, .04 or fewer were told apart in each.
import { type Shift, shiftEstimate } from "./statistics/hodges-lehmann.ts";
import { medianOf, middleOf } from "./statistics/median.ts";
import { ranksOf } from "./statistics/ranks.ts";
import { type Block, eachRelabeling } from "./statistics/relabelings.ts";

/** The values of one side, and the number of the block each was taken in; every block has both sides. */
export interface BlockedSide {
  readonly values: readonly number[];
  readonly blocks: readonly number[];
}

/**
 * Relabelings below which an interval is so coarse that blocks cost more than drift does. 5 against 5 have 72: a candidate 5 % slower
 * was found in .31 of cases, without blocks in .65 (.54 and .73 at a correlation of .6); from 6 against 6 on, 216, it is the same.
 */
const relabelingsMin = 100;

/**
 * The shift, and its interval for any alpha, all from the same relabelings, which are what costs. An interval is undefined with too few
 * of them: the one without blocks is sound for interleaved runs too, and then narrower.
 */
export function blockedShift(
  baseline: BlockedSide,
  candidate: BlockedSide,
  seed: number,
): (alpha: number) => Shift | undefined {
  const levels = levelsOf(baseline, candidate);
  const before = aligned(baseline, levels);
  const after = aligned(candidate, levels);
  const differences = Float64Array.from(
    before.flatMap((one) => after.map((other) => other - one)),
  ).sort();
  const estimate = middleOf(differences);
  // Without the shift, the two sides are alike, and any relabeling is as likely as the real one.
  const alike = [...before, ...after.map((value) => value - estimate)];
  const rankSums = rankSumsOf(alike, baseline, candidate, seed);
  return (alpha) => {
    const critical = criticalOf(rankSums, alpha);
    if (critical === undefined) return undefined;
    const { k, confidence } = critical;
    return {
      estimate,
      low: differences.at(k - 1) ?? Number.NaN,
      high: differences.at(-k) ?? Number.NaN,
      confidence,
    };
  };
}

/** Medians, once the sides' difference is taken out: of a mean one far run carries its whole block away. */
function levelsOf(baseline: BlockedSide, candidate: BlockedSide): ReadonlyMap<number, number> {
  const apart = shiftEstimate(baseline.values, candidate.values);
  const valuesIn = ({ values, blocks }: BlockedSide, block: number) =>
    values.filter((_, at) => blocks[at] === block);
  return new Map(
    baseline.blocks.map((block) => [
      block,
      medianOf([
        ...valuesIn(baseline, block),
        ...valuesIn(candidate, block).map((value) => value - apart),
      ]),
    ]),
  );
}

function aligned({ values, blocks }: BlockedSide, levels: ReadonlyMap<number, number>): number[] {
  return values.map((value, at) => value - (levels.get(blocks[at] ?? -1) ?? Number.NaN));
}

/** How often each rank sum occurs among the relabelings. */
interface RankSums {
  /** By twice U, which is whole with ties too. */
  readonly counts: Float64Array;
  readonly pairs: number;
  readonly visited: number;
}

function rankSumsOf(
  values: readonly number[],
  baseline: BlockedSide,
  candidate: BlockedSide,
  seed: number,
): RankSums {
  const { doubled } = ranksOf(values);
  const pairs = baseline.values.length * candidate.values.length;
  const least = candidate.values.length * (candidate.values.length + 1);
  const counts = new Float64Array(2 * pairs + 1);
  const { visited } = eachRelabeling(blocksOf(baseline, candidate), seed, (chosen) => {
    let sum = 0;
    for (const place of chosen) sum += doubled[place] ?? 0;
    counts[sum - least] = (counts[sum - least] ?? 0) + 1;
  });
  return { counts, pairs, visited };
}

/** The largest k for which U ≤ k − 1 or U ≥ mn + 1 − k has at most probability alpha. */
function criticalOf(
  { counts, pairs, visited }: RankSums,
  alpha: number,
): { readonly k: number; readonly confidence: number } | undefined {
  if (visited < relabelingsMin) return undefined;
  const tailsAt = (twiceU: number) => (counts[twiceU] ?? 0) + (counts[2 * pairs - twiceU] ?? 0);
  let k = 0;
  let beyond = 0;
  for (; 2 * k < pairs; k += 1) {
    const next = beyond + tailsAt(2 * k) + (k === 0 ? 0 : tailsAt(2 * k - 1));
    if (next > alpha * visited * (1 + 1e-12)) break;
    beyond = next;
  }
  return k === 0 ? undefined : { k, confidence: 1 - beyond / visited };
}

function blocksOf(baseline: BlockedSide, candidate: BlockedSide): readonly Block[] {
  const numbers = [...baseline.blocks, ...candidate.blocks];
  return [...new Set(numbers)].map((number) => ({
    places: Int32Array.from(numbers.flatMap((other, place) => (other === number ? [place] : []))),
    candidates: candidate.blocks.filter((other) => other === number).length,
  }));
}
