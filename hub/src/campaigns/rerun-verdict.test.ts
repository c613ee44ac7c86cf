import { type CampaignId, type ProfileId, type RunId, newId } from "@tidemark/proto";
import { expect, test } from "vitest";
import type { RunEvidence } from "../evidence/evidence.ts";
import type { StoredCampaign } from "../store/campaigns.ts";
import { rerunVerdicts } from "./rerun-verdict.ts";

const profile = { id: newId<ProfileId>(), revision: 1, name: "p" };
const rerun = newId<CampaignId>();
const labels = { release: "3.6" };

const run = (createdAtMs: number, p99: number, change: Partial<RunEvidence> = {}): RunEvidence => ({
  run: newId<RunId>(),
  name: "",
  createdAtMs,
  startedAtMs: createdAtMs,
  endedAtMs: createdAtMs + 1,
  origin: { profile, variant: labels, campaign: newId<CampaignId>() },
  key: { rate: "1/s" },
  environment: {},
  validity: { level: "valid", findings: [] },
  figures: {
    requests: 100_000,
    p50: p99 / 2,
    p95: p99 * 0.9,
    p99,
    intervals: { p50: null, p95: null, p99: null },
    errorRatio: 0,
    achievedPerSecond: 1,
    capacityPerSecond: null,
  },
  ...change,
});
const jitter = (at: number) => 1 + ((at * 7) % 5) / 500;
const again = (p99: number) =>
  Array.from({ length: 5 }, (_, at) =>
    run(1_000 + at, p99 * jitter(at), { origin: { profile, variant: labels, campaign: rerun } }),
  );
const history = Array.from({ length: 12 }, (_, at) => run(at, 10_000 * jitter(at)));
const suspect = run(500, 20_000);

async function verdictsOn(candidate: readonly RunEvidence[], before: readonly RunEvidence[]) {
  const campaign: StoredCampaign = {
    id: rerun,
    kind: "rerun",
    profile,
    state: "completed",
    cause: "",
    createdBy: "the hub",
    createdAtMs: 900,
    startedAtMs: 900,
    endedAtMs: 2_000,
    expectedEndMs: 2_000,
    schedule: null,
    suspect: suspect.run,
    comparison: null,
    steps: candidate.map((each) => ({
      variant: labels,
      side: "candidate",
      run: each.run,
      state: "completed",
      cause: "",
      validity: "valid",
    })),
    verdicts: [],
  };
  return await rerunVerdicts(
    {
      evidence: {
        byRuns: async (ids) => candidate.filter((each) => ids.includes(each.run)),
        ofProfile: async () => [...candidate, ...before].toReversed(),
      },
      profiles: { revision: async () => undefined },
    },
    campaign,
  );
}

test("a release that is slower again than its history is a regression, made at another time", async () => {
  const [verdict, ...others] = await verdictsOn(again(13_000), [...history, suspect]);
  expect(others).toEqual([]);
  expect(verdict).toMatchObject({ kind: "regression", design: "separate", stratum: labels });
  const runs = verdict?.baseline.runs.map((each) => each.run) ?? [];
  expect(runs).not.toContain(suspect.run);
  expect(runs).toHaveLength(history.length);
});

test("one that is as it was is none: the suspect run was a bad night", async () => {
  const [verdict] = await verdictsOn(again(10_000), [...history, suspect]);
  expect(verdict?.kind).toBe("equivalent");
});

test("runs of another release, another key, or no worth are no history", async () => {
  const strangers = [
    run(1, 1, { origin: { profile, variant: { release: "3.5" }, campaign: rerun } }),
    run(2, 1, { key: { rate: "2/s" } }),
    run(3, 1, { validity: { level: "invalid", findings: [] } }),
    run(5_000, 1),
  ];
  const [verdict] = await verdictsOn(again(10_000), strangers);
  expect(verdict?.kind).not.toMatch(/regression|improvement|equivalent/);
  expect(verdict?.baseline.runs).toEqual([]);
});

test("without evidence of the rerun there is no verdict", async () => {
  expect(await verdictsOn([], history)).toEqual([]);
});
