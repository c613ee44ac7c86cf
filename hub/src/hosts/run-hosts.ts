// What the hosts did during runs: those that generated, and the target's own where it is one of the fleet.
import type { AgentId, HostFigures, RunId } from "@tidemark/proto";
import { type KnownRun, agentsOf } from "../load/known-run.ts";
import type { RunControl } from "../load/runs.ts";
import type { QuerySource } from "../store/query-source.ts";
import { readHostMeans } from "./host-means.ts";
import { type TargetHosts, addressOf, isLoopback } from "./target-hosts.ts";

/** Of each run; a run that is not there, or has not begun, is absent. */
export type RunHostFigures = (
  runs: readonly RunId[],
) => Promise<ReadonlyMap<RunId, readonly HostFigures[]>>;

interface KnownHost {
  readonly id: AgentId;
  readonly name: string;
  readonly host: number;
}

export interface RunHostsDeps {
  readonly source: QuerySource;
  readonly runs: Pick<RunControl, "known">;
  readonly agents: {
    get(id: AgentId): KnownHost | undefined;
    byHost(host: number): KnownHost | undefined;
  };
  readonly targetHosts: TargetHosts;
}

export function openRunHosts({ source, runs, agents, targetHosts }: RunHostsDeps): RunHostFigures {
  async function figuresOf(known: KnownRun): Promise<readonly HostFigures[] | undefined> {
    const { plan, startedAtMs, endedAtMs } = known.record;
    if (startedAtMs === null) return undefined;
    const generators = agentsOf(known).flatMap((id) => agents.get(id) ?? []);
    const address = addressOf(plan.target);
    const targets = isLoopback(address)
      ? generators
      : (await targetHosts(address)).flatMap((host) => agents.byHost(host) ?? []);
    const involved = [...new Map([...generators, ...targets].map((one) => [one.id, one])).values()];
    // A sample stands at the end of the second it is of.
    const from = Math.floor(startedAtMs / 1_000) + 1;
    const to = Math.max(from, Math.floor((endedAtMs ?? source.now()) / 1_000)) + 1;
    const means = await readHostMeans(
      source,
      involved.map(({ host }) => host),
      { from, to },
    );
    return involved.map((one) => ({
      agent: one.id,
      agentName: one.name,
      role: roleOf(isIn(generators, one), isIn(targets, one)),
      means: { ...means.get(one.host) },
    }));
  }

  return async (ids) => {
    const found = new Map<RunId, readonly HostFigures[]>();
    // One after the other: the database has few connections, and each of these queries is small.
    for (const id of ids) {
      const known = await runs.known(id);
      const figures = known === undefined ? undefined : await figuresOf(known);
      if (figures !== undefined) found.set(id, figures);
    }
    return found;
  };
}

const isIn = (hosts: readonly KnownHost[], { id }: KnownHost) =>
  hosts.some((host) => host.id === id);

function roleOf(generates: boolean, answers: boolean): HostFigures["role"] {
  if (generates && answers) return "both";
  return answers ? "target" : "generator";
}
