// Runs one plan on a real generator thread and adds up what it reported.
import type { LoadPlan, RunFinal, RunInterval } from "@tidemark/proto";
import { inflateSync } from "node:zlib";
import {
  type Histogram,
  type RunId,
  decodeHistogram,
  defaultPortOf,
  newId,
  wholeShare,
} from "@tidemark/proto";
import type { Assignment } from "../src/load/carrier.ts";
import { type ActiveRun, type RunOptions, startRun } from "../src/load/run.ts";

export interface Generated {
  readonly final: RunFinal;
  readonly intervals: readonly RunInterval[];
  readonly response: Histogram;
  readonly service: Histogram;
  readonly lateness: Histogram;
}

export function planFor(
  port: number,
  change: Partial<LoadPlan> & { rate?: number } = {},
): LoadPlan {
  const { rate = 100, ...rest } = change;
  return {
    driver: "http1",
    target: `http://127.0.0.1:${port}/`,
    method: "GET",
    headers: [],
    body: "",
    pacing: { kind: "constant", ratePerSecond: rate },
    precision: "economy",
    connections: 4,
    durationMs: 700,
    timeoutMs: 2_000,
    ...rest,
  };
}

/** The whole of a plan, at the address that its target names. */
export function assignmentOf(plan: LoadPlan, change: Partial<Assignment> = {}): Assignment {
  const url = new URL(plan.target);
  return {
    run: newId<RunId>(),
    plan,
    share: plan.share ?? wholeShare,
    endpoint: {
      address: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port) || (defaultPortOf(url.protocol) ?? 0),
    },
    secrets: {},
    policyFile: undefined,
    ratePerSecondMax: undefined,
    startAtMs: undefined,
    ...change,
  };
}

export function decode(base64: string): Histogram {
  return decodeHistogram(Buffer.from(base64, "base64"), (bytes, max) =>
    inflateSync(bytes, { maxOutputLength: max }),
  );
}

/** `steer` may end the run early; `change` is what else the run is given. */
export async function generateRun(
  plan: LoadPlan,
  steer: (run: ActiveRun) => void = (run) => run.lease(60_000),
  change: Partial<RunOptions> = {},
): Promise<Generated> {
  const intervals: RunInterval[] = [];
  const finals: RunFinal[] = [];
  const run = startRun({
    assignment: assignmentOf(plan),
    interval: (interval) => intervals.push(interval),
    final: (final) => finals.push(final),
    isKilled: () => false,
    now: Date.now,
    ...change,
  });
  steer(run);
  await run.ended;
  const [final] = finals;
  if (final === undefined || finals.length > 1) throw new Error(`${finals.length} finals`);
  return {
    final,
    intervals,
    response: decode(final.histograms.response),
    service: decode(final.histograms.service),
    lateness: decode(final.histograms.lateness),
  };
}
