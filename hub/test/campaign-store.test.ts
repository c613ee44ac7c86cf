import { type CampaignId, type Verdict, newId } from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StoredCampaign, openCampaignStore } from "../src/store/campaigns.ts";
import { type OpenedEngine, engines, openEngine } from "./store-engines.ts";

const nowMs = Date.now();
const verdict: Verdict = {
  kind: "equivalent",
  stratum: { dataset: "10" },
  sentence: "within ±5 %",
  settles: "",
  marginRatio: 0.05,
  design: "interleaved",
  baseline: { label: "3.5", runs: [], counted: 0 },
  candidate: { label: "3.6", runs: [], counted: 0 },
  figures: [],
  keyDifferences: [],
  environmentChanges: [],
  remarks: [],
};
const campaign = (change: Partial<StoredCampaign> = {}): StoredCampaign => ({
  id: newId<CampaignId>(),
  kind: "comparison",
  profile: { id: newId(), revision: 3, name: "machines “list”" },
  state: "running",
  cause: "",
  createdBy: "ann",
  createdAtMs: nowMs,
  startedAtMs: nowMs + 1,
  endedAtMs: null,
  expectedEndMs: nowMs + 2,
  schedule: null,
  suspect: null,
  comparison: { baseline: "a=1", candidate: "a=2", runsEach: 8, marginRatio: 0.05, seed: 7 },
  steps: [
    {
      variant: { a: "1" },
      side: "baseline",
      run: newId(),
      state: "running",
      cause: "",
      validity: null,
    },
    {
      variant: { a: "2" },
      side: "candidate",
      run: null,
      state: "waiting",
      cause: "",
      validity: null,
    },
  ],
  verdicts: [],
  ...change,
});

describe.each(engines)("campaigns in the database (%s)", (engine) => {
  let opened: OpenedEngine;
  beforeAll(async () => {
    opened = await openEngine(engine);
  });
  afterAll(() => opened?.stop());

  test("come back as they were saved last, with verdicts", async () => {
    const store = openCampaignStore(opened.database, () => nowMs);
    const first = campaign();
    await store.save(first);
    const last = { ...first, state: "completed" as const, verdicts: [verdict] };
    await store.save(last);
    expect(await store.find(first.id)).toEqual(last);
    expect(await store.find(newId<CampaignId>())).toBeUndefined();
  });

  test("are listed by profile, schedule and kind, newest first, without verdicts", async () => {
    const store = openCampaignStore(opened.database, () => nowMs);
    const profile = { id: newId(), revision: 1, name: "p" };
    const schedule = newId();
    const three = [1, 2, 2].map((ms, at) =>
      campaign({
        profile,
        createdAtMs: nowMs + ms,
        verdicts: [verdict],
        ...(at === 0 ? { kind: "runs" as const, schedule } : {}),
      }),
    );
    for (const each of three) await store.save(each);
    const listed = await store.list({ profile: profile.id, limit: 10 });
    expect(listed.map(({ createdAtMs }) => createdAtMs - nowMs)).toEqual([2, 2, 1]);
    expect(listed.map(({ verdicts }) => verdicts)).toEqual([[], [], []]);
    const after = listed[0]!;
    const rest = await store.list({ profile: profile.id, after, limit: 10 });
    expect(rest.map(({ id }) => id)).toEqual(listed.slice(1).map(({ id }) => id));
    expect(await store.list({ schedule, limit: 10 })).toEqual([{ ...three[0], verdicts: [] }]);
    expect(await store.list({ profile: profile.id, kind: "rerun", limit: 10 })).toEqual([]);
  });

  test("that have not ended are found, oldest first", async () => {
    const store = openCampaignStore(opened.database, () => nowMs);
    const before = (await store.unended()).map(({ id }) => id);
    const late = campaign({ createdAtMs: nowMs + 10, state: "waiting" });
    const early = campaign({ createdAtMs: nowMs + 9 });
    const over = campaign({ state: "cancelled", endedAtMs: nowMs });
    for (const each of [late, early, over]) await store.save(each);
    const found = (await store.unended()).map(({ id }) => id).filter((id) => !before.includes(id));
    expect(found).toEqual([early.id, late.id]);
  });

  test("a hub whose clock is behind writes newer versions than it has read", async () => {
    const ahead = openCampaignStore(opened.database, () => nowMs + 60_000);
    const behind = openCampaignStore(opened.database, () => nowMs - 60_000);
    const first = campaign();
    await ahead.save(first);
    await behind.find(first.id);
    await behind.save({ ...first, state: "failed", cause: "later" });
    expect(await ahead.find(first.id)).toMatchObject({ state: "failed", cause: "later" });
  });
});
