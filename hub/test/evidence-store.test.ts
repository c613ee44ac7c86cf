import {
  type CampaignId,
  type ProfileId,
  type RunFigures,
  type RunId,
  newId,
} from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunEvidence } from "../src/evidence/evidence.ts";
import { openEvidenceStore } from "../src/store/evidence.ts";
import { applyRetention, defaultRetention } from "../src/store/retention.ts";
import { type OpenedEngine, engines, openEngine } from "./store-engines.ts";

// Within the retention: a row past its TTL is gone at the insert.
const atMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

const figures: RunFigures = {
  requests: 10_000,
  p50: 1_000.5,
  p95: 2_000,
  p99: null,
  intervals: { p50: [990, 1_010], p95: [1_900, 2_100], p99: null },
  errorRatio: 0.001,
  achievedPerSecond: 999.5,
  capacityPerSecond: null,
};

function evidenceOf(change: Partial<RunEvidence> = {}): RunEvidence {
  return {
    run: newId<RunId>(),
    name: "it's a run",
    createdAtMs: atMs,
    startedAtMs: atMs + 1_000,
    endedAtMs: atMs + 31_000,
    origin: undefined,
    key: { load: "1000/s constant", connections: "32" },
    environment: { kernel: "6.1.0", "rack-1: cpu": 'a "quoted" model' },
    validity: { level: "valid", findings: [] },
    figures,
    ...change,
  };
}

function originOf(profile: string, campaign = newId<CampaignId>()): RunEvidence["origin"] {
  return {
    profile: { id: profile, revision: 3, name: "list" },
    variant: { release: "3.6" },
    campaign,
  };
}

describe.each(engines)("the evidence of runs (%s)", (engine) => {
  let opened: OpenedEngine;
  beforeAll(async () => {
    opened = await openEngine(engine);
  });
  afterAll(() => opened.stop());
  const store = () => openEvidenceStore(opened.database, Date.now);

  test("comes back as it was saved, what is withheld as null", async () => {
    const bare = evidenceOf({ startedAtMs: null });
    const full = evidenceOf({
      origin: originOf(newId<ProfileId>()),
      validity: { level: "flagged", findings: [{ rule: "tail", level: "flagged", detail: "few" }] },
      figures: {
        ...figures,
        p50: null,
        intervals: { p50: null, p95: null, p99: null },
        capacityPerSecond: 7.25,
      },
    });
    for (const evidence of [bare, full]) await store().save(evidence);
    const found = await store().byRuns([bare.run, full.run, newId<RunId>()]);
    expect(new Set(found)).toEqual(new Set([bare, full]));
  });

  test("the newest row of a run holds", async () => {
    const evidence = evidenceOf();
    const kept = store();
    await kept.save(evidence);
    await kept.save({ ...evidence, validity: { level: "invalid", findings: [] }, environment: {} });
    expect(await kept.byRuns([evidence.run])).toMatchObject([
      { validity: { level: "invalid" }, environment: {} },
    ]);
  });

  test("a profile's runs come newest first, from a time on, of one campaign", async () => {
    const profile = newId<ProfileId>();
    const campaign = newId<CampaignId>();
    const runs = [0, 1, 2, 3].map((at) =>
      evidenceOf({
        createdAtMs: atMs + at * 1_000,
        origin: originOf(profile, at % 2 === 0 ? campaign : undefined),
      }),
    );
    for (const evidence of runs) await store().save(evidence);
    const ids = async (query: object) =>
      (await store().ofProfile(profile, { limit: 10, ...query })).map(({ run }) =>
        runs.findIndex((one) => one.run === run),
      );
    expect(await ids({})).toEqual([3, 2, 1, 0]);
    expect(await ids({ limit: 2 })).toEqual([3, 2]);
    expect(await ids({ sinceMs: atMs + 2_000 })).toEqual([3, 2]);
    expect(await ids({ campaign })).toEqual([2, 0]);
  });

  test("a board's runs are all found, and share what is the same", async () => {
    const count = 10_000;
    const before = (await store().ofProfiles({ sinceMs: 0, limit: 20_000 })).length;
    const sample = evidenceOf({ origin: originOf(newId<ProfileId>()) });
    await store().save(sample);
    await opened.database.command(
      `INSERT INTO run_evidence
      SELECT run_evidence.* REPLACE(concat('aaaaaaaaaaa', translate(leftPad(toString(number), 5, '0'), '0123456789', 'bcdefghijk')) AS run, toString(number % 100) AS profile,
        mapUpdate(run_evidence.environment, map('host', toString(number % 50))) AS environment, number / 7 AS p50)
      FROM run_evidence
      CROSS JOIN numbers({count:UInt32}) AS numbers
      WHERE run_evidence.run = {run:String}
      LIMIT {count:UInt32}`,
      { run: sample.run, count },
    );
    const found = await store().ofProfiles({ sinceMs: atMs, limit: 20_000 });
    expect(found).toHaveLength(before + count + 1);
    expect(new Set(found.map(({ environment }) => environment)).size).toBeLessThan(60);
  });

  test("is kept as long as the runs", async () => {
    await applyRetention(opened.database, { ...defaultRetention, runs: 41 });
    const tables = await opened.database.query<{ name: string }>(
      `SELECT name
      FROM system.tables
      WHERE database = currentDatabase() AND engine_full LIKE '%toIntervalDay(41)%'
      ORDER BY name
      LIMIT 10`,
    );
    expect(tables.map(({ name }) => name)).toEqual([
      "campaigns",
      "firings",
      "run_assignments",
      "run_evidence",
      "runs",
    ]);
  });
});
