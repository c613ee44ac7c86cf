// What a reader must know of a profile's placement now: agents come and go, and a profile stays. Pure.
import type { AgentState, Placement } from "@tidemark/proto";
import { selectAgents } from "../load/selector.ts";

interface Known {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: AgentState;
}

/** In sentences; empty when it could run now. */
export function placementRemarks(
  { agents = [], selector }: Placement,
  known: readonly Known[],
): readonly string[] {
  const ofAgents = agents.flatMap((id) => {
    const found = known.find((agent) => agent.id === id);
    if (found === undefined) return [`there is no agent ${id}`];
    return found.state === "online" ? [] : [`${found.name} is ${found.state}`];
  });
  const selected = selector === undefined ? undefined : selectAgents(selector, known);
  const remarks = selected?.kind === "faulty" ? [...ofAgents, selected.reason] : ofAgents;
  return remarks.map((remark) => remark.slice(0, remarkLengthMax));
}

const remarkLengthMax = 512;
