// Who carries out a run: the agents that a request names, or those that its selector matches. Pure. A named agent that cannot
// be reached refuses the run; one that a selector matches is left out, and the run says so.
import { type NewRun, type ProblemCode, loadLimits } from "@tidemark/proto";
import { type Candidate, selectAgents } from "./selector.ts";

export type Chosen<C extends Candidate> =
  | {
      readonly kind: "chosen";
      /** In the order of their shares; at least one. */
      readonly agents: readonly C[];
      readonly remarks: readonly string[];
    }
  | {
      readonly kind: "refused";
      readonly code: ProblemCode;
      readonly field: string;
      readonly reason: string;
    };

export function chooseAgents<C extends Candidate>(
  input: Pick<NewRun, "agent" | "agents" | "selector">,
  candidates: readonly C[],
): Chosen<C> {
  const { agent, agents, selector } = input;
  const ways = [agent, agents, selector].filter((way) => way !== undefined).length;
  if (ways === 0)
    return refused("invalid-request", "/agents", "who generates? Name agents or a selector");
  if (ways > 1)
    return refused("invalid-request", "/agents", "give agent, agents or selector: one of them");
  if (selector !== undefined) return bySelector(selector, candidates);
  if (agents !== undefined) return byName(agents, candidates, (at) => `/agents/${at}`);
  return byName(agent === undefined ? [] : [agent], candidates, () => "/agent");
}

function byName<C extends Candidate>(
  ids: readonly string[],
  candidates: readonly C[],
  fieldOf: (at: number) => string,
): Chosen<C> {
  const chosen: C[] = [];
  for (const [at, id] of ids.entries()) {
    const found = candidates.find((candidate) => candidate.id === id);
    if (found === undefined || found.state === "revoked")
      return refused("not-found", fieldOf(at), `there is no agent ${id}`);
    if (found.state !== "online")
      return refused("agent-offline", fieldOf(at), `${found.name} is ${found.state}`);
    if (chosen.includes(found))
      return refused("invalid-request", fieldOf(at), `${found.name} is named twice`);
    chosen.push(found);
  }
  return { kind: "chosen", agents: chosen, remarks: [] };
}

const namesMax = 5;
const remarkLengthMax = 512;

function bySelector<C extends Candidate>(selector: string, candidates: readonly C[]): Chosen<C> {
  const selected = selectAgents(selector, candidates);
  if (selected.kind === "faulty") return refused("invalid-request", "/selector", selected.reason);
  const { agents, unreachable } = selected;
  if (agents.length > loadLimits.agentsMax)
    return refused(
      "invalid-request",
      "/selector",
      `${agents.length} agents match; a run has ${loadLimits.agentsMax} at most`,
    );
  const named = unreachable.slice(0, namesMax).map(({ name, state }) => `${name} is ${state}`);
  const more = unreachable.length - named.length;
  const remark = `left out of ${selector}: ${named.join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
  return {
    kind: "chosen",
    agents,
    remarks: unreachable.length === 0 ? [] : [remark.slice(0, remarkLengthMax)],
  };
}

function refused(
  code: ProblemCode,
  field: string,
  reason: string,
): Extract<Chosen<never>, { kind: "refused" }> {
  return { kind: "refused", code, field, reason };
}
