// A search for capacity in words and as points on two logarithmic axes. Pure.
import type { CapacitySearch, Run, SearchStep } from "@tidemark/proto";
import { formatMillis } from "../../format/duration.ts";
import { formatPercent, formatShort } from "../../format/number.ts";

export type Search = NonNullable<Run["search"]>;

/** "p99 at most 20 ms, at most 0.1 % failed". */
export function objectiveInWords({ objective }: CapacitySearch): string {
  const { percentile, responseMs, errorRatioMax } = objective;
  return `p${percentile} at most ${formatMillis(responseMs)}, at most ${formatPercent(errorRatioMax)} failed`;
}

/** The answer, or how far the search is. */
export function answerInWords(search: Search): string {
  if (search.answer !== "") return search.answer;
  const going = search.steps.find(({ holds }) => holds === null);
  const held = search.answerPerSecond ?? highestHeld(search.steps);
  const so =
    held === undefined
      ? "No rate has held so far."
      : `The highest rate that held so far is ${formatShort(held)}/s.`;
  return going === undefined ? so : `Trying ${formatShort(going.ratePerSecond)}/s. ${so}`;
}

function highestHeld(steps: readonly SearchStep[]): number | undefined {
  const held = steps.filter(({ holds }) => holds === true).map((step) => step.ratePerSecond);
  return held.length === 0 ? undefined : Math.max(...held);
}

export const wordOfStep = ({ holds }: Pick<SearchStep, "holds">): string =>
  holds === null ? "running" : holds ? "holds" : "does not hold";

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** A logarithmic axis around positive values, with ticks at 1, 2 and 5 of each decade, thinned when there are many. */
export function logAxis(values: readonly number[]): Axis {
  const known = values.filter((value) => value > 0);
  const lowest = known.length === 0 ? 1 : Math.min(...known);
  const highest = known.length === 0 ? 10 : Math.max(...known);
  const [from, to] = [lowest / 1.25, highest * 1.25];
  const decades = Math.log10(to / from);
  const factors = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(Math.log10(from));
  const last = Math.ceil(Math.log10(to));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += 1)
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= from && tick <= to) ticks.push(Number(tick.toPrecision(12)));
    }
  return { from, to, ticks };
}

/** Where a value lies on an axis, 0 … 1. */
export const placeOn = ({ from, to }: Axis, value: number): number =>
  Math.log(Math.max(value, from) / from) / Math.log(to / from);
