// A release that is slower by a known fraction: how often the verdict says so.
import type { Part } from "../generate/part.ts";
import { result } from "../result.ts";
import { breath } from "./alike.ts";
import { verdictOn } from "./deciding.ts";
import { type Made, heavyNoise, madeUp, noises, normalNoise } from "./noises.ts";
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";
import { detectableRatio } from "../../../hub/src/verdict/statistics/detectable.ts";

const comparisons = 1_000;
const toldComparisons = 300;
/** Below the smaller of the two: a slowdown of just the margin is half of the time seen as less. */
const margin = 0.02;
const seed = 42;

export const power: Part = {
  name: "power",
  async run({ progress, signal }) {
    const found = async (made: Partial<Made>, count: number) => {
      signal.throwIfAborted();
      await breath();
      const random = seededRandom(seed);
      let regressions = 0;
      for (let comparison = 0; comparison < count; comparison += 1) {
        const sides = madeUp(
          {
            noise: normalNoise,
            sd: 0.03,
            runsEach: 8,
            slowerBy: 0.05,
            order: "interleaved",
            ...made,
          },
          random,
        );
        if (verdictOn(sides, margin, "interleaved") === "regression") regressions += 1;
      }
      return regressions / count;
    };
    const beside = async (slowerBy: number) => {
      const shares: Record<string, number> = {};
      for (const noise of noises.slice(1))
        shares[noise.name] = await found({ noise, slowerBy }, toldComparisons);
      shares["5 v 5"] = await found({ runsEach: 5, slowerBy }, toldComparisons);
      shares["sd 8 %"] = await found({ sd: 0.08, slowerBy }, toldComparisons);
      return shares;
    };
    progress(`${comparisons} comparisons with a candidate that is 5 % slower, and as many at 10 %`);
    const [twentieth, tenth] = [
      await found({}, comparisons),
      await found({ slowerBy: 0.1 }, comparisons),
    ];
    progress("the same with other noises, fewer runs, a larger spread");
    const third = await found(
      { slowerBy: 0.32, sd: 0.08, runsEach: 5, noise: heavyNoise },
      toldComparisons,
    );
    const promised = detectableRatio(0.03, 8);
    return {
      results: [
        result(
          "power, 5 % slower, 8 v 8, sd 3 %",
          twentieth,
          "",
          { atLeast: 0.8 },
          await beside(0.05),
        ),
        result(
          "power, 10 % slower, 8 v 8, sd 3 %",
          tenth,
          "",
          { atLeast: 0.99 },
          await beside(0.1),
        ),
        result("power, 32 % slower, 5 v 5, t3 of sd 8 %", third, "", undefined),
        result(
          `power at what is said to be detectable (${(100 * promised).toFixed(1)} %)`,
          await found({ slowerBy: promised }, comparisons),
          "",
          { atLeast: 0.8 },
        ),
      ],
      notes: [
        `Power: ${comparisons} comparisons, all three percentiles slower by as much, a margin of 2 %. With 10 % of the runs half as slow again, power is lost whatever the test: such runs are to be found invalid by their cause.`,
      ],
    };
  },
};
