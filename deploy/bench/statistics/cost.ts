// What a verdict costs once the evidence is there.
import { seededRandom } from "../../../hub/src/verdict/statistics/random.ts";
import type { Part } from "../generate/part.ts";
import { median, result } from "../result.ts";
import { breath } from "./alike.ts";
import { verdictOn } from "./deciding.ts";
import { madeUp, normalNoise } from "./noises.ts";

const verdicts = 30;
const seed = 46;

export const cost: Part = {
  name: "cost",
  async run({ signal }) {
    const tookMs = async (runsEach: number) => {
      const random = seededRandom(seed);
      const times: number[] = [];
      for (let verdict = 0; verdict < verdicts; verdict += 1) {
        signal.throwIfAborted();
        await breath();
        const sides = madeUp(
          { noise: normalNoise, sd: 0.03, runsEach, slowerBy: 0.05, order: "interleaved" },
          random,
        );
        const beganMs = performance.now();
        verdictOn(sides, 0.05, "interleaved");
        times.push(performance.now() - beganMs);
      }
      return times;
    };
    const ten = await tookMs(10);
    return {
      results: [
        result(
          "a verdict over 2 × 10 runs",
          median(ten),
          "ms",
          { atMost: 100 },
          {
            max: Math.max(...ten),
            "2 × 5": median(await tookMs(5)),
            "2 × 20": median(await tookMs(20)),
            "2 × 100": median(await tookMs(100)),
          },
        ),
      ],
      notes: [
        `Cost: the verdict engine alone, 20,000 relabelings from 2 × 9 runs on; ${verdicts} verdicts, medians.`,
      ],
    };
  },
};
