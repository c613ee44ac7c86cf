// What a request makes of a profile: the steps of a campaign, or what is wrong with it, by field. Pure.
import {
  type Campaign,
  type CampaignStep,
  type NewCampaign,
  type NewComparison,
  type ProfileSpec,
  type Variant,
  defaultComparison,
  profileLimits,
} from "@tidemark/proto";
import { refused } from "../load/create.ts";
import type { Refused } from "../load/start.ts";
import { variantsOf } from "../profiles/variants.ts";
import { campaignLimits } from "./limits.ts";
import { type OrderedStep, type Pair, inRounds, interleaved } from "./order.ts";
import { pairsOf, selectorFault } from "./pairs.ts";
import { labelText } from "../profiles/labels.ts";

export type PlannedCampaign =
  | ({ readonly kind: "planned" } & Pick<Campaign, "steps" | "comparison">)
  | Refused;

/** `random`: 0 … 1, from the comparison's seed. */
export interface Seeded {
  readonly seed: number;
  readonly random: () => number;
}

export function planRuns(spec: ProfileSpec, request: NewCampaign): PlannedCampaign {
  if (request.variants !== undefined) {
    const reason = selectorFault(spec, request.variants);
    if (reason !== undefined) return refused("invalid-request", reason, "/variants");
  }
  const variants = variantsOf(spec, request.variants);
  const repeats = request.repeats ?? spec.repeats ?? 1;
  const fault = lengthFault(variants.length * repeats);
  if (fault !== undefined) return refused("invalid-request", fault, "/repeats");
  return planned(inRounds(variants, repeats), null);
}

export function planComparison(
  spec: ProfileSpec,
  request: NewComparison,
  { seed, random }: Seeded,
): PlannedCampaign {
  const { baseline, candidate } = request;
  const paired = pairsOf(spec, { baseline, candidate });
  if (paired.kind === "unpaired")
    return refused("invalid-request", paired.reason, `/${paired.side}`);
  const settings = { ...defaultComparison, ...spec.comparison };
  const { runsEach = settings.runsEach, marginRatio = settings.marginRatio } = request;
  const fault = lengthFault(2 * paired.strata.length * runsEach);
  if (fault !== undefined) return refused("invalid-request", fault, "/runsEach");
  return planned(interleaved(paired.strata, runsEach, random), {
    baseline,
    candidate,
    runsEach,
    marginRatio,
    seed,
  });
}

/** Of two releases; of the suspect's variant alone where no other is left to interleave it with. */
export function planRerun(
  spec: ProfileSpec,
  sides: { readonly baseline: Variant | undefined; readonly candidate: Variant },
  { seed, random }: Seeded,
): PlannedCampaign {
  const runsEach = campaignLimits.rerunRunsEach;
  const { baseline, candidate } = sides;
  if (baseline === undefined)
    return planned(
      inRounds([candidate], runsEach).map(({ of }) => ({ of, side: "candidate" })),
      null,
    );
  const pair: Pair<Variant> = { baseline, candidate };
  const { marginRatio } = { ...defaultComparison, ...spec.comparison };
  return planned(interleaved([pair], runsEach, random), {
    baseline: labelText(baseline.labels),
    candidate: labelText(candidate.labels),
    runsEach,
    marginRatio,
    seed,
  });
}

function planned(
  order: readonly OrderedStep<Variant>[],
  comparison: Campaign["comparison"],
): PlannedCampaign {
  const steps = order.map(({ of, side }): CampaignStep => ({
    variant: of.labels,
    side,
    run: null,
    state: "waiting",
    cause: "",
    validity: null,
  }));
  return { kind: "planned", steps, comparison };
}

function lengthFault(runs: number): string | undefined {
  const { campaignRunsMax } = profileLimits;
  return runs > campaignRunsMax
    ? `that makes ${runs} runs, ${campaignRunsMax} are allowed: fewer of each, or fewer variants`
    : undefined;
}
