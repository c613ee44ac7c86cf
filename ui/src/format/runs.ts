// Runs counted in words. Pure.
import { plural } from "./number.ts";

/** "1 run", "1,000 runs". */
export const formatRuns = (count: number): string => plural(count, "run");
