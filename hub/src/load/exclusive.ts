// Two runs never share an agent or a target, unless both say they may: each would measure the other. Pure.
import { type AgentId, type RunId, defaultPortOf } from "@tidemark/proto";

export interface Claim {
  readonly agents: readonly AgentId[];
  readonly target: string;
  readonly mayShare: boolean;
}

export interface Conflict {
  readonly run: RunId;
  readonly what: "agent" | "target";
  /** Which of the agents, for `agent`. */
  readonly agent: AgentId | undefined;
}

/** The first of the runs under way that the claim gets in the way of. */
export function conflictOf(
  claim: Claim,
  active: readonly (Claim & { readonly run: RunId })[],
): Conflict | undefined {
  const target = placeOf(claim.target);
  for (const other of active) {
    if (claim.mayShare && other.mayShare) continue;
    const agent = claim.agents.find((one) => other.agents.includes(one));
    if (agent !== undefined) return { run: other.run, what: "agent", agent };
    if (isSame(target, placeOf(other.target)))
      return { run: other.run, what: "target", agent: undefined };
  }
  return undefined;
}

interface Place {
  readonly host: string;
  readonly port: string;
}

const isSame = (one: Place, other: Place) => one.host === other.host && one.port === other.port;

/** Host and port as one way of writing them: case, trailing dots, default ports, spellings of an address. */
export function placeOf(target: string): Place {
  const { protocol, port } = new URL(target);
  // Only the schemes of the web have their hosts normalised.
  const url = new URL(target.replace(/^[a-z]+:/i, "http:"));
  return {
    host: url.hostname.replace(/\.$/, ""),
    port: port === "" ? String(defaultPortOf(protocol) ?? "") : port,
  };
}
