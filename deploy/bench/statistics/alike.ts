// A release against itself: how often the verdict says that it got slower or faster. The margin is the smallest there is, so that
// only the statistics stand between chance and a wrong verdict, not the size of what counts.
import type { Part } from "../generate/part.ts";
import { result } from "../result.ts";
import { verdictOn } from "./deciding.ts";
import { type Made, type Noise, madeUp, noises } from "./noises.ts";
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";

const comparisons = 2_000;
const toldComparisons = 500;
const alpha = 0.05;
/** Two standard errors of so many comparisons above alpha. */
const wrongMax = alpha + 2 * Math.sqrt((alpha * (1 - alpha)) / comparisons);
const marginMin = 0.001;
const usualMargin = 0.05;
const runsEach = 8;
const seed = 41;

export const alike: Part = {
  name: "A/A",
  async run({ progress, signal }) {
    const wrongShare = (
      made: Omit<Made, "slowerBy" | "runsEach">,
      count: number,
      margin: number,
    ) => {
      signal.throwIfAborted();
      const random = seededRandom(seed);
      let wrong = 0;
      for (let comparison = 0; comparison < count; comparison += 1) {
        const sides = madeUp({ ...made, runsEach, slowerBy: 0 }, random);
        const kind = verdictOn(sides, margin, made.order);
        if (kind === "regression" || kind === "improvement") wrong += 1;
      }
      return (100 * wrong) / count;
    };
    const ofNoise = async (noise: Noise) => {
      progress(`${comparisons} comparisons of ${noise.name}`);
      await breath();
      const made = { noise, sd: 0.03, order: "interleaved" } as const;
      return result(
        `A/A, ${noise.name}, 8 v 8: wrong verdicts`,
        wrongShare(made, comparisons, marginMin),
        "%",
        { atMost: Number((100 * wrongMax).toFixed(2)) },
        {
          "sd 8 %": wrongShare({ ...made, sd: 0.08 }, toldComparisons, marginMin),
          "margin of 5 %": wrongShare(made, toldComparisons, usualMargin),
          "one side after the other": wrongShare(
            { ...made, order: "separate" },
            toldComparisons,
            marginMin,
          ),
        },
      );
    };
    const results = [];
    for (const noise of noises) results.push(await ofNoise(noise));
    return {
      results,
      notes: [
        `A/A: ${comparisons} made-up comparisons a noise through the verdict engine, in Tidemark's order of random ABBA blocks, p50, p95 and p99 of sd 3 % with half their variance in common; the margin is .1 %, the least there is, unless told otherwise. With runs that resemble their neighbours the order matters more than any test: interleaved, wrong verdicts get rarer; one side after the other, they are the rule.`,
      ],
    };
  },
};

/** Lets signals in between long computations. */
export const breath = () => new Promise<void>((resolve) => setImmediate(resolve));
