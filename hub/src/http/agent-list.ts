// Which agents a list holds, and in which order: by name, then id. The cursor is the last row's id: records are never
// removed, so its place can be found again while agents come and go.
import type { Agent, AgentList, AgentState } from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";

export interface AgentListQuery {
  readonly label?: readonly string[];
  readonly state?: AgentState;
  readonly search?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

const defaultLimit = 100;

/** One page of `agents`; throws `invalid-request` for a label filter or a cursor that cannot be read. */
export function listAgents(agents: readonly Agent[], query: AgentListQuery): AgentList {
  const labels = (query.label ?? []).map(parseLabel);
  const needle = query.search?.toLowerCase() ?? "";
  const matching = agents
    .filter(
      (agent) =>
        (query.state === undefined || agent.state === query.state) &&
        labels.every(([key, value]) => agent.labels[key] === value) &&
        contains(agent, needle),
    )
    .sort(byPlace);
  const after = query.cursor === undefined ? undefined : placeOf(query.cursor, agents);
  const rest =
    after === undefined ? matching : matching.filter((agent) => byPlace(agent, after) > 0);
  const items = rest.slice(0, query.limit ?? defaultLimit);
  const last = items.at(-1);
  const nextCursor = last !== undefined && rest.length > items.length ? last.id : null;
  return { items, nextCursor, total: matching.length };
}

type Place = Pick<Agent, "name" | "id">;

function byPlace(left: Place, right: Place): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}

function contains(agent: Agent, needle: string): boolean {
  if (needle === "") return true;
  const texts = [
    agent.name,
    agent.id,
    ...Object.entries(agent.labels).map((pair) => pair.join("=")),
  ];
  return texts.some((text) => text.toLowerCase().includes(needle));
}

/** `key=value` as a pair; the field names the filter's place in the query. */
function parseLabel(text: string, index: number): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1)
    throw new RequestRefused("invalid-request", `/label/${index} of the query must be key=value`, {
      field: `/label/${index}`,
    });
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function placeOf(cursor: string, agents: readonly Agent[]): Place {
  const agent = agents.find(({ id }) => id === cursor);
  if (agent === undefined)
    throw new RequestRefused("invalid-request", "/cursor of the query is not one this hub gave", {
      field: "/cursor",
    });
  return agent;
}
