// What is kept of a run as evidence: one row that comparisons, histories and the board read instead of its intervals.
import type { ComparisonKey, Environment, RunFigures, RunId, Validity } from "@tidemark/proto";
import type { RunOrigin } from "../store/run-row.ts";

export interface RunEvidence {
  readonly run: RunId;
  readonly name: string;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number;
  /** Undefined for a run that was made up for the occasion. */
  readonly origin: RunOrigin | undefined;
  /** Equal for runs that may be compared. */
  readonly key: ComparisonKey;
  readonly environment: Environment;
  readonly validity: Validity;
  readonly figures: RunFigures;
}

/** Reads and writes `run_evidence`. */
export interface EvidenceStore {
  /** The newest row of a run holds. */
  save(evidence: RunEvidence): Promise<void>;
  /** In no order; runs without evidence are left out. At most 200 runs. */
  byRuns(runs: readonly RunId[]): Promise<readonly RunEvidence[]>;
  /** Newest first. */
  ofProfile(
    profile: string,
    query: { readonly limit: number; readonly sinceMs?: number; readonly campaign?: string },
  ): Promise<readonly RunEvidence[]>;
  /** Of all profiles, newest first. */
  ofProfiles(query: {
    readonly limit: number;
    readonly sinceMs: number;
  }): Promise<readonly RunEvidence[]>;
}
