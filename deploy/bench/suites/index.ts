// Every suite of `npm run bench`, in the order they run.
import type { Suite } from "../result.ts";
import { ingest } from "./ingest.ts";
import { query } from "./query.ts";
import { wire } from "./wire.ts";

export const suites = [wire, ingest, query] as const satisfies readonly Suite[];
