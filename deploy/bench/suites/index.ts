// Every suite of `npm run bench`, in the order they run.
import type { Suite } from "../result.ts";
import { agent } from "./agent.ts";
import { generate } from "./generate.ts";
import { ingest } from "./ingest.ts";
import { query } from "./query.ts";
import { receive } from "./receive.ts";
import { statistics } from "./statistics.ts";
import { wire } from "./wire.ts";

export const suites = [
  agent,
  wire,
  ingest,
  query,
  generate,
  receive,
  statistics,
] as const satisfies readonly Suite[];
