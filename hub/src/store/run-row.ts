// What all agents of a run share, as a row. Header values, bodies and feeds may be secrets and are not here.
import { Type, type Static } from "typebox";
import {
  type AgentId,
  type CampaignId,
  CapacitySearch,
  IdSchema,
  LoadPlan,
  type RunId,
  type RunProfile,
  RunState,
  SearchStep,
  Validity,
  type VariantLabels,
  isAgentId,
  isCampaignId,
  isRunId,
  parser,
  peakPerSecond,
} from "@tidemark/proto";
import { dateTime64 } from "./sql-text.ts";
import { type Latencies, latenciesOf } from "./stored-final.ts";

/** A search for the highest rate, as far as it has come. */
const SearchRecord = Type.Object(
  {
    asked: CapacitySearch,
    /** Who carries out its steps. */
    agents: Type.Array(IdSchema),
    steps: Type.Array(SearchStep),
    answerPerSecond: Type.Union([Type.Number(), Type.Null()]),
    answer: Type.String(),
  },
  { additionalProperties: false },
);
export type SearchRecord = Static<typeof SearchRecord>;

/** Where a run comes from that a campaign made. */
export interface RunOrigin {
  readonly profile: RunProfile;
  readonly variant: VariantLabels;
  readonly campaign: CampaignId;
}

export interface RunRecord {
  readonly id: RunId;
  readonly createdAtMs: number;
  readonly name: string;
  /** Without what may be secret: see `load/blank.ts`. */
  readonly plan: LoadPlan;
  readonly bodyBytes: number;
  /** Of a search alone, which has no assignments: its steps do. */
  readonly search: SearchRecord | undefined;
  /** The search this run is a step of. */
  readonly partOf: RunId | undefined;
  /** Undefined for a run that was made up for the occasion, and for the steps of a search. */
  readonly origin: RunOrigin | undefined;
  /** Once it has ended and was judged. */
  readonly validity: Validity | undefined;
  readonly remarks: readonly string[];
  /** Follows from the assignments, see `load/overall.ts`; stored to be searched for. */
  readonly state: RunState;
  readonly cause: string;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** Why nobody began; empty when all did. */
  readonly startFailure: string;
  readonly createdBy: string;
  /** When its end was asked for: from then on its leases are not renewed, not by a hub that starts later either. */
  readonly cancelAskedAtMs: number | null;
  /** Of all agents together, once all have ended. */
  readonly latency: Latencies | undefined;
}

export const runColumns = `id, toUnixTimestamp64Milli(created_at) AS createdAtMs, name, target, method, connections,
  duration_ms AS durationMs, timeout_ms AS timeoutMs, precision, header_names AS headerNames, body_bytes AS bodyBytes,
  plan_json AS plan, search, part_of AS partOf,
  profile, profile_revision AS profileRevision, profile_name AS profileName, variant, campaign, validity, remarks, state, cause, start_failure AS startFailure,
  toUnixTimestamp64Milli(started_at) AS startedAtMs, toUnixTimestamp64Milli(ended_at) AS endedAtMs,
  created_by AS createdBy, toUnixTimestamp64Milli(cancel_asked_at) AS cancelAskedAtMs, latency`;

export interface RunRow {
  readonly id: string;
  readonly createdAtMs: number | string;
  readonly name: string;
  readonly target: string;
  readonly method: string;
  readonly connections: number;
  readonly durationMs: number | string;
  readonly timeoutMs: number;
  readonly precision: string;
  readonly headerNames: readonly string[];
  readonly bodyBytes: number;
  readonly plan: string;
  readonly search: string;
  readonly partOf: string;
  readonly profile: string;
  readonly profileRevision: number;
  readonly profileName: string;
  readonly variant: VariantLabels;
  readonly campaign: string;
  readonly validity: string;
  readonly remarks: readonly string[];
  readonly state: string;
  readonly cause: string;
  readonly startFailure: string;
  readonly startedAtMs: number | string | null;
  readonly endedAtMs: number | string | null;
  readonly createdBy: string;
  readonly cancelAskedAtMs: number | string | null;
  readonly latency: string;
}

const parsePlan = parser(LoadPlan, "stored plan");
const parseState = parser(RunState, "stored run state");
const parseValidity = parser(Validity, "stored validity");
const parseSearch = parser(SearchRecord, "stored search");

export function runRow(record: RunRecord, version: number): Record<string, unknown> {
  const time = (ms: number | null) => (ms === null ? null : dateTime64(ms));
  const { target, method, connections, durationMs, timeoutMs, precision, headers, ...rest } =
    record.plan;
  return {
    id: record.id,
    version,
    created_at: time(record.createdAtMs),
    name: record.name,
    target,
    method,
    rate: peakPerSecond(record.plan.pacing) ?? 0,
    connections,
    duration_ms: durationMs,
    timeout_ms: timeoutMs,
    precision,
    header_names: headers.map(({ name }) => name),
    body_bytes: record.bodyBytes,
    plan_json: JSON.stringify(rest),
    search: record.search === undefined ? "" : JSON.stringify(record.search),
    part_of: record.partOf ?? "",
    profile: record.origin?.profile.id ?? "",
    profile_revision: record.origin?.profile.revision ?? 0,
    profile_name: record.origin?.profile.name ?? "",
    variant: record.origin?.variant ?? {},
    campaign: record.origin?.campaign ?? "",
    validity: record.validity === undefined ? "" : JSON.stringify(record.validity),
    remarks: record.remarks,
    state: record.state,
    cause: record.cause,
    start_failure: record.startFailure,
    started_at: time(record.startedAtMs),
    ended_at: time(record.endedAtMs),
    created_by: record.createdBy,
    cancel_asked_at: time(record.cancelAskedAtMs),
    latency: record.latency === undefined ? "" : JSON.stringify(record.latency),
  };
}

export function runOf(row: RunRow): RunRecord {
  if (!isRunId(row.id)) throw new Error(`run ${row.id} is stored under no id`);
  return {
    id: row.id,
    createdAtMs: Number(row.createdAtMs),
    name: row.name,
    plan: parsePlan({
      target: row.target,
      method: row.method,
      connections: row.connections,
      durationMs: Number(row.durationMs),
      timeoutMs: row.timeoutMs,
      precision: row.precision,
      headers: row.headerNames.map((name) => ({ name, value: "" })),
      body: "",
      ...JSON.parse(row.plan),
    }),
    bodyBytes: row.bodyBytes,
    search: row.search === "" ? undefined : parseSearch(JSON.parse(row.search)),
    partOf: isRunId(row.partOf) ? row.partOf : undefined,
    origin: originOf(row),
    validity: row.validity === "" ? undefined : parseValidity(JSON.parse(row.validity)),
    remarks: row.remarks,
    state: parseState(row.state),
    cause: row.cause,
    startFailure: row.startFailure,
    startedAtMs: row.startedAtMs === null ? null : Number(row.startedAtMs),
    endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs),
    createdBy: row.createdBy,
    cancelAskedAtMs: row.cancelAskedAtMs === null ? null : Number(row.cancelAskedAtMs),
    latency: row.latency === "" ? undefined : latenciesOf(row.latency),
  };
}

function originOf(row: RunRow): RunOrigin | undefined {
  const { profile, profileRevision, profileName, variant, campaign } = row;
  if (!isCampaignId(campaign)) return undefined;
  return {
    profile: { id: profile, revision: profileRevision, name: profileName },
    variant,
    campaign,
  };
}

/** Who carries out a search's steps. */
export function searchAgents({ agents }: SearchRecord): readonly AgentId[] {
  return agents.filter(isAgentId);
}
