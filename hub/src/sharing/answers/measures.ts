// What each question measures of the facts: values before their labels. Pure.
import {
  type SharingQuestion,
  linkSpeeds,
  maasReleases,
  otherLabel,
  upgradeVerdicts,
} from "@tidemark/proto";
import { labelOf as variantLabel } from "../../profiles/labels.ts";
import { medianOf } from "../../verdict/statistics/median.ts";
import type { Facts, HostFacts, RunFacts, UpgradeFacts } from "./facts.ts";
import { networksOf } from "./networks.ts";
import type { Treatments } from "./treatments.ts";

/** One answer before its treatment, by field, and how many hosts or runs stand behind it. */
export interface Measured {
  readonly values: Readonly<Record<string, number | string>>;
  readonly weight: number;
}

/** Empty: nothing in the facts answers the question. */
export type Measure = (
  facts: Facts,
  treatments: Treatments,
  question: SharingQuestion,
) => readonly Measured[];

const gib = 2 ** 30;
const gb = 1e9;
/** What a host tells lacks what its firmware and kernel keep: 62.7 GiB of 64. */
const keptMemory = 1.04;

export const fleetSize: Measure = ({ hosts, tidemarkVersion }, { majorMinor }) =>
  hosts.length === 0 ? [] : one({ hosts: hosts.length, release: majorMinor(tidemarkVersion) });

export const networkSize: Measure = ({ hosts }) => {
  const { subnets, vlans } = networksOf(hosts);
  return subnets === 0 ? [] : one({ subnets, vlans });
};

export const networkFamily: Measure = ({ hosts }) => {
  const { subnets, ipv6 } = networksOf(hosts);
  return subnets === 0 ? [] : one({ ipv6: (100 * ipv6) / subnets });
};

export const cpu: Measure = ({ hosts }, { cpuFamily }) =>
  hostsBy(hosts, ({ cpuVendor, cpuModel, virtualisation }) => [
    cpuFamily(cpuVendor, cpuModel, virtualisation),
  ]).map(([family, count]) => ({ values: { cpu: family, hosts: count }, weight: count }));

export const shape: Measure = ({ hosts }) =>
  alike(
    hosts
      .filter(({ logicalCores, memoryBytes }) => logicalCores > 0 && memoryBytes > 0)
      .map(({ logicalCores, memoryBytes }) => ({
        cores: logicalCores,
        memory: Math.round((memoryBytes / gib) * keptMemory),
      })),
  );

/** Of each kind the commonest label of its size, the smaller one of two. */
export const disk: Measure = ({ hosts }, { labelOf }, { fields }) => {
  const treatment = fields.find(({ name }) => name === "size")?.treatment;
  const disks = alike(
    hosts.flatMap((host) =>
      host.disks
        .filter(({ sizeBytes }) => sizeBytes > 0)
        .map(({ kind, sizeBytes }) => ({ media: mediaOf(kind, host), size: sizeBytes / gb })),
    ),
  ).toSorted((a, b) => Number(a.values["size"]) - Number(b.values["size"]));
  return Array.from(
    Map.groupBy(disks, ({ values }) => values["media"]),
    ([, own]) => {
      const byLabel = Map.groupBy(
        own,
        ({ values }) => treatment && labelOf(treatment, values["size"] ?? Number.NaN),
      );
      const [commonest = []] = [...byLabel.values()].toSorted((a, b) => weightOf(b) - weightOf(a));
      return { values: commonest[0]?.values ?? {}, weight: weightOf(own) };
    },
  );
};

export const nic: Measure = ({ hosts }) =>
  hostsBy(hosts, ({ interfaces }) =>
    interfaces
      .filter((each) => !each.virtual)
      .flatMap(({ speedMbit }) => (speedMbit === null ? [] : [linkSpeed(speedMbit)])),
  ).map(([speed, count]) => ({ values: { speed, hosts: count }, weight: count }));

export const apiLatency: Measure = ({ runs }, { maasOperation }) =>
  latencies(runs, "operation", maasOperation);

export const apiRelease: Measure = ({ runs }, { maasOperation, majorMinor }) =>
  latencies(
    runs.filter((run) => maasOperation(run) !== undefined),
    "release",
    ({ labels }) => mapped(variantLabel(labels, "release"), majorMinor),
  );

