// Which table answers a range query, and how far apart its points lie: the finest that fits the points asked for and still
// exists. Pure.
import type { Resolution } from "@tidemark/proto";
import type { Retention } from "./retention.ts";

export interface Grid {
  readonly resolution: Resolution;
  readonly stepSeconds: number;
  /** Unix seconds, a multiple of the step; the first point's. */
  readonly from: number;
  readonly points: number;
}

const daySeconds = 86_400;
/** Seconds between the rows of a series at best. */
export const rowSeconds: Record<Resolution, number> = { raw: 1, "1m": 60, "1h": 3_600 };
const finestFirst: readonly Resolution[] = ["raw", "1m", "1h"];

/** Steps that divide the next larger unit, so that points fall on round times. */
const roundSteps = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600,
  43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000,
] as const;

/** Points of from … to (exclusive); `from < to`. A resolution that is asked for is kept, its step grows instead. */
export function gridOf(
  window: { readonly from: number; readonly to: number; readonly points: number },
  asked: Resolution | undefined,
  retention: Retention,
  nowSeconds: number,
): Grid {
  const resolution = asked ?? finestThatFits(window, retention, nowSeconds);
  const stepSeconds = stepOf(window, rowSeconds[resolution]);
  const from = window.from - (window.from % stepSeconds);
  return { resolution, stepSeconds, from, points: Math.ceil((window.to - from) / stepSeconds) };
}

function finestThatFits(
  window: { readonly from: number; readonly to: number; readonly points: number },
  retention: Retention,
  nowSeconds: number,
): Resolution {
  const kept: Record<Resolution, number> = {
    raw: retention.samples,
    "1m": retention.samples_1m,
    "1h": retention.samples_1h,
  };
  const step = stepOf(window, 1);
  const candidates = finestFirst.filter(
    (resolution) => window.from >= nowSeconds - kept[resolution] * daySeconds,
  );
  // Of those that reach back far enough, the coarsest whose rows still fill every point.
  return (
    candidates.findLast((resolution) => rowSeconds[resolution] <= step) ?? candidates[0] ?? "1h"
  );
}

function stepOf(
  { from, to, points }: { readonly from: number; readonly to: number; readonly points: number },
  stepMin: number,
): number {
  for (const step of roundSteps) {
    if (step < stepMin) continue;
    if (Math.ceil((to - (from - (from % step))) / step) <= points) return step;
  }
  // Few points over very long: one that covers the window from zero on.
  return Math.max(to, stepMin);
}
