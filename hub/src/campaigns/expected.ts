// How long runs take at the latest, before any of them has started. Pure.
import type { CapacitySearch, ProfileSpec, Variant } from "@tidemark/proto";
import { planOf } from "../load/plan.ts";
import { stepsMax } from "../load/search.ts";
import { runRequestOf } from "../profiles/variants.ts";
import { campaignLimits } from "./limits.ts";

/** One after the other with the gaps between them, ms. A profile that no plan can be made of takes no time. */
export function expectedMs(spec: ProfileSpec, variants: readonly Variant[]): number {
  const lengths = new Map<Variant, number>();
  return variants.reduce((sum, variant) => {
    const length = lengths.get(variant) ?? runMs(spec, variant);
    lengths.set(variant, length);
    return sum + length + campaignLimits.gapMs;
  }, 0);
}

function runMs(spec: ProfileSpec, variant: Variant): number {
  const planned = planOf(runRequestOf(spec, variant, ""));
  if (planned.kind === "faulty") return 0;
  const { plan, search } = planned;
  const once = (plan.warmupMs ?? 0) + plan.durationMs;
  if (search === undefined) return once;
  const steps = searchStepsMax(search);
  return steps * once + (steps - 1) * campaignLimits.gapMs;
}

/**
 * Steps of a search by its own rule (`load/search.ts`): doublings from the lowest to the highest rate, then halvings of the last
 * doubling, in proportions, down to the tolerance, and one that confirms the answer.
 */
export function searchStepsMax({
  fromPerSecond,
  toPerSecond,
  toleranceRatio,
}: CapacitySearch): number {
  const doublings = 1 + Math.ceil(Math.max(0, Math.log2(toPerSecond / fromPerSecond)));
  const halvings = Math.ceil(Math.log2(Math.max(1, Math.LN2 / Math.log1p(toleranceRatio))));
  return Math.min(stepsMax, doublings + halvings + 1);
}
