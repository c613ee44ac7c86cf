// What must be in the database and is not, or is and must not be. Each list is empty when all is well.
import type { Sender } from "./stack-sender.ts";
import type { Stored, StoredSecond } from "./stack-stored.ts";

export interface Faults {
  /** First seconds of records that were in the outbox and are not stored, or not whole. */
  readonly lost: readonly number[];
  /** Seconds that are stored and were never measured. */
  readonly invented: readonly number[];
  /** Seconds with a series missing, there twice, or with another value than was measured. */
  readonly spoilt: readonly StoredSecond[];
}

export const noFaults: Faults = { lost: [], invented: [], spoilt: [] };

/** A made-up agent's journal against what is stored of it. */
export function faultsOf(sender: Sender, stored: Stored): Faults {
  const { begun, kept } = sender.journal();
  const seconds = stored.seconds.get(sender.host.id) ?? [];
  const there = new Set(seconds.map(({ second }) => second));
  const { series, ticks, firstSecond } = sender.options;
  const recordOf = (second: number) => second - ((second - firstSecond) % ticks);
  const isWhole = (first: number) =>
    Array.from({ length: ticks }, (_, tick) => first + tick).every((second) => there.has(second));
  return {
    lost: [...kept.keys()].filter((first) => !isWhole(first)),
    invented: [...there].filter((second) => !begun.has(recordOf(second))),
    spoilt: seconds.filter(
      (one) => one.rows !== series || one.series !== series || one.wrong !== 0,
    ),
  };
}

/** A real agent that was dead from one Unix ms to another. */
export interface Death {
  readonly killedAtMs: number;
  readonly startedAtMs: number;
}

/** What the agent held in memory when it was killed, and how long it may take to its first sample. */
export interface Patience {
  readonly batchTicks: number;
  readonly startSeconds: number;
}

/** Seconds missing between a real agent's first and last that none of its deaths explains. */
export function holesOf(
  seconds: readonly StoredSecond[],
  deaths: readonly Death[],
  { batchTicks, startSeconds }: Patience,
): [from: number, to: number][] {
  const holes: [number, number][] = [];
  for (const [index, { second }] of seconds.entries()) {
    const next = seconds[index + 1]?.second ?? second + 1;
    if (next === second + 1) continue;
    const isExplained = deaths.some(
      ({ killedAtMs, startedAtMs }) =>
        second + 1 >= Math.floor(killedAtMs / 1_000) - batchTicks &&
        next - 1 <= Math.floor(startedAtMs / 1_000) + startSeconds,
    );
    if (!isExplained) holes.push([second + 1, next - 1]);
  }
  return holes;
}
