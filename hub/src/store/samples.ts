// Queries over samples and their roll-ups. Series and host names are looked up in memory: the SQL sees numbers only.
import type { AgentId, RangeQuery, RangeResult, TopQuery, TopResult } from "@tidemark/proto";
import { type FleetSparklines, createSparklines } from "./sparklines.ts";
import type { QuerySource } from "./query-source.ts";
import { queryRange } from "./range.ts";
import { type HostNames, queryTop } from "./top.ts";

export interface SampleQueries {
  /** Whether any series of this metric was ever stored. */
  hasMetric(metric: string): boolean;
  /** Values of the series that match, on one time axis. `hosts` are the agents of the query that exist. */
  range(query: RangeQuery, hosts: ReadonlyMap<AgentId, number>): Promise<RangeResult>;
  /** The hosts with the highest value; each with its highest series. */
  top(query: TopQuery, agents: HostNames): Promise<TopResult>;
  /** What the fleet page shows of each host; hosts without data are absent. */
  sparklines(hosts: readonly number[], nowSeconds: number): Promise<FleetSparklines>;
}

export function openSampleQueries(deps: QuerySource): SampleQueries {
  return {
    hasMetric: (metric) => deps.series.ofMetric(metric).length > 0,
    range: (query, hosts) => queryRange(query, hosts, deps),
    top: (query, agents) => queryTop(query, agents, deps),
    sparklines: createSparklines(deps),
  };
}
