// Facts of a hub out of its real store, and must prove 1 from end to end: two hubs whose inventories, runs and comparisons differ in
// secrets alone tell the same, byte for byte.
import {
  type CampaignId,
  type Inventory,
  type Profile,
  type ProfileId,
  type ProfileSpec,
  type Verdict,
  newId,
  sharingCatalogue,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentRecord } from "../src/state/agents.ts";
import { answersOf } from "../src/sharing/answers/answers.ts";
import { type FactsDeps, openFacts } from "../src/sharing/answers/gather.ts";
import { canarySearch } from "../src/sharing/attack/canaries.ts";
import { told } from "../src/sharing/attack/told.ts";
import { type StoredCampaign, openCampaignStore } from "../src/store/campaigns.ts";
import { insertEvents, openEventQueries } from "../src/store/events.ts";
import { openEvidenceStore } from "../src/store/evidence.ts";
import { openUsageQueries } from "../src/store/usage.ts";
import { inventory } from "./inventories.ts";
import { evidence, spread } from "./made-evidence.ts";
import { judge } from "../src/verdict/judge.ts";
import { type OpenedEngine, openEngine } from "./store-engines.ts";

const hourMs = 3_600_000;
/** Within the retention, and each hub in a stretch of time of its own. */
const beginsMs = Math.floor(Date.now() / hourMs) * hourMs - 48 * hourMs;

let engine: OpenedEngine;
beforeAll(async () => {
  engine = await openEngine("embedded");
});
afterAll(() => engine?.stop());

interface Hub {
  readonly window: { readonly sinceMs: number; readonly untilMs: number };
  readonly agents: AgentRecord[];
  readonly profiles: Map<string, ProfileSpec>;
}

function agentOf(host: number, secret: string, change: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id: newId(),
    host,
    name: secret,
    labels: { zone: secret },
    publicKey: secret,
    enrolledAtMs: beginsMs,
    credentialAtMs: beginsMs,
    revokedAtMs: null,
    ...change,
  };
}

function inventoryOf(secret: string, number: number, at: number): Inventory {
  return {
    ...inventory,
    hostname: secret,
    cpu: { ...inventory.cpu, model: `EPYC 7B13 ${secret}`, logicalCores: 8 },
    virtualisation: null,
    system: { manufacturer: secret, model: secret },
    disks: [{ device: "/dev/nvme0n1", model: secret, type: "NVMe", bytes: 960e9 }],
    interfaces: [
      {
        name: `eno1.${number + at}`,
        type: "wired",
        speedMbit: 10_000,
        mac: `02:00:00:00:00:${number}`,
        addresses: [`10.${number}.${at}.7`, `fd00:${number}::7`],
        prefixLengths: [24, 64],
        virtual: false,
      },
    ],
  };
}

/** A hub with two hosts, eight runs of each of two releases, and their comparison; everything named by the secret. */
async function fill(nth: number, secret: string): Promise<Hub> {
  const { database } = engine;
  const sinceMs = beginsMs + nth * 4 * hourMs;
  const window = { sinceMs, untilMs: sinceMs + 4 * hourMs };
  const number = 10 + 37 * nth;
  const agents = [0, 1].map((at) => agentOf(100 * nth + at + 1, secret));
  await insertEvents(
    database,
    agents.map(({ host }, at) => ({
      host,
      boot: newId(),
      seq: 1,
      event: {
        kind: "inventory" as const,
        atMs: sinceMs + 1_000,
        inventory: inventoryOf(secret, number, at),
      },
    })),
  );
  const profile = { id: newId<ProfileId>(), revision: 1, name: secret };
  const releases = [`3.6.${number}`, `3.7.${number}-${secret}`];
  const variants = releases.map((release) => ({ release, zone: secret, mesh: "istio" }));
  const spec: ProfileSpec = {
    name: secret,
    load: {
      target: `http://${secret}.example:5240/MAAS/api/2.0/machines/?token=${secret}`,
      preset: "load",
      headers: [{ name: "x-secret", value: secret }],
    },
    placement: { selector: `zone=${secret}` },
    variants: variants.map((labels) => ({ labels })),
  };
  const campaign = newId<CampaignId>();
  const [baseline = [], candidate = []] = variants.map((variant, side) =>
    spread.map((ratio, at) =>
      evidence({
        variant,
        campaign,
        profile: profile.id,
        profileName: secret,
        p99: 3e4 * ratio * (side === 0 ? 1 : 1.3),
        atMs: sinceMs + 6e4 * (1 + at) + 1e3 * side + nth,
        environment: { host: secret },
      }),
    ),
  );
  const store = openEvidenceStore(database, Date.now);
  for (const run of [...baseline, ...candidate]) await store.save(run);
  const verdict: Verdict = judge({
    baseline,
    candidate,
    marginRatio: 0.05,
    design: { kind: "separate" },
    labels: {
      baseline: releases[0] ?? "",
      candidate: releases[1] ?? "",
    },
    stratum: {
      zone: secret,
      mesh: "istio",
    },
  });
  await openCampaignStore(database, Date.now).save(
    campaignOf(campaign, profile, window.sinceMs, secret, [verdict]),
  );
  return { window, agents, profiles: new Map([[profile.id, spec]]) };
}

