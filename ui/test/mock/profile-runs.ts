// A profile's runs in the mock: two releases by two sizes of data set, interleaved in one campaign, with a slower release at one
// size, one run that is no evidence and one with a caveat.
import type { Agent, NewRun, Validity } from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { chance, seedOf } from "./noise.ts";
import type { MockRun } from "./runs.ts";
import { finishedRun } from "./seeded-runs.ts";

export const machineList = {
  id: idOf("profile machine list"),
  name: "machine list",
  campaign: idOf("campaign machine list"),
} as const;
const releases = ["3.5", "3.6"] as const;
const datasets = ["100", "1000"] as const;
const runsEach = 8;

const unstable: Validity = {
  level: "flagged",
  findings: [
    {
      rule: "unstable",
      level: "flagged",
      detail: "p99 of the slices changed its level at second 3: rank CUSUM 3.1, critical 2.97",
    },
  ],
};
const stolen: Validity = {
  level: "invalid",
  findings: [
    { rule: "host", level: "invalid", detail: "7.4 % of the CPU was stolen, at most 1 % may be" },
    {
      rule: "generator",
      level: "flagged",
      detail: "event-loop delay p99 6.1 ms, above 5 ms",
    },
  ],
};

/** Newest last; each stratum's sides alternate as ABBA does. */
export function profileRuns(agents: readonly Agent[], nowMs: number): readonly MockRun[] {
  const agent = agents[0];
  if (agent === undefined) return [];
  return datasets.flatMap((dataset, stratum) =>
    releases.flatMap((release, side) =>
      Array.from({ length: runsEach }, (_, index) =>
        profileRun(agent, release, dataset, index, {
          startedAtMs:
            nowMs - 3 * 86_400_000 + (stratum * runsEach * 2 + index * 2 + side) * 240_000,
          speed: speedOf(release, dataset, index),
        }),
      ),
    ),
  );
}

function speedOf(release: string, dataset: string, index: number): number {
  const seed = seedOf(`${release} ${dataset}`);
  const noise = Math.exp((chance(seed, index) + chance(seed, index + 50) - 1) * 0.05);
  const slower = release === "3.6" && dataset === "1000" ? 1.085 : 1;
  return noise * slower * (dataset === "1000" ? 6 : 1.4);
}

function profileRun(
  agent: Agent,
  release: string,
  dataset: string,
  index: number,
  { startedAtMs, speed }: { startedAtMs: number; speed: number },
): MockRun {
  const input: NewRun = {
    target: `http://127.0.0.1:8080/MAAS/api/2.0/machines/?release=${release}&size=${dataset}`,
    name: `machine list, ${release} at ${dataset}`,
    ratePerSecond: 300,
    connections: 16,
    durationSeconds: 3,
  };
  const id = `${machineList.name} ${release} ${dataset} ${index}`;
  const mock = finishedRun(input, [agent], startedAtMs, id, speed);
  const isStolen = release === "3.6" && index === 5;
  const isUnstable = release === "3.5" && index === 2;
  mock.run = {
    ...mock.run,
    profile: { id: machineList.id, revision: 3, name: machineList.name },
    variant: { release, dataset },
    campaign: machineList.campaign,
    validity: isStolen ? stolen : isUnstable ? unstable : { level: "valid", findings: [] },
  };
  return mock;
}
