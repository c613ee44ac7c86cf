// The latest run of each profile, for a list of profiles.
import { type ProfileRow, RunState, isRunId, parser, profileLimits } from "@tidemark/proto";
import type { Database } from "./database.ts";

export interface ProfileRuns {
  /** By profile; one that never ran is not in it. */
  latest(): Promise<ReadonlyMap<string, NonNullable<ProfileRow["lastRun"]>>>;
}

const parseState = parser(RunState, "stored run state");

export function openProfileRuns(database: Database): ProfileRuns {
  return {
    async latest() {
      const rows = await database.query<{
        profile: string;
        run: string;
        latestState: string;
        createdAtMs: number | string;
      }>(
        `SELECT profile,
          argMax(id, (created_at, id)) AS run,
          argMax(state, (created_at, id)) AS latestState,
          toUnixTimestamp64Milli(max(created_at)) AS createdAtMs
        FROM (
          SELECT id, profile, state, created_at
          FROM runs FINAL
          WHERE profile != ''
        )
        GROUP BY profile
        LIMIT {limit:UInt32}`,
        { limit: profileLimits.profilesMax },
      );
      return new Map(
        rows
          .filter(({ run }) => isRunId(run))
          .map(({ profile, run, latestState, createdAtMs }) => [
            profile,
            { id: run, state: parseState(latestState), createdAtMs: Number(createdAtMs) },
          ]),
      );
    },
  };
}
