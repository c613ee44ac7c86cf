import type { Database } from "./database.ts";
import type { Retention } from "./retention.ts";
import type { SeriesDirectory } from "./series.ts";

/** What every query over samples needs. */
export interface QuerySource {
  readonly database: Database;
  readonly series: SeriesDirectory;
  readonly retention: Retention;
  /** Unix ms. */
  readonly now: () => number;
}