function campaignOf(
  id: CampaignId,
  profile: StoredCampaign["profile"],
  sinceMs: number,
  secret: string,
  verdicts: Verdict[],
): StoredCampaign {
  return {
    id,
    kind: "comparison",
    profile,
    state: "completed",
    cause: "",
    createdBy: secret,
    createdAtMs: sinceMs + 10,
    startedAtMs: sinceMs + 20,
    endedAtMs: sinceMs + hourMs,
    expectedEndMs: null,
    schedule: null,
    suspect: null,
    steps: [],
    verdicts,
    comparison: {
      baseline: secret,
      candidate: secret,
      runsEach: 8,
      marginRatio: 0.05,
      seed: 1,
    },
  };
}

function factsOf({ agents, profiles }: Hub) {
  const { database } = engine;
  const deps: FactsDeps = {
    database,
    agents: { all: () => agents },
    events: openEventQueries(database),
    evidence: openEvidenceStore(database, Date.now),
    campaigns: openCampaignStore(database, Date.now),
    profiles: {
      revision: async (id) => {
        const spec = profiles.get(id);
        return spec && ({ id, revision: 1, spec } as unknown as Profile);
      },
    },
    usage: openUsageQueries(database),
    tidemarkVersion: "0.1.0",
    nodeVersion: process.version,
  };
  return openFacts(deps);
}

test("two hubs that differ in secrets alone tell the same, byte for byte", async () => {
  const words = ["zzbkk3xj9-acme", "zzgh7720dd.corp"];
  const hubs = [await fill(0, words[0]!), await fill(1, words[1]!)];
  const [one, other] = [
    await factsOf(hubs[0]!)(hubs[0]!.window),
    await factsOf(hubs[1]!)(hubs[1]!.window),
  ];
  expect(one.hosts).toHaveLength(2);
  expect(one.runs).toHaveLength(16);
  expect(one.upgrades).toMatchObject([{ preset: "load", verdict: "regression" }]);
  // Both share one store, whose size is the same.
  expect(told(one)).toEqual(told(other));
  expect(told(one).silent.filter((reason) => reason !== "")).toEqual([]);
  const search = canarySearch(
    words.map((secret) => ({ planted: "everything", secret })),
    [],
  );
  expect(search(JSON.stringify(one)).length).toBeGreaterThan(0);
  expect([...told(one).texts, ...told(one).bodies].flatMap((where) => search(where))).toEqual([]);
});

test("nothing from before a window, from after it, or invalid, is a fact", async () => {
  const hub = await fill(2, "zzout-of-time");
  const { sinceMs, untilMs } = hub.window;
  const facts = factsOf(hub);
  expect((await facts({ sinceMs: sinceMs + 2_000, untilMs })).hosts).toEqual([]);
  const late = await facts({ sinceMs: sinceMs + 5 * 60_000, untilMs });
  expect(late.runs.length).toBeLessThan(16);
  expect(late.upgrades).toEqual([]);
  const early = await facts({ sinceMs, untilMs: sinceMs + 30_000 });
  expect([early.runs, early.upgrades]).toEqual([[], []]);

  const revoked = { ...hub, agents: hub.agents.map((each) => ({ ...each, revokedAtMs: 1 })) };
  expect((await factsOf(revoked)(hub.window)).hosts).toEqual([]);
  const before = (await facts(hub.window)).runs.length;
  const [profile] = [...hub.profiles.keys()];
  await openEvidenceStore(engine.database, Date.now).save(
    evidence({
      profile: profile!,
      variant: { release: "3.6" },
      atMs: sinceMs + hourMs,
      findings: [
        {
          rule: "generator",
          level: "invalid",
          detail: "late",
        },
      ],
    }),
  );
  expect((await facts(hub.window)).runs).toHaveLength(before);
});

test("a profile with a pacing of its own is no built-in shape, and a mix of requests no request", async () => {
  const hub = await fill(3, "zzown-pacing");
  const [[profile, spec]] = [...hub.profiles] as [[string, ProfileSpec]];
  const own: ProfileSpec = {
    ...spec,
    load: {
      ...spec.load,
      pacing: { kind: "constant", ratePerSecond: 7 },
      requests: [{ weight: 1, path: "/MAAS/api/2.0/tags/" }],
    },
  };
  const facts = await factsOf({ ...hub, profiles: new Map([[profile, own]]) })(hub.window);
  expect(new Set(facts.runs.map(({ preset, target }) => `${preset} ${target}`))).toEqual(
    new Set(["null "]),
  );
  const gone = await factsOf({ ...hub, profiles: new Map() })(hub.window);
  expect(new Set(gone.runs.map(({ preset }) => preset))).toEqual(new Set([null]));
  for (const question of sharingCatalogue.questions.filter(({ id }) => id === "load.latency"))
    expect(answersOf(question, gone).answers).toEqual([]);
});
