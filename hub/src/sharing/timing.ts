// When things leave. Every instant is drawn anew and on its own, so that neither a phase nor a neighbour tells whose a report is. Pure:
// randomness comes in, from 0 to below 1.
import { sharingLimits } from "@tidemark/proto";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const sharingTimes = {
  /** A report leaves within so long after its period's end, whatever the period's length. */
  spreadMs: 28 * dayMs,
  /** Deletions too are spread, or their moment would tie together what they delete. */
  deletionSpreadMs: dayMs,
  /** What was due while the hub was off is spread over so long, instead of leaving at once with everything else that was. */
  missedSpreadMs: 6 * hourMs,
  /** Later than this after it was due, it was missed. */
  missedAfterMs: hourMs / 6,
  /** Of the first retry's window; each further one's is twice as long. */
  retryMs: hourMs,
  retryMsMax: dayMs,
  /** The receiver keeps a raw report so long: after it, there is nothing left to delete. */
  rawMs: 35 * dayMs,
} as const;

/** Uniform in [fromMs, untilMs), a whole ms; `fromMs` when there is no room. */
const within = (fromMs: number, untilMs: number, random: number): number =>
  Math.floor(fromMs + Math.max(0, untilMs - fromMs) * random);

/** When a report that was frozen at `nowMs` is due. */
export function dueOf(
  at: {
    /** The first instant after its period. */
    readonly endMs: number;
    /** From then on it would be refused. */
    readonly giveUpMs: number;
    readonly agreedAtMs: number;
    readonly nowMs: number;
  },
  random: number,
): number {
  const regretMs = at.agreedAtMs + sharingLimits.regretHours * hourMs;
  const fromMs = Math.max(at.endMs, regretMs, at.nowMs);
  return within(fromMs, Math.min(fromMs + sharingTimes.spreadMs, at.giveUpMs), random);
}

/** When a deletion that was asked for at `nowMs` is due. */
export const deletionDueOf = (nowMs: number, random: number): number =>
  within(nowMs, nowMs + sharingTimes.deletionSpreadMs, random);

/** Exponential with full jitter. `tries`: begun so far, at least 1. */
export function retryAtMs(nowMs: number, tries: number, random: number): number {
  const { retryMs, retryMsMax } = sharingTimes;
  return within(nowMs, nowMs + Math.min(retryMs * 2 ** (tries - 1), retryMsMax), random);
}

/** A new instant for what was missed, or undefined when it was not. */
export function redrawn(
  dueMs: number,
  nowMs: number,
  giveUpMs: number,
  random: number,
): number | undefined {
  if (nowMs - dueMs < sharingTimes.missedAfterMs) return undefined;
  return within(nowMs, Math.min(nowMs + sharingTimes.missedSpreadMs, giveUpMs), random);
}
