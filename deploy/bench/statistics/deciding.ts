// What the verdict engine says of made-up runs.
import { type RunId, type VerdictKind, newId } from "@tidemark/proto";
import type { RunEvidence } from "../../../hub/src/evidence/evidence.ts";
import { judge } from "../../../hub/src/verdict/judge.ts";
import { type Made, type MadeRun, type Sides, blockRuns } from "./noises.ts";

const labels = { baseline: "3.5", candidate: "3.6" };
const runMs = 60_000;
const requests = 30_000;

export function verdictOn(sides: Sides, marginRatio: number, order: Made["order"]): VerdictKind {
  const [baseline, candidate] = [sides.baseline.map(evidenceOf), sides.candidate.map(evidenceOf)];
  const blocks = new Map(
    [...baseline, ...candidate].map(({ run, createdAtMs }) => [
      run,
      Math.floor(createdAtMs / runMs / blockRuns),
    ]),
  );
  const design =
    order === "separate" ? { kind: order } : ({ kind: "interleaved", blocks } as const);
  return judge({ baseline, candidate, labels, stratum: {}, marginRatio, design }).kind;
}

function evidenceOf({ percentiles, place }: MadeRun): RunEvidence {
  const startedAtMs = place * runMs;
  return {
    run: newId<RunId>(),
    name: `run ${place + 1}`,
    createdAtMs: startedAtMs,
    startedAtMs,
    endedAtMs: startedAtMs + runMs / 2,
    origin: undefined,
    key: {},
    environment: {},
    validity: { level: "valid", findings: [] },
    figures: {
      requests,
      ...percentiles,
      intervals: { p50: null, p95: null, p99: null },
      errorRatio: 0,
      achievedPerSecond: 1_000,
      capacityPerSecond: null,
    },
  };
}
