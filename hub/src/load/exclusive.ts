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
  for (const other of active) {
    const clash = clashOf(claim, other);
    if (clash !== undefined) return { run: other.run, ...clash };
  }
  return undefined;
}

/** What two claims share and may not. */
export function clashOf(one: Claim, other: Claim): Omit<Conflict, "run"> | undefined {
  if (one.mayShare && other.mayShare) return undefined;
  const agent = one.agents.find((each) => other.agents.includes(each));
  if (agent !== undefined) return { what: "agent", agent };
  return isSame(placeOf(one.target), placeOf(other.target))
    ? { what: "target", agent: undefined }
    : undefined;
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
