// Reads what answers are computed from, of one window of time: inventories, valid runs of profiles, and verdicts on releases.
import {
  type Inventory,
  type ProfileSpec,
  type VariantLabels,
  type Verdict,
  isProfileId,
  releaseLabel,
  upgradeVerdicts,
} from "@tidemark/proto";
import type { EvidenceStore } from "../../evidence/evidence.ts";
import { labelOf, labelText } from "../../profiles/labels.ts";
import { variantsOf } from "../../profiles/variants.ts";
import type { AgentRegistry } from "../../state/agents.ts";
import type { Profiles } from "../../state/profiles.ts";
import type { CampaignStore } from "../../store/campaigns.ts";
import type { Database } from "../../store/database.ts";
import type { EventQueries } from "../../store/events.ts";
import type { UsageQueries } from "../../store/usage.ts";
import { compareVersions, isVersion } from "../../verdict/versions.ts";
import type { Window } from "../freeze.ts";
import type { Facts, HostFacts, RunFacts, UpgradeFacts } from "./facts.ts";

export interface FactsDeps {
  readonly database: Pick<Database, "version">;
  readonly agents: Pick<AgentRegistry, "all">;
  readonly events: Pick<EventQueries, "inventoriesOf">;
  readonly evidence: Pick<EvidenceStore, "ofProfiles">;
  readonly campaigns: Pick<CampaignStore, "between" | "find">;
  readonly profiles: Pick<Profiles, "revision">;
  readonly usage: Pick<UsageQueries, "storage">;
  readonly tidemarkVersion: string;
  readonly nodeVersion: string;
}

/** Inventories read at once: each may have some kB. */
const hostsAtOnce = 1_000;
/** The newest so many are looked at. */
const runsMax = 20_000;
const campaignsMax = 500;

/**
 * Facts of a window. Nothing that was begun before it counts: no run made and no comparison asked for before, and of a host only an
 * inventory that it has sent since.
 */
export function openFacts(deps: FactsDeps): (window: Window) => Promise<Facts> {
  return async (window) => {
    const loadOf = loadsOf(deps);
    const { bytesOnDisk } = await deps.usage.storage();
    return {
      tidemarkVersion: deps.tidemarkVersion,
      nodeVersion: deps.nodeVersion,
      clickhouseVersion: deps.database.version,
      storeBytes: bytesOnDisk,
      hosts: await hostsOf(deps, window),
      runs: await runsOf(deps, window, loadOf),
      upgrades: await upgradesOf(deps, window, loadOf),
    };
  };
}

async function hostsOf(
  { agents, events }: FactsDeps,
  { sinceMs, untilMs }: Window,
): Promise<readonly HostFacts[]> {
  const numbers = agents
    .all()
    .filter(({ revokedAtMs, enrolledAtMs }) => revokedAtMs === null && enrolledAtMs < untilMs)
    .map(({ host }) => host);
  const hosts: HostFacts[] = [];
  for (let first = 0; first < numbers.length; first += hostsAtOnce) {
    const some = numbers.slice(first, first + hostsAtOnce);
    const inventories = await events.inventoriesOf(some, sinceMs);
    for (const inventory of inventories.values()) hosts.push(hostOf(inventory));
  }
  return hosts;
}

function hostOf({ cpu, memoryBytes, virtualisation, disks, interfaces }: Inventory): HostFacts {
  return {
    cpuVendor: cpu.vendor,
    cpuModel: cpu.model,
    virtualisation,
    logicalCores: cpu.logicalCores,
    memoryBytes,
    disks: disks.map(({ type, bytes }) => ({ kind: type, sizeBytes: bytes })),
    interfaces: interfaces.map(({ name, speedMbit, virtual, addresses, prefixLengths = [] }) => ({
      name,
      speedMbit,
      virtual,
      addresses: addresses.map((address, at) => {
        const length = prefixLengths[at] ?? null;
        return length === null ? address : `${address}/${length}`;
      }),
    })),
  };
}

type Load = Pick<RunFacts, "preset" | "method" | "target">;
interface Placed {
  readonly profile: { readonly id: string; readonly revision: number };
  readonly variant: VariantLabels;
}

const unknownLoad: Load = { preset: null, method: "", target: "" };

