// Whether the run had warmed up when it began to count. flagged: in its first 30 % it was at another level, which is a small part of its
// figures. invalid: it was slower by more than a quarter for longer than that, and its figures are mostly those of the warm-up.
import { type LevelChange, levelChanges, warmupRatioMax } from "../level-changes.ts";
import { type Rule, flagged, invalid } from "./rule.ts";
import { duration, percent } from "./words.ts";

/** A quarter: more than a neighbour on the same machine makes of half a run. */
const slowerRuins = 0.25;

export const warmUp = {
  name: "warm-up",
  judge: (facts) =>
    levelChanges(facts).flatMap((change) => {
      if (change.kind === "warm-up") return [flagged(words(change))];
      return isLateWarmup(change) ? [invalid(words(change))] : [];
    }),
} as const satisfies Rule;

/** It settled on a lower level, and late. */
export function isLateWarmup({ kind, atRatio, ratio }: LevelChange): boolean {
  const slower = 1 / (1 + ratio) - 1;
  return kind === "unstable" && atRatio > warmupRatioMax && atRatio <= 0.5 && slower > slowerRuins;
}

function words({ figure, atMs, ratio }: LevelChange): string {
  const first = 1 / (1 + ratio) - 1;
  const what = first > 0 ? `${percent(first)} higher` : `${percent(-first)} lower`;
  return `${figure} was ${what} in the first ${duration(atMs * 1_000)} than after; a warm-up of that length would leave it out`;
}
