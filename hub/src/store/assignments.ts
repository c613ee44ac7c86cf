// What each agent makes of its share of a run, as rows: one per state, the newest version holds.
import {
  type AgentId,
  type RunId,
  RunState,
  Share,
  isAgentId,
  isRunId,
  parser,
} from "@tidemark/proto";
import { dateTime64 } from "./sql-text.ts";
import { type Interim, type StoredFinal, finalOf, interimOf } from "./stored-final.ts";

/** An agent's clock beside the hub's, ms. */
export interface ClockReading {
  readonly aheadMs: number;
  /** How far that may be off. */
  readonly uncertaintyMs: number;
}

export interface AssignmentRecord {
  readonly run: RunId;
  readonly agent: AgentId;
  readonly host: number;
  readonly createdAtMs: number;
  readonly share: Share;
  readonly state: RunState;
  readonly cause: string;
  /** Undefined when the agent's clock was not asked. */
  readonly clock: ClockReading | undefined;
  /** By the agent's clock, but for an end that the hub decided. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly final: StoredFinal | undefined;
  /** Set where it ended without a final. */
  readonly interim: Interim | undefined;
}

export const assignmentColumns = `run, agent, host, toUnixTimestamp64Milli(created_at) AS createdAtMs, share_index AS shareIndex,
  share_of AS shareOf, state, cause, clock_ahead_ms AS clockAheadMs, clock_uncertainty_ms AS clockUncertaintyMs,
  toUnixTimestamp64Milli(started_at) AS startedAtMs, toUnixTimestamp64Milli(ended_at) AS endedAtMs, final, interim`;

export interface AssignmentRow {
  readonly run: string;
  readonly agent: string;
  readonly host: number;
  readonly createdAtMs: number | string;
  readonly shareIndex: number;
  readonly shareOf: number;
  readonly state: string;
  readonly cause: string;
  readonly clockAheadMs: number | null;
  readonly clockUncertaintyMs: number | null;
  readonly startedAtMs: number | string | null;
  readonly endedAtMs: number | string | null;
  readonly final: string;
  readonly interim: string;
}

const parseState = parser(RunState, "stored state of an assignment");

export function assignmentRow(record: AssignmentRecord, version: number): Record<string, unknown> {
  const time = (ms: number | null) => (ms === null ? null : dateTime64(ms));
  return {
    run: record.run,
    agent: record.agent,
    version,
    created_at: time(record.createdAtMs),
    host: record.host,
    share_index: record.share.index,
    share_of: record.share.of,
    state: record.state,
    cause: record.cause,
    clock_ahead_ms: record.clock?.aheadMs ?? null,
    clock_uncertainty_ms: record.clock?.uncertaintyMs ?? null,
    started_at: time(record.startedAtMs),
    ended_at: time(record.endedAtMs),
    final: record.final === undefined ? "" : JSON.stringify(record.final),
    interim: record.interim === undefined ? "" : JSON.stringify(record.interim),
  };
}

export function assignmentOf(row: AssignmentRow): AssignmentRecord {
  if (!isRunId(row.run) || !isAgentId(row.agent))
    throw new Error(`an assignment of run ${row.run} is stored under no id`);
  const { clockAheadMs: aheadMs, clockUncertaintyMs: uncertaintyMs } = row;
  return {
    run: row.run,
    agent: row.agent,
    host: row.host,
    createdAtMs: Number(row.createdAtMs),
    share: { index: row.shareIndex, of: row.shareOf },
    state: parseState(row.state),
    cause: row.cause,
    clock: aheadMs === null || uncertaintyMs === null ? undefined : { aheadMs, uncertaintyMs },
    startedAtMs: row.startedAtMs === null ? null : Number(row.startedAtMs),
    endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs),
    final: row.final === "" ? undefined : finalOf(row.final),
    interim: row.interim === "" ? undefined : interimOf(row.interim),
  };
}
