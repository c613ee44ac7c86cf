// Evidence of runs that never ran, for tests of what is said of them.
import {
  type CampaignId,
  type RunFigures,
  type ValidityFinding,
  type VariantLabels,
  newId,
  type RunId,
} from "@tidemark/proto";
import type { RunEvidence } from "../src/evidence/evidence.ts";

export interface Made {
  readonly p50?: number | null;
  readonly p95?: number | null;
  readonly p99?: number | null;
  readonly errorRatio?: number;
  readonly capacity?: number;
  readonly intervals?: Partial<RunFigures["intervals"]>;
  readonly atMs?: number;
  readonly key?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly findings?: readonly ValidityFinding[];
  readonly variant?: VariantLabels;
  readonly profile?: string;
  readonly profileName?: string;
  readonly revision?: number;
  readonly campaign?: CampaignId;
}

export const madeKey = { load: "1000/s constant", connections: "32" };
export const madeEnvironment = { kernel: "6.1.0", generator: "tidemark 0.4.0" };
const beginsMs = 1_790_000_000_000;
let made = 0;

/** The n-th run made begins n minutes after the first. */
export function evidence(run: Made = {}): RunEvidence {
  made += 1;
  const atMs = run.atMs ?? beginsMs + made * 60_000;
  const findings = [...(run.findings ?? [])];
  const level = findings.some((finding) => finding.level === "invalid")
    ? "invalid"
    : findings.length > 0
      ? "flagged"
      : "valid";
  const { p50 = 1_000, p95 = 2_000, p99 = 3_000 } = run;
  return {
    run: newId<RunId>(),
    name: `run ${made}`,
    createdAtMs: atMs - 1_000,
    startedAtMs: atMs,
    endedAtMs: atMs + 30_000,
    origin:
      run.variant === undefined && run.profile === undefined
        ? undefined
        : {
            profile: {
              id: run.profile ?? "aaaaaaaaaaaaaaaa",
              revision: run.revision ?? 1,
              name: run.profileName ?? "machine list",
            },
            variant: run.variant ?? {},
            campaign: run.campaign ?? newId<CampaignId>(),
          },
    key: run.key ?? madeKey,
    environment: run.environment ?? madeEnvironment,
    validity: { level, findings },
    figures: {
      requests: 30_000,
      p50,
      p95,
      p99,
      intervals: { p50: null, p95: null, p99: null, ...run.intervals },
      errorRatio: run.errorRatio ?? 0,
      achievedPerSecond: 1_000,
      capacityPerSecond: run.capacity ?? null,
    },
  };
}

/** Runs whose latencies are all so many times the usual: 1 ms at p50, 2 at p95, 3 at p99. */
export function runsAt(ratios: readonly number[], more: Made = {}): readonly RunEvidence[] {
  return ratios.map((ratio) =>
    evidence({ p50: 1_000 * ratio, p95: 2_000 * ratio, p99: 3_000 * ratio, ...more }),
  );
}

/** Eight runs that differ by about 3 %. */
export const spread = [0.96, 1.035, 0.985, 1.0, 1.02, 0.97, 1.01, 1.03] as const;