export const apiUpgrade: Measure = ({ upgrades }, treatments) =>
  changes(upgrades, treatments, "operation", treatments.maasOperation);

export const loadLatency: Measure = ({ runs }) =>
  latencies(runs, "profile", ({ preset }) => preset ?? undefined);

export const loadMesh: Measure = ({ runs }, { meshOf }) =>
  latencies(runs, "mesh", ({ labels }) => mapped(variantLabel(labels, "mesh"), meshOf));

export const loadUpgrade: Measure = ({ upgrades }, treatments) =>
  changes(upgrades, treatments, "profile", ({ preset }) => preset ?? undefined);

export const environment: Measure = (facts, { majorMinor, majorOf }) =>
  one({
    node: majorOf(facts.nodeVersion),
    clickhouse: majorMinor(facts.clickhouseVersion),
    store: facts.storeBytes / gib,
  });

const one = (values: Measured["values"]): readonly Measured[] => [{ values, weight: 1 }];

/** Equal values once, with how many there were. */
function alike(all: readonly Measured["values"][]): readonly Measured[] {
  return Array.from(
    Map.groupBy(all, (values) => Object.values(values).join()),
    ([, [values = {}, ...more]]) => ({ values, weight: 1 + more.length }),
  );
}

const weightOf = (all: readonly Measured[]) => all.reduce((sum, { weight }) => sum + weight, 0);

const mapped = (text: string | undefined, generalise: (text: string) => string) =>
  text === undefined ? undefined : generalise(text);

/** How many hosts have each; a host that has one twice counts once. */
function hostsBy(
  hosts: readonly HostFacts[],
  of: (host: HostFacts) => readonly string[],
): readonly (readonly [what: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const host of hosts)
    for (const what of new Set(of(host))) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts];
}

/** Disks of a virtual machine are its host's, unless they are handed through. */
function mediaOf(kind: string, { virtualisation }: HostFacts): string {
  const said = kind.toLowerCase();
  if (said === "nvme") return "nvme";
  if (said === "virtual" || virtualisation !== null) return "virtual";
  if (said === "hd") return "hdd";
  return said === "ssd" || said === "hdd" ? said : otherLabel;
}

const linkSpeed = (mbit: number): string =>
  linkSpeeds.find((known) => Number(known) === mbit) ?? otherLabel;

/** The median over the runs of each. */
function latencies(
  runs: readonly RunFacts[],
  field: string,
  of: (run: RunFacts) => string | undefined,
): readonly Measured[] {
  return grouped(runs, of).map(([what, own]) => ({
    values: { [field]: what, p99: medianOf(own.map(({ p99Ms }) => p99Ms)) },
    weight: own.length,
  }));
}

/**
 * Of several comparisons of the same two releases the one with the middle change, its verdict with it. Of releases of which neither is
 * known, and of those without a verdict, there is nothing to tell.
 */
function changes(
  upgrades: readonly UpgradeFacts[],
  { majorMinor }: Treatments,
  field: string,
  of: (upgrade: UpgradeFacts) => string | undefined,
): readonly Measured[] {
  const judged = upgrades.filter(
    ({ from, to, verdict }) =>
      upgradeVerdicts.some((kind) => kind === verdict) &&
      [from, to].some((release) => maasReleases.some((known) => known === majorMinor(release))),
  );
  return grouped(judged, of).flatMap(([what, own]) =>
    grouped(own, ({ from, to }) => `${majorMinor(from)} ${majorMinor(to)}`).map(
      ([, alike]): Measured => {
        const sorted = alike.toSorted(
          (a, b) => a.changeRatio - b.changeRatio || (a.verdict < b.verdict ? -1 : 1),
        );
        const middle = sorted[(sorted.length - 1) >> 1];
        return {
          values: {
            [field]: what,
            from: majorMinor(middle?.from ?? ""),
            to: majorMinor(middle?.to ?? ""),
            change: 100 * (middle?.changeRatio ?? Number.NaN),
            verdict: middle?.verdict ?? otherLabel,
          },
          weight: alike.length,
        };
      },
    ),
  );
}

/** Without those that are of nothing. */
function grouped<T>(
  items: readonly T[],
  of: (item: T) => string | undefined,
): readonly (readonly [what: string, items: readonly T[]])[] {
  const groups = Map.groupBy(items, of);
  return Array.from(groups).flatMap(([what, own]) => (what === undefined ? [] : [[what, own]]));
}
