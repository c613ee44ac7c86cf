// Runs as the hub has them in mind, made up for tests.
import { type AgentId, Histogram, type LoadPlan, type RunId, newId } from "@tidemark/proto";
import { type KnownRun, newKnownRun, noParts } from "../src/load/known-run.ts";
import type { AssignmentRecord } from "../src/store/assignments.ts";
import type { Histograms } from "../src/store/run-histograms.ts";
import type { RunRecord } from "../src/store/run-row.ts";

export const plan: LoadPlan = {
  driver: "http1",
  target: "http://127.0.0.1:1/",
  method: "GET",
  headers: [],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 1 },
  precision: "precise",
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
};

export function runRecordOf(change: Partial<RunRecord> = {}): RunRecord {
  return {
    id: newId<RunId>(),
    createdAtMs: 1,
    name: "",
    plan,
    bodyBytes: 0,
    search: undefined,
    partOf: undefined,
    origin: undefined,
    validity: undefined,
    remarks: [],
    state: "pending",
    cause: "",
    startedAtMs: null,
    endedAtMs: null,
    startFailure: "",
    createdBy: "ann",
    cancelAskedAtMs: null,
    latency: undefined,
    ...change,
  };
}

export function assignmentOf(change: Partial<AssignmentRecord> = {}): AssignmentRecord {
  return {
    run: newId<RunId>(),
    agent: newId<AgentId>(),
    host: 1,
    createdAtMs: 1,
    share: { index: 0, of: 1 },
    state: "running",
    cause: "",
    clock: undefined,
    startedAtMs: null,
    endedAtMs: null,
    final: undefined,
    interim: undefined,
    ...change,
  };
}

export function knownRunOf(
  assignments: readonly Partial<AssignmentRecord>[],
  change: Partial<RunRecord> = {},
): KnownRun {
  const record = runRecordOf(change);
  return newKnownRun(
    { record, assignments: assignments.map((one) => assignmentOf({ run: record.id, ...one })) },
    noParts,
    1,
  );
}

/** The same values, µs, on every basis. */
export function histogramsOf(micros: readonly number[]): Histograms {
  const of = () => {
    const histogram = new Histogram();
    for (const value of micros) histogram.record(value);
    return histogram;
  };
  return { response: of(), service: of(), lateness: of() };
}
