// One part of a schedule that several generators carry out together: part j of n takes requests j, j + n, j + 2n …, so that
// the parts add up to the whole exactly, whatever the pacing.
import { type Share, shareOf } from "@tidemark/proto";
import type { Schedule } from "./pacing.ts";

export function sharedSchedule(whole: Schedule, share: Share): Schedule {
  const { index: first, of } = share;
  if (of === 1) return whole;
  return {
    total: shareOf(whole.total, share),
    dueAtMs: (index) => whole.dueAtMs(first + index * of),
    dueBy: (elapsedMs) => shareOf(whole.dueBy(elapsedMs), share),
  };
}
