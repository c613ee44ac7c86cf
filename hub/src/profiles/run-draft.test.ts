import type { LoadPlan } from "@tidemark/proto";
import { expect, test } from "vitest";
import { blankedPlan } from "../load/blank.ts";
import { planOf } from "../load/plan.ts";
import type { RunRecord } from "../store/run-row.ts";
import { runDraft } from "./run-draft.ts";

const agents = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"];
const ofPlan = (plan: LoadPlan, more: Partial<RunRecord> = {}) =>
  runDraft(
    {
      name: "",
      plan: blankedPlan(plan),
      search: undefined,
      bodyBytes: Buffer.byteLength(plan.body),
      ...more,
    },
    agents,
  );
const planned = (load: object) => {
  const outcome = planOf({ target: "https://maas:5443/MAAS/", ...load } as never);
  if (outcome.kind === "faulty") throw new Error(outcome.reason);
  return outcome;
};

test("what the draft plans is what the run ran", () => {
  for (const load of [
    { ratePerSecond: 10, durationSeconds: 5, timeoutMs: 100 },
    { pacing: { kind: "ramp", fromPerSecond: 1, toPerSecond: 5 }, warmupSeconds: 2 },
    { preset: "spike" },
    { pacing: { kind: "closed", clients: 4, thinkMs: 5 }, expect: { statuses: ["2xx"] } },
  ]) {
    const { plan } = planned(load);
    const draft = ofPlan(plan);
    expect(draft.missing).toEqual([]);
    expect(planOf(draft.spec.load)).toEqual({ kind: "planned", plan, search: undefined });
    expect(draft.spec.placement).toEqual({ agents });
    expect(draft.spec.name).toBe("maas:5443");
  }
});

test("a search is its own pacing again", () => {
  const { plan, search } = planned({ preset: "capacity" });
  const record = { asked: search!, agents, steps: [], answerPerSecond: null, answer: "" };
  const draft = ofPlan(plan, { search: record, name: "how fast" });
  expect(draft.missing).toEqual([]);
  expect(draft.remarks).toEqual([]);
  expect(planOf(draft.spec.load)).toEqual({ kind: "planned", plan, search });
});

test("whatever is not kept is missing or remarked, each in its place", () => {
  const { plan } = planned({
    ratePerSecond: 10,
    method: "POST",
    headers: [{ name: "X-A", value: "{{feed.a}}" }],
    body: "hunter2",
    requests: [{ weight: 1, path: "/{{feed.a}}", body: "hunter2" }],
    feed: { csv: "a\nhunter2\n", order: "cycle" },
    tls: { ca: "hunter2" },
  });
  const { spec, missing, remarks } = ofPlan(plan);
  expect(missing.map(({ field }) => field)).toEqual([
    "/load/headers/0/value",
    "/load/body",
    "/load/feed/csv",
    "/load/tls/ca",
  ]);
  expect(remarks.map(({ field }) => field)).toEqual(["/name", "/load/requests"]);
  expect(JSON.stringify(spec)).not.toContain("hunter2");
});
