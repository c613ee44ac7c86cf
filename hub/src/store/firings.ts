// What came of every time a schedule was due. Saving one again replaces it: the newest version holds.
import { Firing, parser } from "@tidemark/proto";
import type { Database } from "./database.ts";
import { dateTime64 } from "./sql-text.ts";

export interface FiringStore {
  save(firings: readonly Firing[]): Promise<void>;
  /** Newest first. */
  ofSchedule(schedule: string, limit: number): Promise<readonly Firing[]>;
  /** The latest of each. */
  latest(schedules: readonly string[]): Promise<readonly Firing[]>;
  /** Due in [fromMs, untilMs), newest first. */
  between(fromMs: number, untilMs: number, limit: number): Promise<readonly Firing[]>;
}

interface Row extends Record<string, unknown> {
  readonly dueAtMs: number | string;
  readonly startsAtMs: number | string;
  readonly campaign: string;
  readonly isManual: number;
}

const columns = `id, schedule, toUnixTimestamp64Milli(due_at) AS dueAtMs, toUnixTimestamp64Milli(starts_at) AS startsAtMs,
  outcome, cause, campaign, is_manual AS isManual`;
const parseFiring = parser(Firing, "stored firing");

/** `now`: Unix ms; orders the versions of a row. */
export function openFiringStore(database: Database, now: () => number): FiringStore {
  let version = 0;
  return {
    async save(firings) {
      version = Math.max(version + 1, now());
      await database.insertRows(
        "firings",
        firings.map((firing) => rowOf(firing, version)),
      );
    },
    async ofSchedule(schedule, limit) {
      const rows = await database.query<Row>(
        `SELECT ${columns}
        FROM firings FINAL
        WHERE schedule = {schedule:String}
        ORDER BY due_at DESC, id DESC
        LIMIT {limit:UInt32}`,
        { schedule, limit },
      );
      return rows.map(firingOf);
    },
    async latest(schedules) {
      const rows = await database.query<Row>(
        `SELECT ${columns}
        FROM firings FINAL
        WHERE schedule IN {schedules:Array(String)}
        ORDER BY due_at DESC, id DESC
        LIMIT 1 BY schedule
        LIMIT {limit:UInt32}`,
        { schedules, limit: schedules.length },
      );
      return rows.map(firingOf);
    },
    async between(fromMs, untilMs, limit) {
      const rows = await database.query<Row>(
        `SELECT ${columns}
        FROM firings FINAL
        WHERE due_at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
          AND due_at < fromUnixTimestamp64Milli({untilMs:Int64}, 'UTC')
        ORDER BY due_at DESC, id DESC
        LIMIT {limit:UInt32}`,
        { fromMs, untilMs, limit },
      );
      return rows.map(firingOf);
    },
  };
}

function rowOf(firing: Firing, version: number): Record<string, unknown> {
  return {
    schedule: firing.schedule,
    due_at: dateTime64(firing.dueAtMs),
    id: firing.id,
    version,
    starts_at: dateTime64(firing.startsAtMs),
    outcome: firing.outcome,
    cause: firing.cause,
    campaign: firing.campaign ?? "",
    is_manual: firing.isManual ? 1 : 0,
  };
}

function firingOf(row: Row): Firing {
  return parseFiring({
    ...row,
    dueAtMs: Number(row.dueAtMs),
    startsAtMs: Number(row.startsAtMs),
    campaign: row.campaign === "" ? null : row.campaign,
    isManual: row.isManual === 1,
  });
}
