// Every suite of `npm run bench`, in the order they run.
import type { Suite } from "../result.ts";
import { generate } from "./generate.ts";
import { ingest } from "./ingest.ts";
import { wire } from "./wire.ts";

export const suites = [wire, ingest, generate] as const satisfies readonly Suite[];
