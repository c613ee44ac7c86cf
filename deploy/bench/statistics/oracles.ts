// What others printed, and what can be counted one by one, beside what our formulas say.
import { medianInterval } from "../../../hub/src/verdict/statistics/median-interval.ts";
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";
import { criticalMax, sideMin } from "../../../hub/src/verdict/statistics/rank-cusum.ts";
import { rankSum } from "../../../hub/src/verdict/statistics/rank-sum.ts";
import { benchstatCells, benchstatMissing } from "../../test/benchstat.ts";
import type { Part } from "../generate/part.ts";
import { result } from "../result.ts";

const countedValuesMax = 12;
const orders = 20_000;
const seed = 45;

export const oracles: Part = {
  name: "oracles",
  async run({ progress }) {
    const results = [];
    const notes = [];
    const missing = await benchstatMissing();
    if (missing === undefined) {
      const cells = await benchstatCells({ medianInterval, rankSum });
      const alike = cells.filter(({ ours, expected }) => ours === expected).length;
      for (const { name, ours, expected } of cells)
        if (ours !== expected) progress(`${name}: ${ours}, benchstat ${expected}`);
      results.push(
        result(
          "benchstat's cells reproduced",
          (100 * alike) / cells.length,
          "%",
          { atLeast: 100 },
          { cells: cells.length },
        ),
      );
    } else {
      progress(missing);
      notes.push(`benchstat was not compared: ${missing}.`);
    }
    progress("p against counting every division of the runs");
    const untied = furthestFromCounted((at) => at);
    const tied = furthestFromCounted((at) => Math.floor((at * 5) / 7));
    results.push(
      result(
        "Mann–Whitney p, furthest from the counted one",
        Math.max(untied, tied),
        "",
        { atMost: 1e-9 },
        { "without ties": untied, "with ties": tied },
      ),
    );
    progress(`thresholds of the rank CUSUM over ${orders} random orders`);
    results.push(...[20, 60, 200].map(thresholds));
    notes.push(
      `Mann–Whitney: every u of every pair of sizes with up to ${countedValuesMax} values, against all ways to divide them. Thresholds: how often ${orders} random orders exceed the table, in %.`,
    );
    return { results, notes };
  },
};

/** The largest difference of p, over every way in which so many values could have fallen to two sides. */
function furthestFromCounted(valueAt: (at: number) => number): number {
  let furthest = 0;
  for (let all = 2; all <= countedValuesMax; all += 1) {
    const values = Array.from({ length: all }, (_, at) => valueAt(at));
    for (let m = 1; m < all; m += 1) {
      const divisions = divisionsOf(values, m);
      const sums = divisions.map(({ wins }) => wins).toSorted((left, right) => left - right);
      for (const { first, second, wins } of divisions) {
        const atMost = sums.findLastIndex((sum) => sum <= wins) + 1;
        const atLeast = sums.length - sums.findIndex((sum) => sum >= wins);
        const p = Math.min(1, (2 * Math.min(atMost, atLeast)) / sums.length);
        furthest = Math.max(furthest, Math.abs(rankSum(first, second).p - p));
      }
    }
  }
  return furthest;
}

function divisionsOf(values: readonly number[], m: number) {
  const masks = Array.from({ length: 2 ** values.length }, (_, mask) => mask);
  return masks.flatMap((mask) => {
    const first = values.filter((_, at) => (mask & (1 << at)) !== 0);
    if (first.length !== m) return [];
    const second = values.filter((_, at) => (mask & (1 << at)) === 0);
    const wins = first.reduce(
      (sum, one) =>
        sum + second.reduce((won, other) => won + (one > other ? 1 : one === other ? 0.5 : 0), 0),
      0,
    );
    return [{ first, second, wins }];
  });
}

const alphas = [0.05, 0.01, 0.001] as const;

function thresholds(length: number) {
  const random = seededRandom(seed);
  const ranks = Float64Array.from({ length }, (_, at) => at + 1);
  const exceeded = alphas.map(() => 0);
  for (let order = 0; order < orders; order += 1) {
    const max = largest(ranks, random);
    alphas.forEach((alpha, at) => {
      if (max > criticalMax(length, alpha)) exceeded[at] = (exceeded[at] ?? 0) + 1;
    });
  }
  const percent = (at: number) => (100 * (exceeded[at] ?? 0)) / orders;
  return result(
    `rank CUSUM of ${length}: beyond the .05 threshold`,
    percent(0),
    "%",
    { atMost: 5.5 },
    {
      ".01": percent(1),
      ".001": percent(2),
    },
  );
}

/** Shuffles and sums at once; on its own, so as not to test the hub's code with itself. */
function largest(ranks: Float64Array, random: () => number): number {
  const n = ranks.length;
  let [sum, max] = [0, 0];
  for (let k = 1; k <= n - sideMin; k += 1) {
    const from = k - 1 + Math.floor(random() * (n - k + 1));
    const rank = ranks[from] ?? 0;
    ranks[from] = ranks[k - 1] ?? 0;
    ranks[k - 1] = rank;
    sum += rank - (n + 1) / 2;
    if (k >= sideMin) max = Math.max(max, Math.abs(sum) / Math.sqrt((k * (n - k) * (n + 1)) / 12));
  }
  return max;
}
