// Histories of runs, watched as they come in: how often a change is seen that is none, and how soon one is that is.
import {
  changePoints,
  sequentialChange,
  windowRuns,
} from "../../../hub/src/verdict/statistics/change-points.ts";
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";
import type { Part } from "../generate/part.ts";
import { median, result } from "../result.ts";
import { breath } from "./alike.ts";
import { type Noise, heavyNoise, logarithms, noises, normalNoise } from "./noises.ts";

const sd = 0.05;
const series = 300;
const seriesRuns = 400;
const histories = 400;
const runsBefore = 60;
const runsAfter = 40;
const soonRuns = 15;
const seed = 44;

export const watched: Part = {
  name: "change points",
  async run({ progress, signal }) {
    const results = [];
    for (const phi of [0, 0.3, 0.6]) {
      progress(`${series} steady histories of ${seriesRuns} runs, AR ${phi}`);
      signal.throwIfAborted();
      await breath();
      results.push(
        result(
          `false alarms per 1,000 runs, AR ${phi}`,
          falseAlarms({ ...normalNoise, phi }),
          "",
          { atMost: 1 },
          { t3: falseAlarms({ ...heavyNoise, phi }, series / 3) },
        ),
      );
    }
    progress(`${histories} histories with a step`);
    const tenth = delays(heavyNoise, 0.1);
    const besides: Record<string, number> = {};
    for (const noise of noises) besides[noise.name] = soon(delays(noise, 0.1));
    results.push(
      result(
        `a step of 10 % found within ${soonRuns} runs, sd 5 % t3`,
        soon(tenth),
        "%",
        { atLeast: 90 },
        besides,
      ),
      result("runs until a step of 10 % is found, median", median(tenth), "runs", undefined, {
        "32 %": median(delays(heavyNoise, 0.32)),
        "5 %, found at all, %": share(delays(heavyNoise, 0.05), runsAfter),
      }),
    );
    for (const noise of noises.filter(({ outlierShare }) => outlierShare === 0)) {
      signal.throwIfAborted();
      await breath();
      const looked = lookingBack(noise);
      results.push(
        result(
          `looking back, ${noise.name}: false changes per 200 runs`,
          looked.wrong,
          "",
          undefined,
          {
            "10 % at run 100 of 140, found within ±3 runs, %": looked.found,
            "20 % for 50 runs, both ends found, %": looked.both,
          },
        ),
      );
    }
    return {
      results,
      notes: [
        `Change points: runs of sd 5 %, looked at after every run in a window of ${windowRuns}; after an alarm the history begins anew at the change. A step comes after ${runsBefore} runs.`,
      ],
    };
  },
};

function falseAlarms(noise: Noise, count: number = series): number {
  const random = seededRandom(seed);
  let alarms = 0;
  for (let one = 0; one < count; one += 1) {
    const runs = logarithms(noise, sd, seriesRuns, random);
    let since = 0;
    for (let end = 1; end <= runs.length; end += 1) {
      const change = sequentialChange(runs.slice(since, end));
      if (change === undefined) continue;
      alarms += 1;
      since += change.at;
    }
  }
  return (1_000 * alarms) / (count * seriesRuns);
}

/** Runs after the step until it was seen; Infinity where it was not within `runsAfter`. */
function delays(noise: Noise, ratio: number): readonly number[] {
  const random = seededRandom(seed);
  return Array.from({ length: histories }, () => {
    const runs = logarithms(noise, sd, runsBefore + runsAfter, random);
    const stepped = runs.map((value, at) => (at < runsBefore ? value : value + Math.log1p(ratio)));
    for (let after = 1; after <= runsAfter; after += 1)
      if (sequentialChange(stepped.slice(0, runsBefore + after)) !== undefined) return after;
    return Number.POSITIVE_INFINITY;
  });
}

const soon = (found: readonly number[]) => share(found, soonRuns);
const share = (found: readonly number[], runs: number) =>
  (100 * found.filter((delay) => delay <= runs).length) / found.length;

const lookedAt = 100;

function lookingBack(noise: Noise) {
  const random = seededRandom(seed);
  let [wrong, found, both] = [0, 0, 0];
  const isNear = (at: number | undefined, truth: number) =>
    at !== undefined && Math.abs(at - truth) <= 3;
  for (let one = 0; one < lookedAt; one += 1) {
    const runs = logarithms(noise, sd, 200, random);
    wrong += changePoints(runs, 0).length;
    const step = runs.slice(0, 140).map((value, at) => (at < 100 ? value : value + Math.log(1.1)));
    if (changePoints(step, 0).some(({ at }) => isNear(at, 100))) found += 1;
    const hill = runs.map((value, at) => (at < 60 || at >= 110 ? value : value + Math.log(1.2)));
    const [up, down, ...more] = changePoints(hill, 0);
    if (isNear(up?.at, 60) && isNear(down?.at, 110) && more.length === 0) both += 1;
  }
  const percent = (count: number) => (100 * count) / lookedAt;
  return { wrong: wrong / lookedAt, found: percent(found), both: percent(both) };
}
