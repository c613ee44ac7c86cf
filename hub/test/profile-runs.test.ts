// The latest run of each profile, from the runs that are stored.
import {
  type CampaignId,
  type LoadPlan,
  type ProfileId,
  type RunId,
  type RunState,
  newId,
} from "@tidemark/proto";
import { expect, test } from "vitest";
import { planOf } from "../src/load/plan.ts";
import { openProfileRuns } from "../src/store/profile-runs.ts";
import type { RunRecord } from "../src/store/run-row.ts";
import { openRunStore } from "../src/store/runs.ts";
import { engines, openEngine } from "./store-engines.ts";

const planned = planOf({ target: "http://127.0.0.1/", ratePerSecond: 1 });
const plan = (planned as { plan: LoadPlan }).plan;
// Lately: what is older than the retention is gone at once.
const startMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;

function record(profile: ProfileId | undefined, ms: number, state: RunState): RunRecord {
  return {
    id: newId<RunId>(),
    createdAtMs: startMs + ms,
    name: "",
    plan,
    bodyBytes: 0,
    search: undefined,
    partOf: undefined,
    origin: profile && {
      profile: { id: profile, revision: 1, name: "a" },
      variant: {},
      campaign: newId<CampaignId>(),
    },
    validity: undefined,
    remarks: [],
    state,
    cause: "",
    startedAtMs: null,
    endedAtMs: null,
    startFailure: "",
    createdBy: "ann",
    cancelAskedAtMs: null,
    latency: undefined,
  };
}

test.each(engines)("the latest run of each profile, in its latest state (%s)", async (engine) => {
  const opened = await openEngine(engine);
  try {
    const runs = openRunStore(opened.database, Date.now);
    const [one, other] = [newId<ProfileId>(), newId<ProfileId>()];
    const latest = record(one, 20, "running");
    const alone = record(other, 5, "failed");
    for (const each of [
      record(one, 10, "completed"),
      latest,
      alone,
      record(undefined, 30, "failed"),
    ])
      await runs.save(each, []);
    await runs.save({ ...latest, state: "completed" }, []);
    const found = await openProfileRuns(opened.database).latest();
    expect(new Map(found)).toEqual(
      new Map([
        [one, { id: latest.id, state: "completed", createdAtMs: startMs + 20 }],
        [other, { id: alone.id, state: "failed", createdAtMs: startMs + 5 }],
      ]),
    );
  } finally {
    await opened.stop();
  }
});
