// How many runs would settle what these have not. Pure.
import { type ComparedFigure, scaledMargin } from "./compared-figures.ts";
import type { Tested } from "./family.ts";
import { runsToDetect } from "./statistics/detectable.ts";
import { verdictLimits } from "@tidemark/proto";

/** Between runs of one thing, where nothing is known of it: what measured medians usually have. */
export const usualNoise = 0.03;

/** Runs of each side that find the margin four times in five; undefined where more would be needed than a comparison takes. */
export function runsForMargin(
  figure: ComparedFigure,
  noise: number,
  marginRatio: number,
): number | undefined {
  const runs = runsToDetect(noise, Math.expm1(scaledMargin(figure, marginRatio)));
  return runs > verdictLimits.sideRunsMax ? undefined : runs;
}

/**
 * Further runs of each side after which the interval, which narrows as the root of their number, should lie within the margin or off
 * zero, whichever is nearer to be reached from this estimate. Undefined where that is more than a comparison takes.
 */
export function runsToSettle(
  { figure, effect, runs }: Pick<Tested, "figure" | "effect" | "runs">,
  marginRatio: number,
): number | undefined {
  if (effect === undefined) return undefined;
  const away = Math.abs(effect.estimate);
  const reach = Math.max(away, scaledMargin(figure, marginRatio) - away);
  const halfWidth = (effect.high - effect.low) / 2;
  const needed = Math.ceil(runs * (halfWidth / reach) ** 2);
  if (!(needed <= verdictLimits.sideRunsMax)) return undefined;
  return Math.max(furtherRunsMin, needed - runs);
}

/** One run more is seldom news. */
const furtherRunsMin = 2;
