// A suspect run and what the hub does about it, with real campaigns on a test agent.
import { type CampaignId, type RunId, newId } from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Campaigns } from "../src/campaigns/campaigns.ts";
import { type Suspects, startSuspects } from "../src/campaigns/suspects.ts";
import type { RunEvidence } from "../src/evidence/evidence.ts";
import type { RunControl } from "../src/load/runs.ts";
import {
  type CampaignHub,
  carriesOut,
  endOf,
  handLeader,
  runsOf,
  startCampaignHub,
} from "./campaign-hub.ts";
import type { LoadAgent } from "./load-agent.ts";
import { until } from "./metrics-source.ts";
import { silent } from "./store-engines.ts";

let hub: CampaignHub;
let runs: RunControl;
let agent: LoadAgent;
let campaigns: Campaigns;
let suspects: Suspects;
let judge: (evidence: RunEvidence) => void = () => undefined;
let history: RunEvidence[];
let leader: ReturnType<typeof handLeader>;
let told: { run: RunId; rerun: CampaignId | undefined }[];

beforeAll(async () => {
  hub = await startCampaignHub();
});
afterAll(() => hub?.stop());
beforeEach(async () => {
  agent = await hub.load.newAgent();
  carriesOut(agent);
  runs = await hub.load.start();
  campaigns = await hub.campaigns(runs);
  history = [];
  told = [];
  leader = handLeader();
  suspects = start();
});
const start = () =>
  startSuspects({
    onJudged(listener) {
      judge = listener;
      return () => undefined;
    },
    evidence: {
      ofProfile: async () => history,
      ofProfiles: async ({ sinceMs }) => history.filter((run) => run.createdAtMs >= sinceMs),
    },
    campaigns,
    store: hub.store,
    profiles: hub.profiles,
    leader,
    told: ({ run }, rerun) => told.push({ run, rerun }),
    now: Date.now,
    log: silent,
  });
afterEach(async () => {
  await suspects.stop();
  await campaigns.stop();
  await runs.stop();
});

const variants = ["3.5", "3.6"].map((release) => ({ labels: { release } }));

/** A campaign of both releases, and its second run as suspect evidence; the first is the history. */
async function suspectOf(spec: object = {}) {
  const profile = await hub.profile(agent, { variants, ...spec });
  const outcome = await campaigns.start(profile, { repeats: 1 }, { user: "ann" });
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  const ended = await endOf(campaigns, outcome.campaign.id);
  const evidence = ended.steps.map((step, at): RunEvidence => ({
    run: step.run as RunId,
    name: "",
    createdAtMs: ended.createdAtMs + at,
    startedAtMs: null,
    endedAtMs: ended.createdAtMs + at,
    origin: { profile: ended.profile, variant: step.variant, campaign: ended.id as CampaignId },
    key: {},
    environment: {},
    validity: { level: "valid", findings: [] },
    figures: {
      requests: 1,
      p50: 1,
      p95: 1,
      p99: 1,
      intervals: { p50: null, p95: null, p99: null },
      errorRatio: 0,
      achievedPerSecond: 1,
      capacityPerSecond: null,
    },
  }));
  const [, last] = evidence;
  const finding = { rule: "suspect" as const, level: "flagged" as const, detail: "p99 9 ms" };
  const suspect = { ...last!, validity: { level: "flagged" as const, findings: [finding] } };
  history = [...evidence.slice(0, 1), suspect];
  return { profile, suspect };
}
const tellings = (count: number) =>
  until("what is told", () => (told.length >= count ? told : undefined));

test("old and new are run again, interleaved, five times each, once a day", async () => {
  const { profile, suspect } = await suspectOf();
  judge(suspect);
  judge(suspect);
  const [{ run, rerun } = {}] = await tellings(1);
  expect(run).toBe(suspect.run);
  const ended = await endOf(campaigns, rerun!);
  expect(ended).toMatchObject({
    kind: "rerun",
    suspect: suspect.run,
    createdBy: "the hub",
    state: "completed",
    comparison: { baseline: "release=3.5", candidate: "release=3.6", runsEach: 5 },
  });
  for (const side of ["baseline", "candidate"])
    expect(ended.steps.filter((step) => step.side === side)).toHaveLength(5);
  expect(runsOf(agent)).toHaveLength(2 + 10);
  // Another suspect run of the same release, and a suspect run of the rerun itself.
  judge({ ...suspect, run: newId<RunId>() });
  judge({
    ...suspect,
    run: ended.steps[0]?.run as RunId,
    origin: { ...suspect.origin!, campaign: rerun! },
  });
  await tellings(2);
  await suspects.stop();
  expect(told).toHaveLength(2);
  expect(told[1]?.rerun).toBeUndefined();
  expect((await campaigns.list({ profile: profile.id, kind: "rerun" })).items).toHaveLength(1);
});

test("a release without one before it is run again alone", async () => {
  const { suspect } = await suspectOf();
  history = [];
  judge(suspect);
  const [{ rerun } = {}] = await tellings(1);
  const ended = await endOf(campaigns, rerun!);
  expect(ended.comparison).toBeNull();
  expect(ended.steps.map(({ side, variant }) => [side, variant["release"]])).toEqual(
    Array.from({ length: 5 }, () => ["candidate", "3.6"]),
  );
});

test.each([
  ["the profile only wants to be told", { comparison: { onSuspect: "tell" } }, false],
  ["the profile is archived", {}, true],
])("nothing is run where %s", async (_what, spec, isArchived) => {
  const { profile, suspect } = await suspectOf(spec);
  if (isArchived) await hub.profiles.archive(profile.id as never);
  judge(suspect);
  expect(await tellings(1)).toEqual([{ run: suspect.run, rerun: undefined }]);
  expect(runsOf(agent)).toHaveLength(2);
});

test("what was judged while nobody led is run again by the next leader, once", async () => {
  leader.set(false);
  const { profile, suspect } = await suspectOf();
  judge(suspect);
  expect(told).toEqual([]);
  leader.set(true);
  const [{ run, rerun } = {}] = await tellings(1);
  expect(run).toBe(suspect.run);
  await endOf(campaigns, rerun!);
  // A hub that starts anew, or leads again, finds the rerun.
  await suspects.stop();
  suspects = start();
  leader.set(false);
  leader.set(true);
  await suspects.stop();
  expect(told).toHaveLength(1);
  expect((await campaigns.list({ profile: profile.id, kind: "rerun" })).items).toHaveLength(1);
});
