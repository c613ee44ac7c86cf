// Whether the run held one level after that. flagged: its figures are a mixture of two, but a release that grows slower while it runs
// does just this, and must not be left out for it.
import { levelChanges } from "../level-changes.ts";
import { type Rule, flagged } from "./rule.ts";
import { isLateWarmup } from "./warm-up.ts";
import { duration, percent } from "./words.ts";

export const unstable = {
  name: "unstable",
  judge: (facts) =>
    levelChanges(facts)
      .filter((change) => change.kind === "unstable" && !isLateWarmup(change))
      .map(({ figure, ratio, atMs }) =>
        flagged(
          `${figure} ${ratio > 0 ? "rose" : "fell"} by ${percent(Math.abs(ratio))} after ${duration(atMs * 1_000)} and stayed there`,
        ),
      ),
} as const satisfies Rule;
