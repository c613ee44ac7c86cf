// What a chart is made of, as columns: one array of times and one array of values per line. Pure: the plot, the legend,
// the table and the summary are all drawn from here.
import type { ColourName } from "./colour-names.ts";
import type { Values } from "./sparkline.ts";

export interface Line {
  readonly label: string;
  readonly values: Values;
  readonly colour: ColourName;
  readonly dashed?: boolean;
  readonly filled?: boolean;
  /** Drawn below zero, as transmitted traffic is against received. */
  readonly down?: boolean;
  /** Smallest and largest within each point, where the store rolled several samples into one. */
  readonly low?: Values | undefined;
  readonly high?: Values | undefined;
}

/** Seconds, from … to. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

type Column = (number | null)[];

/**
 * The columns uPlot draws: times, one column a line (summed upwards when `stacked`), then low and high of every line that
 * has them. A null stays a gap; in a stack it counts as nothing as long as another line has a value.
 */
export function columnsOf(
  times: readonly number[],
  lines: readonly Line[],
  stacked = false,
): [number[], ...Column[]] {
  const mains: Column[] = [];
  for (const [index, line] of lines.entries()) {
    const below = stacked ? mains[index - 1] : undefined;
    const sign = line.down ? -1 : 1;
    mains.push(
      times.map((_, at) => {
        const value = line.values[at];
        if (!stacked) return value === null || value === undefined ? null : sign * value;
        if (!lines.some((each) => each.values[at] !== null && each.values[at] !== undefined))
          return null;
        return (below?.[at] ?? 0) + (value ?? 0);
      }),
    );
  }
  const bands = lines.flatMap((line) => {
    if (stacked || !line.low || !line.high) return [];
    const sign = line.down ? -1 : 1;
    const signed = (values: Values) => times.map((_, at) => scaled(values[at], sign));
    return [signed(line.low), signed(line.high)];
  });
  return [[...times], ...mains, ...bands];
}

const scaled = (value: number | null | undefined, sign: number) =>
  value === null || value === undefined ? null : value * sign;

/** Index of the time nearest to `time`, if it lies within one `step` of it. `times` ascend. */
export function indexAt(times: readonly number[], time: number): number | undefined {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const after = times[low];
  if (after === undefined) return undefined;
  const before = times[low - 1];
  const nearest = before !== undefined && time - before < Math.abs(after - time) ? low - 1 : low;
  const step = medianStep(times);
  return Math.abs((times[nearest] ?? 0) - time) <= step * 1.5 ? nearest : undefined;
}

function medianStep(times: readonly number[]): number {
  const first = times[0];
  const last = times.at(-1);
  return first === undefined || last === undefined || times.length < 2
    ? 1
    : (last - first) / (times.length - 1);
}

/** The newest value there is. */
export function lastOf(values: Values): number | null {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

export interface Extent {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** Smallest, largest and mean of what was measured; undefined when nothing was. */
export function extentOf(values: Values): Extent | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count += 1;
  }
  return count === 0 ? undefined : { min, max, mean: sum / count };
}

/** The value axis: from zero (or the mirrored lowest) to a little above the highest; `top` holds it still below that. */
export function valueRange(
  min: number | null,
  max: number | null,
  top: number | undefined,
  floor: number,
): [number, number] {
  const high = Math.max(max ?? 0, 0);
  const low = Math.min(min ?? 0, 0);
  if (low < 0) return [low * 1.08, Math.max(high * 1.08, floor)];
  if (top !== undefined && high <= top) return [0, top];
  return [0, Math.max(high * 1.08, floor)];
}
