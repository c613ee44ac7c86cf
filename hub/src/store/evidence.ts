// What runs are worth as evidence, as rows: the newest version of a run's row holds. A board reads ten thousand of them at once,
// so that what many rows share, their key and their environment, is read once and shared in memory too.
import {
  type ComparisonKey,
  type Environment,
  type RunFigures,
  type RunId,
  type Validity,
  ValidityFinding,
  ValidityLevel,
  type VariantLabels,
  isCampaignId,
  isRunId,
  parser,
} from "@tidemark/proto";
import { Type } from "typebox";
import { keyHash } from "../evidence/comparison-key.ts";
import type { EvidenceStore, RunEvidence } from "../evidence/evidence.ts";
import type { Database } from "./database.ts";
import { dateTime64 } from "./sql-text.ts";

const parseFindings = parser(Type.Array(ValidityFinding), "stored findings of a run");
const parseLevel = parser(ValidityLevel, "stored validity of a run");
/** Runs asked for by their ids at most. */
const runsMax = 200;

/** `now`: Unix ms; orders the versions of a row. */
export function openEvidenceStore(database: Database, now: () => number): EvidenceStore {
  let version = 0;

  async function read(
    where: string,
    params: { readonly limit: number } & Record<string, unknown>,
  ): Promise<readonly RunEvidence[]> {
    const rows = await database.query<EvidenceRow>(
      `SELECT * EXCEPT (key_fields, environment), row_number() OVER (PARTITION BY shared) = 1 AS isFirst,
        if(isFirst, key_fields, CAST(map(), 'Map(LowCardinality(String), String)')) AS keyOfFirst,
        if(isFirst, environment, CAST(map(), 'Map(String, String)')) AS environmentOfFirst
      FROM (
        SELECT ${columns}
        FROM run_evidence FINAL
        WHERE ${where}
        ORDER BY created_at DESC, run DESC
        LIMIT {limit:UInt32}
      )
      ORDER BY createdAtMs DESC, run DESC
      LIMIT {limit:UInt32}`,
      params,
    );
    const shared = new Map(
      rows.flatMap((row) =>
        Number(row.isFirst) === 1
          ? [[row.shared, { key: row.keyOfFirst, environment: row.environmentOfFirst }] as const]
          : [],
      ),
    );
    const findingsOf = remembering((json) => parseFindings(JSON.parse(json)));
    return rows.map((row) => {
      const common = shared.get(row.shared);
      if (common === undefined) throw new Error(`evidence of run ${row.run} came without its key`);
      return evidenceOf(row, common, findingsOf);
    });
  }

  return {
    async save(evidence) {
      version = Math.max(version + 1, now());
      await database.insertRows("run_evidence", [evidenceRow(evidence, version)]);
    },
    async byRuns(runs) {
      if (runs.length === 0) return [];
      if (runs.length > runsMax)
        throw new RangeError(`evidence of ${runs.length} runs at once; at most ${runsMax}`);
      return await read("run IN {runs:Array(String)}", { runs, limit: runsMax });
    },
    ofProfile: (profile, { limit, sinceMs = 0, campaign = "" }) =>
      read(
        `profile = {profile:String}
          AND created_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
          AND ({campaign:String} = '' OR campaign = {campaign:String})`,
        { profile, sinceMs, campaign, limit },
      ),
    ofProfiles: ({ limit, sinceMs }) =>
      read("profile != '' AND created_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')", {
        sinceMs,
        limit,
      }),
  };
}

/**
 * Runs that nobody has judged since they ended, and those of the last moments, whose samples may have arrived since; newest first.
 * Steps of searches are part of those.
 */
export async function unjudgedRuns(
  database: Database,
  query: { readonly sinceMs: number; readonly againSinceMs: number; readonly limit: number },
): Promise<readonly RunId[]> {
  const rows = await database.query<{ id: string }>(
    `SELECT id
    FROM runs FINAL
    WHERE part_of = ''
      AND state NOT IN ('pending', 'running')
      AND created_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
      AND (validity = '' OR ended_at >= fromUnixTimestamp64Milli({againSinceMs:Int64}, 'UTC'))
    ORDER BY created_at DESC
    LIMIT {limit:UInt32}`,
    query,
  );
  return rows.map(({ id }) => id).filter(isRunId);
}

/** Rows with the same hash have the same key and environment, which come with the first of them alone. */
const sharedHash =
  "hex(sipHash64(mapKeys(key_fields), mapValues(key_fields), mapKeys(environment), mapValues(environment)))";

