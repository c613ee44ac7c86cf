// What a schedule means before it is kept: its faults by field, its words, its next starts. Pure.
import { type SchedulePreview, scheduleDefaults, wordsOf } from "@tidemark/proto";
import { blackoutsFault } from "./blackout.ts";
import { type Timing, blackedOutMax, startsAhead } from "./due.ts";
import { type Fault, expressionFault, expressionOf } from "./expression.ts";
import { remarksOf } from "./remarks.ts";

/** Starts that are shown ahead. */
export const shownAhead = 5;
/** Times whose distances a jitter is held against. */
const gapsLookedAt = 100;

/** The first field that cannot be meant; undefined when the timing can be kept. */
export function timingFault(timing: Timing, nowMs: number): Fault | undefined {
  const { cron, timeZone = scheduleDefaults.timeZone, blackouts = [] } = timing;
  return (
    expressionFault(cron, timeZone, nowMs) ??
    blackoutsFault(blackouts) ??
    jitterFault(timing, nowMs)
  );
}

/** Of one that has no fault and no id yet: its starts are shown without jitter. */
export function previewOf(timing: Timing, nowMs: number): SchedulePreview {
  const { starts, blackedOut } = startsAhead(
    undefined,
    { ...timing, jitterSeconds: 0 },
    { fromMs: nowMs, count: shownAhead },
  );
  const { jitterSeconds = 0 } = timing;
  const remarks = [...remarksOf(timing.cron, timing.timeZone ?? scheduleDefaults.timeZone, nowMs)];
  if (jitterSeconds > 0) remarks.push(`each starts up to ${jitterSeconds} s later than shown`);
  if (starts.length === 0)
    remarks.push(`none of the next ${blackedOutMax} times is outside the blackouts`);
  return {
    words: wordsOf(timing.cron),
    nextMs: starts.map(({ startsAtMs }) => startsAtMs),
    blackedOut,
    remarks,
  };
}

/** A start must not overtake the one before. */
function jitterFault(
  { cron, timeZone = scheduleDefaults.timeZone, jitterSeconds = 0 }: Timing,
  nowMs: number,
): Fault | undefined {
  if (jitterSeconds === 0) return undefined;
  const times = expressionOf(cron, timeZone).first(nowMs, Infinity, gapsLookedAt);
  const gaps = times.slice(1).map((ms, at) => (ms - (times[at] ?? 0)) / 1_000);
  const shortest = Math.min(...gaps);
  if (jitterSeconds < shortest) return undefined;
  return {
    field: "/jitterSeconds",
    reason: `it is due every ${shortest} s: a jitter of ${jitterSeconds} s would let one start overtake the next; let it be shorter`,
  };
}
