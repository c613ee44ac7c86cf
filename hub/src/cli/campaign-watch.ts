// Follows a campaign to its end, also across a restart of the hub.
import { setTimeout as delay } from "node:timers/promises";
import { Campaign } from "@tidemark/proto";
import { CommandFailed } from "../errors.ts";
import { isOver, labelsText, stepsDone } from "./campaign-text.ts";
import type { HubClient } from "./client.ts";

const lookMs = 1_000;
/** How long a hub may be away meanwhile. */
const awayMsMax = 120_000;

/** `tell` gets a line for every step that ended. */
export async function watchCampaign(
  hub: HubClient,
  id: string,
  tell: (line: string) => void,
): Promise<Campaign> {
  let told = 0;
  let answeredAt = performance.now();
  for (;;) {
    const campaign = await look(hub, id, answeredAt);
    if (campaign !== undefined) {
      answeredAt = performance.now();
      for (const [index, step] of campaign.steps.entries()) {
        if (index < told || index >= stepsDone(campaign)) continue;
        told = index + 1;
        const cause = step.cause === "" ? "" : `: ${step.cause}`;
        tell(
          `${told}/${campaign.steps.length}  ${labelsText(step.variant)}  ${step.state}${cause}`,
        );
      }
      if (isOver(campaign)) return campaign;
    }
    await delay(lookMs);
  }
}

/** Undefined while the hub is away, which is borne for a while. */
async function look(hub: HubClient, id: string, answeredAt: number): Promise<Campaign | undefined> {
  try {
    return await hub.get(`/campaigns/${encodeURIComponent(id)}`, Campaign);
  } catch (cause) {
    // A hub that answers with a refusal has no cause beneath; one that does not answer has.
    const isAway = cause instanceof CommandFailed && cause.cause !== undefined;
    if (isAway && performance.now() - answeredAt < awayMsMax) return undefined;
    throw cause;
  }
}