/** As an array: a board has thousands of rows, and the names of twelve columns in each would be half of what is read. */
const percentiles = "p50, p50_low, p50_high, p95, p95_low, p95_high, p99, p99_low, p99_high";
const columns = `run, name, toUnixTimestamp64Milli(created_at) AS createdAtMs,
  toUnixTimestamp64Milli(started_at) AS startedAtMs, toUnixTimestamp64Milli(ended_at) AS endedAtMs,
  profile, profile_revision AS revision, profile_name AS profileName, variant, campaign, ${sharedHash} AS shared, key_fields, environment,
  level, findings, [toFloat64(requests), error_ratio, achieved, capacity, ${percentiles}] AS figures`;

type Quantity = number | string;
/** ClickHouse writes NaN as null. */
type Withheld = number | null;

interface EvidenceRow {
  readonly run: string;
  readonly name: string;
  readonly createdAtMs: Quantity;
  readonly startedAtMs: Quantity | null;
  readonly endedAtMs: Quantity;
  readonly profile: string;
  readonly revision: number;
  readonly profileName: string;
  readonly variant: VariantLabels;
  readonly campaign: string;
  readonly shared: string;
  readonly isFirst: number;
  readonly keyOfFirst: ComparisonKey;
  readonly environmentOfFirst: Environment;
  readonly level: string;
  readonly findings: string;
  readonly figures: readonly Withheld[];
}

function evidenceRow(evidence: RunEvidence, version: number): Record<string, unknown> {
  const { origin, figures } = evidence;
  const { p50, p95, p99 } = figures.intervals;
  return {
    profile: origin?.profile.id ?? "",
    run: evidence.run,
    version,
    name: evidence.name,
    created_at: dateTime64(evidence.createdAtMs),
    started_at: evidence.startedAtMs === null ? null : dateTime64(evidence.startedAtMs),
    ended_at: dateTime64(evidence.endedAtMs),
    profile_revision: origin?.profile.revision ?? 0,
    profile_name: origin?.profile.name ?? "",
    variant: origin?.variant ?? {},
    campaign: origin?.campaign ?? "",
    key: keyHash(evidence.key),
    key_fields: evidence.key,
    environment: evidence.environment,
    level: evidence.validity.level,
    findings: JSON.stringify(evidence.validity.findings),
    requests: figures.requests,
    p50: float(figures.p50),
    p50_low: float(p50?.[0]),
    p50_high: float(p50?.[1]),
    p95: float(figures.p95),
    p95_low: float(p95?.[0]),
    p95_high: float(p95?.[1]),
    p99: float(figures.p99),
    p99_low: float(p99?.[0]),
    p99_high: float(p99?.[1]),
    error_ratio: figures.errorRatio,
    achieved: float(figures.achievedPerSecond),
    capacity: float(figures.capacityPerSecond),
  };
}

/** A JSON row has no NaN, and takes null for zero: the word does it. */
const float = (value: number | null | undefined) => value ?? "nan";

function evidenceOf(
  row: EvidenceRow,
  { key, environment }: Pick<RunEvidence, "key" | "environment">,
  findingsOf: (json: string) => Validity["findings"],
): RunEvidence {
  if (!isRunId(row.run)) throw new Error(`evidence of run ${row.run} is stored under no id`);
  return {
    run: row.run,
    name: row.name,
    createdAtMs: Number(row.createdAtMs),
    startedAtMs: row.startedAtMs === null ? null : Number(row.startedAtMs),
    endedAtMs: Number(row.endedAtMs),
    origin: originOf(row),
    key,
    environment,
    validity: { level: parseLevel(row.level), findings: findingsOf(row.findings) },
    figures: figuresOf(row.figures),
  };
}

function originOf({ campaign, ...row }: EvidenceRow): RunEvidence["origin"] {
  if (!isCampaignId(campaign)) return undefined;
  const profile = { id: row.profile, revision: row.revision, name: row.profileName };
  return { profile, variant: row.variant, campaign };
}

function figuresOf(numbers: readonly Withheld[]): RunFigures {
  const [requests, errorRatio, achieved, capacity, ...percentile] = numbers;
  const at = (index: number) => percentile[index] ?? null;
  return {
    requests: requests ?? 0,
    p50: at(0),
    p95: at(3),
    p99: at(6),
    intervals: {
      p50: interval(at(1), at(2)),
      p95: interval(at(4), at(5)),
      p99: interval(at(7), at(8)),
    },
    errorRatio: errorRatio ?? 0,
    achievedPerSecond: achieved ?? null,
    capacityPerSecond: capacity ?? null,
  };
}

const interval = (low: Withheld, high: Withheld): [number, number] | null =>
  low === null || high === null ? null : [low, high];

/** Most runs have no findings, and those of a campaign often the same. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    known.set(text, value);
    return value;
  };
}
