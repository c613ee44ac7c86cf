// Campaigns on the same agents or target wait for each other, in the order they were made. Pure.
import { type AgentId, type CampaignId, parseSelector } from "@tidemark/proto";
import { type Claim, clashOf } from "../load/exclusive.ts";

/** What a campaign's runs hold, one after the other. */
export interface CampaignClaim {
  readonly id: CampaignId;
  readonly createdAtMs: number;
  readonly agents: readonly AgentId[];
  readonly targets: readonly string[];
  readonly mayShare: boolean;
}

/** The first campaign, of those made before or already under way, that this one would get in the way of. */
export function behind<C extends CampaignClaim & { readonly isCarried: boolean }>(
  claim: C,
  others: readonly C[],
): C | undefined {
  return others
    .filter((other) => other.id !== claim.id && (other.isCarried || isBefore(other, claim)))
    .toSorted((one, other) => (isBefore(one, other) ? -1 : 1))
    .find((other) => isInTheWay(claim, other));
}

/** Agents that a placement may mean, whether they are there now or not. */
export function agentsMeant(
  named: readonly string[],
  selector: string | undefined,
  all: readonly { readonly id: AgentId; readonly labels: Readonly<Record<string, string>> }[],
): readonly AgentId[] {
  const parsed = selector === undefined ? undefined : parseSelector(selector);
  const meant = all.filter(
    ({ id, labels }) =>
      named.includes(id) || (parsed?.kind === "selector" && parsed.matches(labels)),
  );
  return meant.map(({ id }) => id);
}

/** What runs hold, whoever makes them. */
export type Held = Omit<CampaignClaim, "id" | "createdAtMs">;

type Made = Pick<CampaignClaim, "id" | "createdAtMs">;
export function isBefore(one: Made, other: Made): boolean {
  return one.createdAtMs === other.createdAtMs
    ? one.id < other.id
    : one.createdAtMs < other.createdAtMs;
}

export function isInTheWay(one: Held, other: Held): boolean {
  return claimsOf(one).some((mine) =>
    claimsOf(other).some((theirs) => clashOf(mine, theirs) !== undefined),
  );
}

function claimsOf({ agents, targets, mayShare }: Held): readonly Claim[] {
  return targets.map((target) => ({ agents, target, mayShare }));
}
