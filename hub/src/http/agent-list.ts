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
        labels.every((label) => carries(agent, label)) &&
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

interface LabelFilter {
  readonly key: string;
  /** Any value without it. */
  readonly value: string | undefined;
}

/** `key=value`, or `key` alone for any value. */
function parseLabel(text: string, index: number): LabelFilter {
  const [, key, value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (key === undefined)
    throw new RequestRefused("invalid-request", `/label/${index} of the query must be key=value`, {
      field: `/label/${index}`,
    });
  return { key, value };
}

const carries = (agent: Agent, { key, value }: LabelFilter): boolean =>
  Object.hasOwn(agent.labels, key) && (value === undefined || agent.labels[key] === value);

function placeOf(cursor: string, agents: readonly Agent[]): Place {
  const agent = agents.find(({ id }) => id === cursor);
  if (agent === undefined)
    throw new RequestRefused("invalid-request", "/cursor of the query is not one this hub gave", {
      field: "/cursor",
    });
  return agent;
}
