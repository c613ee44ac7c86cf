// Lasting changes of level in a series of runs that were made alike, each with its interval in a sentence. Pure.
import type { ChangePoint } from "@tidemark/proto";
import { magnitude, quantity, wordedInterval } from "./amounts.ts";
import { type ComparedFigure, scaled, shownAs } from "./compared-figures.ts";
import { alpha } from "./effect.ts";
import type { Seen } from "./history.ts";
import { amountsOf, direction } from "./sentences.ts";
import { beganMs } from "./sides.ts";
import { changePoints } from "./statistics/change-points.ts";
import { shift } from "./statistics/hodges-lehmann.ts";

/** Runs next to a change that say how large it was. */
const sideRunsMax = 60;
const textLengthMax = 512;

/** `seen` in the order they ran. `coincidences`: what else changed with that run. */
export function levelChanges(
  seen: readonly Seen[],
  figure: ComparedFigure,
  marginRatio: number,
  coincidences: (first: Seen) => string[],
): ChangePoint[] {
  const y = seen.map(({ value }) => scaled(figure, value));
  const found = changePoints(y, figure.marginOf(marginRatio));
  const bounds = [0, ...found.map(({ at }) => at), y.length];
  return found.flatMap(({ at, from, until }, index) => {
    const before = y.slice(Math.max(bounds[index] ?? 0, at - sideRunsMax), at);
    const after = y.slice(at, Math.min(bounds[index + 2] ?? y.length, at + sideRunsMax));
    const step = shift(before, after, alpha);
    const [first, earliest, latest] = [seen[at], seen[from], seen[until]];
    if (step === undefined || first === undefined || earliest === undefined || latest === undefined)
      return [];
    const amounts = amountsOf(figure, step);
    const [valueBefore, valueAfter] = [valueOf(figure, before), valueOf(figure, after)];
    const coincidesWith = coincidences(first);
    const much = `${magnitude(figure, amounts.estimate)} ${direction(figure, amounts)}`;
    const became = figure.unit === "us" ? `${figure.figure} became ${much}` : much;
    const words = `${became} ${wordedInterval(figure, amounts)}, from ${quantity(figure, valueBefore)} to ${quantity(figure, valueAfter)}, with run ${first.run.run}`;
    const beside = coincidesWith.length === 0 ? "" : `; coincides with ${coincidesWith.join(", ")}`;
    return [
      {
        run: first.run.run,
        atMs: beganMs(first.run),
        ratio: amounts.estimate,
        before: valueBefore,
        after: valueAfter,
        fromRun: earliest.run.run,
        untilRun: latest.run.run,
        coincidesWith,
        sentence: `${words}${beside}`.slice(0, textLengthMax),
      },
    ];
  });
}

/** The median, as it was measured. */
function valueOf(figure: ComparedFigure, y: readonly number[]): number {
  const sorted = y.toSorted((one, other) => one - other);
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const level = (lower + upper) / 2;
  return figure.scale === "ratio" ? shownAs(figure, level) + 1 : level;
}
