// How often an interval holds what it is to hold: of the ratio between releases, and of a percentile within one run.
import { Histogram } from "@tidemark/proto";
import { blockedShift } from "../../../hub/src/verdict/blocked-shift.ts";
import { shift } from "../../../hub/src/verdict/statistics/hodges-lehmann.ts";
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";
import { withinRun } from "../../../hub/src/verdict/statistics/woodruff.ts";
import type { Part } from "../generate/part.ts";
import { result } from "../result.ts";
import { breath } from "./alike.ts";
import {
  type MadeRun,
  type Noise,
  type Random,
  blockRuns,
  heavyNoise,
  logarithms,
  madeUp,
  noises,
  normalNoise,
} from "./noises.ts";

const intervals = 10_000;
const blockedIntervals = 2_000;
const runsWithin = 300;
const slices = 60;
const requestsPerSlice = 200;
const ratio = Math.log(1.07);
const seed = 43;

export const coverage: Part = {
  name: "coverage",
  async run({ progress, signal }) {
    const shares: Record<string, number> = {};
    for (const noise of [normalNoise, heavyNoise])
      for (const runsEach of [5, 6, 8, 10, 20]) {
        progress(`${intervals} intervals of ${runsEach} v ${runsEach}, ${noise.name}`);
        signal.throwIfAborted();
        await breath();
        shares[`${noise.name}, ${runsEach} v ${runsEach}`] = between(noise, runsEach);
      }
    const interleaved: Record<string, number> = {};
    for (const noise of noises)
      for (const runsEach of [8, 10]) {
        progress(
          `${blockedIntervals} intervals within blocks, ${runsEach} v ${runsEach}, ${noise.name}`,
        );
        signal.throwIfAborted();
        await breath();
        interleaved[`${noise.name}, ${runsEach} v ${runsEach}`] = withinBlocks(noise, runsEach);
      }
    const off = furthest(shares);
    const results = [
      result("interval of a ratio: furthest from 95 %", off, "points", { atMost: 2 }, shares),
      result(
        "interval of a ratio, runs interleaved: furthest from 95 %",
        furthest(interleaved),
        "points",
        { atMost: 2 },
        interleaved,
      ),
    ];
    for (const phi of [0, 0.3, 0.6]) {
      progress(`intervals within ${runsWithin} runs, slices of AR ${phi}`);
      signal.throwIfAborted();
      await breath();
      const { p50, p95, p99 } = within(phi);
      results.push(
        result(`interval within a run, slices of AR ${phi}: p50 held`, p50, "%", undefined, {
          p95,
          p99,
        }),
      );
    }
    return {
      results,
      notes: [
        `Coverage: ${intervals} exact intervals of two groups that differ by 7 %, ${blockedIntervals} within blocks. Within a run: ${runsWithin} runs of ${slices} slices of ${requestsPerSlice} requests, log-normal about a level that wanders by 10 % from slice to slice.`,
      ],
    };
  },
};

const furthest = (shares: Readonly<Record<string, number>>) =>
  Math.max(...Object.values(shares).map((share) => Math.abs(share - 95)));

function between(noise: Noise, runsEach: number): number {
  const random = seededRandom(seed);
  let held = 0;
  for (let interval = 0; interval < intervals; interval += 1) {
    const baseline = logarithms(noise, 0.03, runsEach, random);
    const candidate = logarithms(noise, 0.03, runsEach, random).map((value) => value + ratio);
    const found = shift(baseline, candidate, 0.05);
    if (found !== undefined && found.low <= ratio && ratio <= found.high) held += 1;
  }
  return (100 * held) / intervals;
}

/** As the verdict engine takes them: of one figure of runs in Tidemark's order. */
function withinBlocks(noise: Noise, runsEach: number): number {
  const random = seededRandom(seed);
  const made = { noise, sd: 0.03, runsEach, slowerBy: 0.07, order: "interleaved" } as const;
  const side = (runs: readonly MadeRun[]) => ({
    values: runs.map(({ percentiles }) => Math.log(percentiles.p50 ?? Number.NaN)),
    blocks: runs.map(({ place }) => Math.floor(place / blockRuns)),
  });
  let held = 0;
  for (let interval = 0; interval < blockedIntervals; interval += 1) {
    const { baseline, candidate } = madeUp(made, random);
    const found = blockedShift(side(baseline), side(candidate), seed)(0.05);
    if (found !== undefined && found.low <= ratio && ratio <= found.high) held += 1;
  }
  return (100 * held) / blockedIntervals;
}

const typicalMicros = 20_000;
const requestSd = 0.5;
const levelSd = 0.1;
/** Of a normal distribution. */
const quantiles = { p50: 0, p95: 1.644_853_6, p99: 2.326_347_9 };

function within(phi: number): Record<keyof typeof quantiles, number> {
  const random = seededRandom(seed);
  const noise = { ...normalNoise, phi };
  const run = Array.from({ length: slices }, () => new Histogram());
  const held = { p50: 0, p95: 0, p99: 0 };
  // Levels and requests are both normal: what is drawn in the long run is, too.
  const sd = Math.hypot(requestSd, levelSd);
  for (let count = 0; count < runsWithin; count += 1) {
    record(run, logarithms(noise, levelSd, slices, random), random);
    for (const figure of ["p50", "p95", "p99"] as const) {
      const truth = typicalMicros * Math.exp(sd * quantiles[figure]);
      const found = withinRun(run, Number(figure.slice(1)) / 100);
      if (found !== undefined && found.low <= truth && truth <= found.high) held[figure] += 1;
    }
  }
  const percent = (count: number) => (100 * count) / runsWithin;
  return { p50: percent(held.p50), p95: percent(held.p95), p99: percent(held.p99) };
}

function record(run: readonly Histogram[], levels: readonly number[], random: Random): void {
  run.forEach((slice, at) => {
    slice.reset();
    for (let sent = 0; sent < requestsPerSlice; sent += 1)
      slice.record(
        typicalMicros * Math.exp((levels[at] ?? 0) + requestSd * normalNoise.draw(random)),
      );
  });
}
