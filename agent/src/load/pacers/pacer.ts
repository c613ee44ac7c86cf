// How a generator waits for the next due time. A pacer only wakes the loop; what is due the loop works out by itself, so a
// wake-up too early, too late or too many costs time, never truth.
import type { Share } from "@tidemark/proto";
import type { OpenPacing } from "../pacings/index.ts";
import type { Schedule } from "../pacings/pacing.ts";

export interface PacerOptions {
  readonly pacing: OpenPacing;
  readonly durationMs: number;
  readonly share: Share;
  /** What the three above come to, for a pacer in the same thread. */
  readonly schedule: Schedule;
  readonly tick: () => void;
}

export interface ReadyPacer {
  /** Wakes for the schedule that starts at `baseMs` of `monotonicMs`, which threads share, and which may lie ahead. Once. */
  begin(baseMs: number): void;
  /** While saturated, waking is pointless: the responses themselves drive the loop. */
  saturated(saturated: boolean): void;
  stop(): Promise<void>;
}

/** A module of the registry. */
export interface Pacer {
  /** Resolves when the pacer can keep time: its start must not fall into the run it paces. */
  ready(options: PacerOptions): Promise<ReadyPacer>;
}

const threadOffsetMs = offsetOfThread();

/** CLOCK_MONOTONIC in ms: the same in every thread, unlike `performance.now()`, and cheaper than `hrtime`. */
export function monotonicMs(): number {
  return performance.now() + threadOffsetMs;
}

/** The closest of several looks at both clocks: the first look at a clock costs most of a millisecond in a young thread. */
function offsetOfThread(): number {
  let closestMs = Number.POSITIVE_INFINITY;
  let offsetMs = 0;
  for (let look = 0; look < 32; look += 1) {
    const before = performance.now();
    const sharedMs = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    if (after - before >= closestMs) continue;
    closestMs = after - before;
    offsetMs = sharedMs - (before + after) / 2;
  }
  return offsetMs;
}
