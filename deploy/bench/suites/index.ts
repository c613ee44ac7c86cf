// Every suite of `npm run bench`, in the order they run.
import type { Suite } from "../result.ts";
import { wire } from "./wire.ts";

export const suites = [wire] as const satisfies readonly Suite[];
