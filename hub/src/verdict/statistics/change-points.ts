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
  const ratio = ratioAt(window, 0, found.at, window.length);
  if (isBelow(ratio, gateRatio)) return undefined;
  return { at: y.length - window.length + found.at, ratio };
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

function divided(
  y: readonly number[],
): { readonly at: number; readonly excess: number } | undefined {
  if (y.length < seriesMin) return undefined;
  const { max, at } = rankCusum(y);
  const excess = max / thresholdOf(y, at, alpha);
  return excess > 1 ? { at, excess } : undefined;
}

/**
 * Each part is divided again, until nothing is found. A level that rises and falls back looks like correlation to a test for one
 * change, so parts of a part are looked at too, from the whole down to 20 runs, each half over the next: seeded binary segmentation,
 * Kovács, Bühlmann, Li & Munk (Biometrika 2023).
 */
function divisions(y: readonly number[], first: number, end: number): readonly number[] {
  for (let length = end - first; length >= seriesMin; length = Math.ceil(length / 2)) {
    const at = strongest(y, first, end, length);
    if (at !== undefined) return [...divisions(y, first, at), at, ...divisions(y, at, end)];
  }
  return [];
}

function strongest(
  y: readonly number[],
  first: number,
  end: number,
  length: number,
): number | undefined {
  const steps = Math.ceil((end - first - length) / (length / 2));
  const found = Array.from({ length: steps + 1 }, (_, step) => {
    const start = Math.min(first + Math.round((step * length) / 2), end - length);
    const here = divided(y.slice(start, start + length));
    return here === undefined ? [] : [{ at: start + here.at, excess: here.excess }];
  }).flat();
  return found.toSorted((left, right) => right.excess - left.excess).at(0)?.at;
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
