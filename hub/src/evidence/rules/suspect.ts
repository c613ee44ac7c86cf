// Whether the run is where its history says the next one is. flagged: it may be the first of a slower release; what it is, an
// interleaved comparison decides, never this rule alone.
import { isOutlying } from "../../verdict/statistics/prediction.ts";
import { type Rule, flagged } from "./rule.ts";
import { duration } from "./words.ts";

/** Of fewer, the spread between runs is not known. */
export const historyMin = 8;
/** The latest only: older ones are of another time. */
export const historyMax = 60;

/**
 * A difference from the history's middle below this matters to nobody, and where runs agree to the microsecond their spread foretells
 * less than a histogram's own grain: the usual margins of a verdict.
 */
const compared = [
  { figure: "p50", margin: 0.05, words: duration },
  { figure: "p95", margin: 0.05, words: duration },
  { figure: "p99", margin: 0.05, words: duration },
  {
    figure: "capacityPerSecond",
    margin: 0.02,
    words: (value: number) => `${Number(value.toPrecision(3))}/s`,
  },
] as const;

export const suspect = {
  name: "suspect",
  judge({ figures, history }) {
    return compared.flatMap(({ figure, margin, words }) => {
      const value = figures[figure];
      const earlier = history
        .slice(0, historyMax)
        .flatMap((evidence) => evidence.figures[figure] ?? [])
        .filter((known) => known > 0);
      if (value === null || value <= 0 || earlier.length < historyMin) return [];
      const y = earlier.map((known) => Math.log(known));
      const foretold = isOutlying(y, Math.log(value));
      const middle = (foretold.low + foretold.high) / 2;
      if (!foretold.isOutlying || Math.abs(Math.log(value) - middle) < Math.log1p(margin))
        return [];
      const [low, high] = [words(Math.exp(foretold.low)), words(Math.exp(foretold.high))];
      const name = figure === "capacityPerSecond" ? "capacity" : figure;
      return [
        flagged(
          `${name} ${words(value)}; its ${earlier.length} earlier runs foretell ${low} to ${high}`,
        ),
      ];
    });
  },
} as const satisfies Rule;
