// When a schedule is due and when it starts. Pure: the same answer in every hub, at any time.
import type { Blackout, CampaignId, ScheduleId } from "@tidemark/proto";
import { scheduleDefaults } from "@tidemark/proto";
import { derivedId } from "../state/derived-id.ts";
import { blackoutAt } from "./blackout.ts";
import { expressionOf } from "./expression.ts";
import { wallClockOf } from "./wall-clock.ts";

/** What of a schedule says when. */
export interface Timing {
  readonly cron: string;
  readonly timeZone?: string;
  readonly jitterSeconds?: number;
  readonly blackouts?: readonly Blackout[];
}

/** One time a schedule is due. Its id is the id of the campaign it starts. */
export interface Due {
  readonly id: CampaignId;
  readonly dueAtMs: number;
  /** With its jitter. */
  readonly startsAtMs: number;
}

/** Blacked-out times in a row that are looked past for the next one outside. */
export const blackedOutMax = 1_000;

export function firingId(schedule: ScheduleId, dueAtMs: number): CampaignId {
  return derivedId("firing", schedule, String(dueAtMs));
}

export function dueOf(schedule: ScheduleId, timing: Timing, dueAtMs: number): Due {
  const id = firingId(schedule, dueAtMs);
  return { id, dueAtMs, startsAtMs: dueAtMs + jitterMs(id, timing.jitterSeconds) };
}

/** The first times in (fromMs, untilMs], at most `limit`. */
export function dueBetween(
  schedule: ScheduleId,
  timing: Timing,
  fromMs: number,
  untilMs: number,
  limit: number,
): readonly Due[] {
  return timesOf(timing)
    .first(fromMs, untilMs, limit)
    .map((dueAtMs) => dueOf(schedule, timing, dueAtMs));
}

/** The last times in (fromMs, untilMs], at most `limit`, oldest first. */
export function lastDue(
  schedule: ScheduleId,
  timing: Timing,
  fromMs: number,
  untilMs: number,
  limit: number,
): readonly Due[] {
  return timesOf(timing)
    .last(fromMs, untilMs, limit)
    .map((dueAtMs) => dueOf(schedule, timing, dueAtMs));
}

export interface Ahead {
  /** Starts after it. */
  readonly fromMs: number;
  readonly count: number;
  /** Times due until then were none of the schedule's. */
  readonly activeFromMs?: number;
  readonly untilMs?: number;
}

/** Starts that no blackout is in the way of, and how many before the last of them one is. */
export function startsAhead(
  schedule: ScheduleId | undefined,
  timing: Timing,
  { fromMs, count, activeFromMs = 0, untilMs = Infinity }: Ahead,
): { readonly starts: readonly Due[]; readonly blackedOut: number } {
  const times = timesOf(timing);
  const wall = wallClockOf(timing.timeZone ?? scheduleDefaults.timeZone);
  const starts: Due[] = [];
  let blackedOut = 0;
  // A firing that was due a while ago may still have to wait for its start.
  let fromDueMs = Math.max(activeFromMs, fromMs - (timing.jitterSeconds ?? 0) * 1_000);
  while (starts.length < count && blackedOut < blackedOutMax) {
    const found = times.first(fromDueMs, untilMs, count);
    const [last] = found.slice(-1);
    if (last === undefined) break;
    fromDueMs = last;
    for (const dueAtMs of found) {
      const due =
        schedule === undefined
          ? { id: firingIdOfNone, dueAtMs, startsAtMs: dueAtMs }
          : dueOf(schedule, timing, dueAtMs);
      if (due.startsAtMs <= fromMs || starts.length === count) continue;
      if (blackoutAt(timing.blackouts ?? [], wall, due.startsAtMs) === undefined) starts.push(due);
      else blackedOut += 1;
    }
  }
  return { starts, blackedOut };
}

/**
 * 0 to `jitterSeconds`, in whole ms, from the first 30 bits of the firing's own id: spread evenly over firings, the same whoever
 * works it out.
 */
export function jitterMs(id: CampaignId, jitterSeconds = 0): number {
  const drawn = Array.from(id.slice(0, 6)).reduce((sum, letter) => sum * 32 + digitOf(letter), 0);
  return Math.floor((drawn / 32 ** 6) * (jitterSeconds * 1_000 + 1));
}

const timesOf = ({ cron, timeZone = scheduleDefaults.timeZone }: Timing) =>
  expressionOf(cron, timeZone);

const digitOf = (letter: string) => "abcdefghijklmnopqrstuvwxyz234567".indexOf(letter);

const firingIdOfNone = derivedId<CampaignId>("firing");