/** What a variant of a profile's revision sends. Revisions never change: each is read once. */
function loadsOf({ profiles }: FactsDeps): (placed: Placed) => Promise<Load> {
  const specs = new Map<string, Promise<ProfileSpec | undefined>>();
  return async ({ profile: { id, revision }, variant }) => {
    if (!isProfileId(id)) return unknownLoad;
    const key = `${id} ${revision}`;
    const reading =
      specs.get(key) ?? profiles.revision(id, revision).then((profile) => profile?.spec);
    specs.set(key, reading);
    const spec = await reading;
    return spec === undefined ? unknownLoad : loadOf(spec, variant);
  };
}

function loadOf(spec: ProfileSpec, labels: VariantLabels): Load {
  const { preset, pacing, method = "GET", target, requests = [] } = spec.load;
  const variant = variantsOf(spec).find((each) => labelText(each.labels) === labelText(labels));
  return {
    // With a pacing of its own the shape is no longer the built-in one.
    preset: pacing === undefined ? (preset ?? null) : null,
    method,
    // A mix of requests is no request.
    target: requests.length > 0 ? "" : (variant?.target ?? target),
  };
}

async function runsOf(
  { evidence }: FactsDeps,
  { sinceMs, untilMs }: Window,
  loadOfRun: (placed: Placed) => Promise<Load>,
): Promise<readonly RunFacts[]> {
  const found = await evidence.ofProfiles({ sinceMs, limit: runsMax });
  const runs: RunFacts[] = [];
  for (const { endedAtMs, origin, validity, figures } of found) {
    if (origin === undefined || validity.level === "invalid" || endedAtMs >= untilMs) continue;
    if (figures.p99 === null) continue;
    const load = await loadOfRun(origin);
    runs.push({ endedAtMs, labels: origin.variant, ...load, p99Ms: figures.p99 / 1_000 });
  }
  return runs;
}

async function upgradesOf(
  { campaigns }: FactsDeps,
  { sinceMs, untilMs }: Window,
  loadOfSide: (placed: Placed) => Promise<Load>,
): Promise<readonly UpgradeFacts[]> {
  const listed = await campaigns.between(sinceMs, untilMs, campaignsMax);
  const upgrades: UpgradeFacts[] = [];
  for (const { id, kind, state, endedAtMs } of listed) {
    if (kind !== "comparison" || state !== "completed") continue;
    if (endedAtMs === null || endedAtMs >= untilMs) continue;
    const campaign = await campaigns.find(id);
    for (const verdict of campaign?.verdicts ?? []) {
      const change = changeOf(verdict);
      if (campaign === undefined || change === undefined) continue;
      const { variant, ...rest } = change;
      const load = await loadOfSide({ profile: campaign.profile, variant });
      upgrades.push({ endedAtMs, labels: variant, ...load, ...rest });
    }
  }
  return upgrades;
}

type Change = Pick<UpgradeFacts, "from" | "to" | "changeRatio" | "verdict"> & {
  readonly variant: VariantLabels;
};

/** Of a verdict whose sides differ in their release alone, the earlier one first; undefined of any other, and without a change. */
function changeOf({ kind, stratum, baseline, candidate, figures }: Verdict): Change | undefined {
  const [before, after] = [baseline.runs[0]?.variant, candidate.runs[0]?.variant];
  if (before === undefined || after === undefined) return undefined;
  const [from, to] = [labelOf(before, releaseLabel), labelOf(after, releaseLabel)];
  if (from === undefined || to === undefined) return undefined;
  if (!isVersion(from) || !isVersion(to) || compareVersions(from, to) >= 0) return undefined;
  const isReleaseAlone = [before, after].every((labels) =>
    Object.keys(labels).every((name) => name === releaseLabel || Object.hasOwn(stratum, name)),
  );
  const p99 = figures.find(({ figure }) => figure === "p99");
  if (!isReleaseAlone || p99?.ratio === null || p99?.ratio === undefined) return undefined;
  // What is said of the whole, such as that a run is suspect, holds for the figure too.
  const isJudged = upgradeVerdicts.some((known) => known === kind);
  return {
    from,
    to,
    changeRatio: p99.ratio,
    verdict: isJudged ? p99.verdict : kind,
    variant: after,
  };
}
