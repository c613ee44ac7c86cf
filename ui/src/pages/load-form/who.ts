// Whom a draft means: the agents chosen by name, or those a label selector matches. Nobody matched is nobody. Pure.
import { loadLimits, parseSelector, type Agent } from "@tidemark/proto";
import type { Draft } from "./draft.ts";

export type Candidate = Pick<Agent, "id" | "name" | "labels" | "state" | "loadAllowed">;

export type Meant =
  | { readonly kind: "agents"; readonly agents: readonly Candidate[]; readonly note: string }
  | { readonly kind: "nobody"; readonly reason: string };

export function whoIsMeant(
  draft: Pick<Draft, "who" | "agents" | "selector">,
  candidates: readonly Candidate[],
): Meant {
  if (draft.who === "agents") {
    const agents = candidates.filter(({ id }) => draft.agents.includes(id));
    return agents.length === 0
      ? { kind: "nobody", reason: "Choose the agent that sends the requests." }
      : bounded(agents, noteOf(agents));
  }
  if (draft.selector.trim() === "")
    return { kind: "nobody", reason: "A selector such as role=rack,zone!=b." };
  const selector = parseSelector(draft.selector);
  if (selector.kind === "faulty")
    return { kind: "nobody", reason: `This selector cannot be read: ${selector.reason}.` };
  const matched = candidates.filter(
    ({ state, labels }) => state !== "revoked" && selector.matches(labels),
  );
  if (matched.length === 0)
    return { kind: "nobody", reason: "Nobody matches, so nothing would be sent." };
  const online = matched.filter(({ state }) => state === "online");
  if (online.length === 0)
    return { kind: "nobody", reason: `None that match is online: ${namesOf(matched)}.` };
  const away = matched.length - online.length;
  const left = away === 0 ? "" : ` ${away} more ${away === 1 ? "is" : "are"} not online.`;
  return bounded(online, `Matches ${namesOf(online)}.${left}`);
}

function bounded(agents: readonly Candidate[], note: string): Meant {
  return agents.length > loadLimits.agentsMax
    ? { kind: "nobody", reason: `${agents.length} agents; at most ${loadLimits.agentsMax} a test.` }
    : { kind: "agents", agents, note };
}

/** What is to be said of agents chosen by name before the hub says it. */
function noteOf(agents: readonly Candidate[]): string {
  const away = agents.filter(({ state }) => state !== "online");
  const closed = agents.filter(({ loadAllowed }) => loadAllowed === false);
  if (away.length > 0)
    return `${namesOf(away)} ${away.length === 1 ? "is" : "are"} not online; the test would be refused.`;
  if (closed.length > 0)
    return `The policy of ${namesOf(closed)} lets no test run; the test would be refused.`;
  return agents.length === 1
    ? "The requests are sent from this host. Its own policy has the last word."
    : "Each sends an equal share, all from the same instant. Their own policies have the last word.";
}

const namedMax = 6;

/** "rack-1, rack-2", and how many more. */
export function namesOf(agents: readonly Pick<Candidate, "name">[]): string {
  const named = agents.slice(0, namedMax).map(({ name }) => name);
  const more = agents.length - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}
