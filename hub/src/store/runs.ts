// Runs as rows: one per state of a run, the newest version holds. Header values and bodies may be secrets and are not here.
import { Type, type Static } from "typebox";
import {
  type AgentId,
  HttpMethod,
  LatencySummary,
  Precision,
  RunFinal,
  type RunId,
  RunState,
  isAgentId,
  isRunId,
  parser,
} from "@tidemark/proto";
import type { Database } from "./database.ts";
import { dateTime64 } from "./sql-text.ts";

const { histograms: _histograms, ...finalProperties } = RunFinal.properties;
/** A final without its histograms, which have rows of their own, and with the percentiles that lists show. */
const StoredFinal = Type.Object(
  {
    ...finalProperties,
    latency: Type.Object(
      { response: LatencySummary, service: LatencySummary, lateness: LatencySummary },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type StoredFinal = Static<typeof StoredFinal>;

export interface RunRecord {
  readonly id: RunId;
  readonly createdAtMs: number;
  readonly agent: AgentId;
  readonly host: number;
  readonly name: string;
  readonly target: string;
  readonly method: HttpMethod;
  readonly ratePerSecond: number;
  readonly connections: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly precision: Precision;
  readonly headerNames: readonly string[];
  readonly bodyBytes: number;
  readonly state: RunState;
  readonly cause: string;
  readonly createdBy: string;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** When its end was asked for: from then on its lease is not renewed, not by a hub that starts later either. */
  readonly cancelAskedAtMs: number | null;
  readonly final: StoredFinal | undefined;
}

/** Where a page of the list begins: after this run, newest first. */
export interface RunCursor {
  readonly createdAtMs: number;
  readonly id: RunId;
}

export interface RunStore {
  /** The new state of a run; the version is later than any before. */
  save(record: RunRecord): Promise<void>;
  find(id: RunId): Promise<RunRecord | undefined>;
  list(query: {
    readonly agent: AgentId | undefined;
    readonly after: RunCursor | undefined;
    readonly limit: number;
  }): Promise<readonly RunRecord[]>;
  /** Runs that have not ended. */
  unended(): Promise<readonly RunRecord[]>;
}

const unendedMax = 10_000;
const columns = `id, toUnixTimestamp64Milli(created_at) AS createdAtMs, agent, host, name, target, method, rate, connections,
  duration_ms AS durationMs, timeout_ms AS timeoutMs, precision, header_names AS headerNames, body_bytes AS bodyBytes,
  state, cause, created_by AS createdBy, toUnixTimestamp64Milli(started_at) AS startedAtMs,
  toUnixTimestamp64Milli(ended_at) AS endedAtMs, toUnixTimestamp64Milli(cancel_asked_at) AS cancelAskedAtMs, final`;

interface Row {
  readonly id: string;
  readonly createdAtMs: number | string;
  readonly agent: string;
  readonly host: number;
  readonly name: string;
  readonly target: string;
  readonly method: string;
  readonly rate: number;
  readonly connections: number;
  readonly durationMs: number | string;
  readonly timeoutMs: number;
  readonly precision: string;
  readonly headerNames: readonly string[];
  readonly bodyBytes: number;
  readonly state: string;
  readonly cause: string;
  readonly createdBy: string;
  readonly startedAtMs: number | string | null;
  readonly endedAtMs: number | string | null;
  readonly cancelAskedAtMs: number | string | null;
  readonly final: string;
}

const parseMethod = parser(HttpMethod, "stored method");
const parsePrecision = parser(Precision, "stored precision");
const parseState = parser(RunState, "stored run state");
const parseFinal = parser(StoredFinal, "stored final");

/** `now`: Unix ms; orders the versions of a run. */
export function openRunStore(database: Database, now: () => number): RunStore {
  let version = 0;
  return {
    async save(record) {
      version = Math.max(version + 1, now());
      await database.insertRows("runs", [rowOf(record, version)]);
    },
    async find(id) {
      const [row] = await database.query<Row>(
        `SELECT ${columns}
        FROM runs FINAL
        WHERE id = {id:String}
        LIMIT 1`,
        { id },
      );
      return row === undefined ? undefined : recordOf(row);
    },
    async list({ agent, after, limit }) {
      const rows = await database.query<Row>(
        `SELECT ${columns}
        FROM runs FINAL
        WHERE ({agent:String} = '' OR agent = {agent:String})
          AND ({afterId:String} = ''
            OR (toUnixTimestamp64Milli(created_at), id) < ({afterMs:Int64}, {afterId:String}))
        ORDER BY created_at DESC, id DESC
        LIMIT {limit:UInt32}`,
        {
          agent: agent ?? "",
          afterId: after?.id ?? "",
          afterMs: after?.createdAtMs ?? 0,
          limit,
        },
      );
      return rows.map(recordOf);
    },
    async unended() {
      const rows = await database.query<Row>(
        `SELECT ${columns}
        FROM runs FINAL
        WHERE state IN ('pending', 'running')
        ORDER BY created_at
        LIMIT {limit:UInt32}`,
        { limit: unendedMax },
      );
      return rows.map(recordOf);
    },
  };
}

function rowOf(record: RunRecord, version: number): Record<string, unknown> {
  const time = (ms: number | null) => (ms === null ? null : dateTime64(ms));
  return {
    id: record.id,
    version,
    created_at: time(record.createdAtMs),
    agent: record.agent,
    host: record.host,
    name: record.name,
    target: record.target,
    method: record.method,
    rate: record.ratePerSecond,
    connections: record.connections,
    duration_ms: record.durationMs,
    timeout_ms: record.timeoutMs,
    precision: record.precision,
    header_names: record.headerNames,
    body_bytes: record.bodyBytes,
    state: record.state,
    cause: record.cause,
    created_by: record.createdBy,
    started_at: time(record.startedAtMs),
    ended_at: time(record.endedAtMs),
    cancel_asked_at: time(record.cancelAskedAtMs),
    final: record.final === undefined ? "" : JSON.stringify(record.final),
    // What the columns cannot say about the plan; never its header values or its body.
    plan_json: JSON.stringify({
      driver: "http1",
      pacing: { kind: "constant", ratePerSecond: record.ratePerSecond },
    }),
  };
}

function recordOf(row: Row): RunRecord {
  if (!isRunId(row.id) || !isAgentId(row.agent))
    throw new Error(`run ${row.id} is stored under no id`);
  return {
    id: row.id,
    createdAtMs: Number(row.createdAtMs),
    agent: row.agent,
    host: row.host,
    name: row.name,
    target: row.target,
    method: parseMethod(row.method),
    ratePerSecond: row.rate,
    connections: row.connections,
    durationMs: Number(row.durationMs),
    timeoutMs: row.timeoutMs,
    precision: parsePrecision(row.precision),
    headerNames: row.headerNames,
    bodyBytes: row.bodyBytes,
    state: parseState(row.state),
    cause: row.cause,
    createdBy: row.createdBy,
    startedAtMs: row.startedAtMs === null ? null : Number(row.startedAtMs),
    endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs),
    cancelAskedAtMs: row.cancelAskedAtMs === null ? null : Number(row.cancelAskedAtMs),
    final: row.final === "" ? undefined : parseFinal(JSON.parse(row.final)),
  };
}
