import { metrics } from "./0001-metrics.ts";
import { events } from "./0002-events.ts";
import { runs } from "./0003-runs.ts";
import { runCancel } from "./0004-run-cancel.ts";
import { runAssignments } from "./0005-run-assignments.ts";
import { evidence } from "./0006-evidence.ts";
import { sharing } from "./0007-sharing.ts";
import type { Migration } from "./migration.ts";

/** In order; the last one's version is the schema this program knows. Shipped migrations never change. */
export const migrations = [
  metrics,
  events,
  runs,
  runCancel,
  runAssignments,
  evidence,
  sharing,
] as const satisfies readonly Migration[];
