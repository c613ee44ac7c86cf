// A campaign in a few fields, for those who follow it. Pure.
import type { Campaign, CampaignNews } from "@tidemark/proto";
import { isOver } from "./steps.ts";

export function newsOf({ id, profile, kind, state, cause, steps }: Campaign): CampaignNews {
  return {
    id,
    profile: profile.id,
    kind,
    state,
    cause,
    steps: steps.length,
    stepsDone: steps.filter((step) => isOver(step.state)).length,
    run: steps.find((step) => step.state === "running")?.run ?? null,
  };
}
