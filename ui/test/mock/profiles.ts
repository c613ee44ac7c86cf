// The mock's profiles: compared across releases and sizes, a mesh on and off, a search, one that is archived.
import type { Profile, ProfileRow, ProfileSpec, Run } from "@tidemark/proto";
import { pacingText, withPreset } from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { machineList as compared } from "./profile-runs.ts";

export interface KeptProfile {
  readonly id: string;
  /** Oldest first. */
  revisions: Profile[];
}

export function latestOf({ id, revisions }: KeptProfile): Profile {
  const latest = revisions.at(-1);
  if (latest === undefined) throw new Error(`profile ${id} has no revision`);
  return latest;
}

const day = 86_400_000;
export const profileIds = {
  machines: compared.id,
  mesh: idOf("profile mesh"),
  search: idOf("profile search"),
  archived: idOf("profile archived"),
} as const;

function machineList(): ProfileSpec {
  const releases = ["3.5", "3.6"] as const;
  const datasets = ["10", "100", "1000"] as const;
  return {
    name: "MAAS machine list",
    description: "The list of machines as the UI asks for it, by size of the region.",
    labels: { team: "maas", tier: "nightly" },
    load: {
      driver: "http1",
      target: "http://127.0.0.1:5240/MAAS/api/2.0/machines/",
      pacing: { kind: "constant", ratePerSecond: 20 },
      connections: 16,
      durationSeconds: 60,
      warmupSeconds: 5,
      timeoutMs: 10_000,
      auth: { kind: "oauth1", keySecret: "maas-api-key" },
    },
    placement: { agents: [idOf("rack-001")] },
    variants: releases.flatMap((release) =>
      datasets.map((dataset) => ({
        labels: { release, dataset },
        target: `http://127.0.0.1:${release === "3.5" ? 5240 : 5241}/MAAS/api/2.0/machines/?limit=${dataset}`,
      })),
    ),
    objectives: [{ percentile: 99, responseMs: 800, errorRatioMax: 0.001 }],
    comparison: { runsEach: 8 },
  };
}

export function seededProfiles(agents: boolean, nowMs: number): KeptProfile[] {
  if (!agents) return [];
  const machines = machineList();
  const older: ProfileSpec = {
    ...machines,
    load: { ...machines.load, pacing: { kind: "constant", ratePerSecond: 10 }, timeoutMs: 5_000 },
    variants: (machines.variants ?? []).filter(({ labels }) => labels["release"] === "3.5"),
  };
  const first: ProfileSpec = { ...older, name: "Machine list" };
  const mesh: ProfileSpec = {
    name: "Bookinfo through the mesh",
    load: {
      target: "http://127.0.0.1:9080/productpage",
      pacing: { kind: "constant", ratePerSecond: 400 },
      connections: 32,
      durationSeconds: 120,
      timeoutMs: 5_000,
    },
    placement: { selector: "role=mesh" },
    variants: [
      { labels: { mesh: "off" } },
      { labels: { mesh: "on" }, headers: [{ name: "X-Mesh", value: "on" }] },
    ],
    repeats: 3,
  };
  const search: ProfileSpec = {
    name: "Checkout, capacity",
    description: "How many checkouts a second one node can take.",
    load: { target: "http://127.0.0.1:8080/checkout", preset: "capacity" },
    placement: { agents: [idOf("rack-002")] },
  };
  const archived: ProfileSpec = { ...search, name: "Login burst", description: "" };
  const kept = (id: string, specs: readonly ProfileSpec[], isArchived = false): KeptProfile => ({
    id,
    revisions: specs.map((spec, index) => ({
      id,
      revision: index + 1,
      spec,
      createdAtMs: nowMs - 40 * day,
      createdBy: "ada",
      revisedAtMs: nowMs - (specs.length - index) * 9 * day,
      revisedBy: index % 2 === 0 ? "ada" : "grace",
      archivedAtMs: isArchived ? nowMs - day : null,
    })),
  });
  return [
    kept(profileIds.machines, [first, older, machines]),
    kept(profileIds.mesh, [mesh]),
    kept(profileIds.search, [search]),
    kept(profileIds.archived, [archived], true),
  ];
}

/** A profile as a list shows it. */
export function rowOf(kept: KeptProfile, runs: readonly Run[]): ProfileRow {
  const { id, spec, revision, revisedAtMs, revisedBy, archivedAtMs } = latestOf(kept);
  const { pacing, durationSeconds = 10 } = withPreset(spec.load);
  const [last] = runs.filter((run) => run.profile?.id === id);
  const shape = pacing === undefined ? "" : pacingText(pacing);
  return {
    id,
    name: spec.name,
    description: spec.description ?? "",
    labels: spec.labels ?? {},
    revision,
    driver: spec.load.driver ?? "http1",
    target: spec.load.target,
    shape: pacing?.kind === "search" ? shape : `${shape} for ${durationSeconds} s`,
    variants: (spec.variants ?? []).map(({ labels }) => labels),
    revisedAtMs,
    revisedBy,
    archivedAtMs,
    lastRun: last ? { id: last.id, state: last.state, createdAtMs: last.createdAtMs } : null,
  };
}
