// A linear axis for charts drawn as SVG, and dots that lie side by side instead of on each other. Pure.

export interface LinearAxis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/**
 * An axis around all values with some air, and at most `ticksMax` ticks at the smallest of the unit's steps that allows it. Where all
 * values are zero it reaches as far as the unit's floor.
 */
export function linearAxis(
  values: readonly number[],
  { steps, floor }: { readonly steps: readonly number[]; readonly floor: number },
  ticksMax: number,
): LinearAxis {
  const lowest = values.reduce((least, value) => Math.min(least, value), Infinity);
  const highest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (lowest > highest) return { from: 0, to: 1, ticks: [] };
  const air = (highest - lowest) * 0.06 || Math.abs(highest) * 0.05 || floor * 0.06;
  const [from, to] = [lowest - air, lowest === 0 && highest === 0 ? floor : highest + air];
  const step = steps.find((each) => (to - from) / each < ticksMax) ?? (to - from) / ticksMax;
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step)
    ticks.push(Number(tick.toPrecision(12)));
  return { from, to, ticks };
}

/** Where a value lies on an axis, 0 … 1. */
export const placeOn = ({ from, to }: LinearAxis, value: number): number =>
  (value - from) / (to - from);

/**
 * For each place along a line, how many rows above (positive) or below (negative) the line its dot goes so that it touches no dot
 * before it: 0, 1, −1, 2, … Places and distance in the same unit; beyond `rowsMax` dots do overlap.
 */
export function swarm(places: readonly number[], distance: number, rowsMax = 2): number[] {
  const rows = new Map<number, number>();
  const chosen = places.map(() => 0);
  for (const index of places
    .keys()
    .toArray()
    .toSorted((left, right) => at(left) - at(right))) {
    const row = candidates(rowsMax).find(
      (each) => at(index) - (rows.get(each) ?? -Infinity) >= distance,
    );
    chosen[index] = row ?? 0;
    rows.set(row ?? 0, at(index));
  }
  return chosen;

  function at(index: number): number {
    return places[index] ?? 0;
  }
}

const candidates = (rowsMax: number): number[] => [
  0,
  ...Array.from({ length: rowsMax }, (_, index) => [index + 1, -index - 1]).flat(),
];
