// Where the level of a history changed: as runs come in (`sequentialChange`), and looking back over all of it (`changePoints`). A
// change needs both: ranks that chance would hardly order so, and a difference that matters.
import { shiftEstimate } from "./hodges-lehmann.ts";
import { rankCusum, seriesMin, thresholdOf } from "./rank-cusum.ts";

const alpha = 0.001;
/** The newest runs that are looked at as they come in. */
export const windowRuns = 60;
/** Smaller changes are not worth a person's time, whatever their p: 2 %. */
export const gateRatioMin = 0.02;
/** Runs next to a change that say how large it is. */
const sideRunsMax = 100;
/** How much the statistic may fall off where the change may yet have been. */
const locationSlack = 1;

export interface Change {
  /** Index of the first run at the new level. */
  readonly at: number;
  /** New level to old, less one. */
  readonly ratio: number;
}

/**
 * Whether the level of the newest 60 runs changed. `y` are logarithms since the last change that was accepted, the oldest first: a
 * caller that starts anew at `at` has the 20 runs' rest that the test needs between alarms.
 */
export function sequentialChange(
  y: readonly number[],
  gateRatio: number = gateRatioMin,
): Change | undefined {
  const window = y.slice(-windowRuns);
  const found = divided(window);
  if (found === undefined) return undefined;
  const ratio = ratioAt(window, 0, found, window.length);
  return isBelow(ratio, gateRatio) ? undefined : { at: y.length - window.length + found, ratio };
}

export interface ChangePoint extends Change {
  /** The change was somewhere from here to there; for display, its coverage is not calibrated. */
  readonly from: number;
  readonly until: number;
}

/** All changes of a history of logarithms, the oldest first; `gateRatio` such as .05 is what matters, 2 % at the least. */
export function changePoints(y: readonly number[], gateRatio: number): readonly ChangePoint[] {
  const starts = merged(y, [0, ...divisions(y, 0, y.length), y.length], gateRatio);
  return starts.slice(1, -1).map((at, index) => {
    const first = starts[index] ?? 0;
    const end = starts[index + 2] ?? y.length;
    return { at, ratio: ratioAt(y, first, at, end), ...location(y, first, at, end) };
  });
}

function divided(y: readonly number[]): number | undefined {
  if (y.length < seriesMin) return undefined;
  const { max, at } = rankCusum(y);
  return max > thresholdOf(y, at, alpha) ? at : undefined;
}

/** Each half is looked at again, until nothing is found. */
function divisions(y: readonly number[], first: number, end: number): readonly number[] {
  const found = divided(y.slice(first, end));
  if (found === undefined) return [];
  const at = first + found;
  return [...divisions(y, first, at), at, ...divisions(y, at, end)];
}

/** Takes the smallest step away while it is below the gate; what it stood between is then one level. */
function merged(
  y: readonly number[],
  bounds: readonly number[],
  gateRatio: number,
): readonly number[] {
  const inner = bounds.slice(1, -1);
  const steps = inner.map((at, index) =>
    Math.abs(Math.log1p(ratioAt(y, bounds[index] ?? 0, at, bounds[index + 2] ?? y.length))),
  );
  const smallest = Math.min(...steps);
  if (!isBelow(Math.expm1(smallest), gateRatio)) return bounds;
  return merged(y, bounds.toSpliced(steps.indexOf(smallest) + 1, 1), gateRatio);
}

function ratioAt(y: readonly number[], first: number, at: number, end: number): number {
  const before = y.slice(Math.max(first, at - sideRunsMax), at);
  const after = y.slice(at, Math.min(end, at + sideRunsMax));
  return Math.expm1(shiftEstimate(before, after));
}

/** As many times less counts as much as so many times more. */
function isBelow(ratio: number, gateRatio: number): boolean {
  return Math.abs(Math.log1p(ratio)) < Math.log1p(Math.max(gateRatio, gateRatioMin));
}

function location(y: readonly number[], first: number, at: number, end: number) {
  const { max, z } = rankCusum(y.slice(first, end));
  const likely = z.findIndex((value) => value >= max - locationSlack);
  const last = z.findLastIndex((value) => value >= max - locationSlack);
  return { from: Math.min(at, first + likely), until: Math.max(at, first + last) };
}
