// How much the database holds, for the status page.
import type { Status } from "@tidemark/proto";
import type { Database } from "./database.ts";

export interface UsageQueries {
  storage(): Promise<Status["storage"]>;
}

export function openUsageQueries(database: Database): UsageQueries {
  return {
    async storage() {
      const [row] = await database.query<{ bytes: number; rows: number; sampleBytes: number }>(
        `SELECT
          sum(bytes_on_disk) AS bytes,
          sumIf(rows, table = 'samples') AS rows,
          sumIf(bytes_on_disk, table = 'samples') AS sampleBytes
        FROM system.parts
        WHERE active AND database = currentDatabase()
        LIMIT 1`,
      );
      const { bytes, rows, sampleBytes } = row ?? { bytes: 0, rows: 0, sampleBytes: 0 };
      return {
        engine: `${database.engine} ${database.version}`,
        bytesOnDisk: bytes,
        samplesRows: rows,
        bytesPerSample: rows === 0 ? null : sampleBytes / rows,
      };
    },
  };
}
