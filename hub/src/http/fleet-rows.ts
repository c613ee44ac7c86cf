// The fleet page's table: one row for every agent that is not revoked, by name.
import type { Fleet } from "@tidemark/proto";
import type { HttpDeps } from "./deps.ts";

/** Rows with nulls for agents that have no data within the window. */
export async function fleetOf(
  deps: Pick<HttpDeps, "agents" | "presence" | "samples" | "now">,
): Promise<Fleet> {
  const atMs = deps.now();
  const records = deps.agents.all().filter((record) => record.revokedAtMs === null);
  const hosts = records.map((record) => record.host);
  const { times, hosts: numbers } = await deps.samples.sparklines(hosts, Math.floor(atMs / 1_000));
  const gaps = times.map(() => null);
  const unknown = {
    cpu: null,
    memory: null,
    disk: null,
    network: null,
    fullest: null,
    pressure: null,
    sparklines: { cpu: gaps, memory: gaps, disk: gaps, network: gaps },
  };
  const rows = records
    .map((record) => ({
      agent: deps.presence.view(record, atMs),
      ...(numbers.get(record.host) ?? unknown),
    }))
    .toSorted((left, right) => (left.agent.name < right.agent.name ? -1 : 1));
  return { atMs, times: [...times], rows };
}
