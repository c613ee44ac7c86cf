// Whom a run means. Pure. Nobody matched is nobody, never everybody.
import { type AgentState, parseSelector } from "@tidemark/proto";

/** What is known of an agent when a run is made. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: AgentState;
}

export type Selected<C extends Candidate> =
  | {
      readonly kind: "selected";
      /** In the order of their names, so that shares are the same at every repeat. */
      readonly agents: readonly C[];
      /** Matched, and left out because they cannot be reached; never the revoked, who are nobody. */
      readonly unreachable: readonly C[];
    }
  | { readonly kind: "faulty"; readonly reason: string };

export function selectAgents<C extends Candidate>(
  selector: string,
  candidates: readonly C[],
): Selected<C> {
  const parsed = parseSelector(selector);
  if (parsed.kind === "faulty") return parsed;
  const matched = candidates
    .filter(({ state, labels }) => state !== "revoked" && parsed.matches(labels))
    .sort((one, other) => compare(one.name, other.name) || compare(one.id, other.id));
  const agents = matched.filter(({ state }) => state === "online");
  const unreachable = matched.filter(({ state }) => state !== "online");
  if (agents.length > 0) return { kind: "selected", agents, unreachable };
  if (matched.length === 0) return { kind: "faulty", reason: `no agent matches ${selector}` };
  const names = unreachable.slice(0, 5).map(({ name, state }) => `${name} is ${state}`);
  return {
    kind: "faulty",
    reason: `no agent that matches ${selector} is online: ${names.join(", ")}`,
  };
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
