// Runs and their assignments: saved state by state, read back one by one, page by page, or all that have not ended.
import { type AgentId, type RunId, isRunId } from "@tidemark/proto";
import {
  type AssignmentRecord,
  type AssignmentRow,
  assignmentColumns,
  assignmentOf,
  assignmentRow,
} from "./assignments.ts";
import type { Database } from "./database.ts";
import { type RunRecord, type RunRow, runColumns, runOf, runRow } from "./run-row.ts";

export interface StoredRun {
  readonly record: RunRecord;
  /** In the order of their shares; none for a search. */
  readonly assignments: readonly AssignmentRecord[];
}

/** Where a page of the list begins: after this run, newest first. */
export interface RunCursor {
  readonly createdAtMs: number;
  readonly id: RunId;
}

export interface RunListing {
  /** Runs this agent has a part in. */
  readonly agent: AgentId | undefined;
  /** The steps of this search; runs that are no steps without it. */
  readonly partOf: RunId | undefined;
  /** Of this profile, of this campaign. */
  readonly profile?: string | undefined;
  readonly campaign?: string | undefined;
  readonly after: RunCursor | undefined;
  readonly limit: number;
}

export interface RunStore {
  /** New states; their version is later than any before. Assignments first: a run's own row follows from theirs. */
  save(run: RunRecord | undefined, assignments: readonly AssignmentRecord[]): Promise<void>;
  find(id: RunId): Promise<StoredRun | undefined>;
  list(query: RunListing): Promise<readonly StoredRun[]>;
  /** Runs that have not ended, oldest first. */
  unended(): Promise<readonly RunId[]>;
}

const unendedMax = 10_000;
const assignmentsMax = 200_000;

/** `now`: Unix ms; orders the versions of a row. */
export function openRunStore(database: Database, now: () => number): RunStore {
  let version = 0;

  async function withAssignments(rows: readonly RunRow[]): Promise<StoredRun[]> {
    if (rows.length === 0) return [];
    const assignments = await database.query<AssignmentRow>(
      `SELECT ${assignmentColumns}
      FROM run_assignments FINAL
      WHERE run IN {runs:Array(String)}
      ORDER BY run, shareIndex, agent
      LIMIT {limit:UInt32}`,
      { runs: rows.map(({ id }) => id), limit: assignmentsMax },
    );
    const byRun = Map.groupBy(assignments.map(assignmentOf), ({ run }) => run);
    return rows.map((row) => {
      const record = runOf(row);
      return { record, assignments: byRun.get(record.id) ?? [] };
    });
  }

  return {
    async save(run, assignments) {
      version = Math.max(version + 1, now());
      await database.insertRows(
        "run_assignments",
        assignments.map((assignment) => assignmentRow(assignment, version)),
      );
      if (run !== undefined) await database.insertRows("runs", [runRow(run, version)]);
    },
    async find(id) {
      const rows = await database.query<RunRow>(
        `SELECT ${runColumns}
        FROM runs FINAL
        WHERE id = {id:String}
        LIMIT 1`,
        { id },
      );
      const [stored] = await withAssignments(rows);
      return stored;
    },
    async list({ agent, partOf, profile, campaign, after, limit }) {
      const rows = await database.query<RunRow>(
        `SELECT ${runColumns}
        FROM runs FINAL
        WHERE part_of = {partOf:String}
          AND ({profile:String} = '' OR profile = {profile:String})
          AND ({campaign:String} = '' OR campaign = {campaign:String})
          AND ({agent:String} = ''
            OR id IN (SELECT run FROM run_assignments WHERE agent = {agent:String})
            OR has(JSONExtract(search, 'agents', 'Array(String)'), {agent:String}))
          AND ({afterId:String} = ''
            OR (toUnixTimestamp64Milli(created_at), id) < ({afterMs:Int64}, {afterId:String}))
        ORDER BY created_at DESC, id DESC
        LIMIT {limit:UInt32}`,
        {
          agent: agent ?? "",
          partOf: partOf ?? "",
          profile: profile ?? "",
          campaign: campaign ?? "",
          afterId: after?.id ?? "",
          afterMs: after?.createdAtMs ?? 0,
          limit,
        },
      );
      return await withAssignments(rows);
    },
    async unended() {
      const rows = await database.query<{ id: string }>(
        `SELECT id
        FROM runs FINAL
        WHERE state IN ('pending', 'running')
        ORDER BY created_at
        LIMIT {limit:UInt32}`,
        { limit: unendedMax },
      );
      return rows.map(({ id }) => id).filter(isRunId);
    },
  };
}
