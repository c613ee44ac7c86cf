// Something to compare: a profile over two releases of the demo's target and three sizes of its data, the later release a tenth
// slower. Made once, at the first start; whoever archives it is not given another.
import { Profile, ProfileList, type ProfileSpec } from "@tidemark/proto";
import type { HubClient } from "./hub-client.ts";

const releases = [
  { release: "3.5", slower: 0 },
  { release: "3.6", slower: 0.1 },
] as const;
/** Machines, as MAAS measures every day. */
const datasets = [10, 100, 1_000] as const;

export const exampleName = "Machine list";

/** Does nothing where a profile of the name is or was. */
export async function makeExample(
  hub: HubClient,
  agentId: string,
  targetUrl: string,
): Promise<void> {
  const kept = await Promise.all(
    [false, true].map((archived) => hub.call("GET", `/profiles?archived=${archived}`, ProfileList)),
  );
  if (kept.some(({ items }) => items.some(({ name }) => name === exampleName))) return;
  await hub.call("POST", "/profiles", Profile, exampleProfile(agentId, targetUrl));
}

export function exampleProfile(agentId: string, targetUrl: string): ProfileSpec {
  const target = (machines: number, slower: number) =>
    `${targetUrl}machines?n=${machines}&slower=${slower}`;
  return {
    name: exampleName,
    description: "Two releases of the demo's target; the later one is a tenth slower.",
    load: {
      target: target(100, 0),
      ratePerSecond: 200,
      durationSeconds: 10,
      warmupSeconds: 1,
      connections: 64,
    },
    placement: { agents: [agentId] },
    variants: releases.flatMap(({ release, slower }) =>
      datasets.map((machines) => ({
        labels: { release, dataset: `${machines}`, operation: "machine list" },
        target: target(machines, slower),
      })),
    ),
    comparison: { runsEach: 5 },
  };
}
