// Runs counted in words. Pure.
import { formatCount } from "./number.ts";

/** "1 run", "1,000 runs". */
export const formatRuns = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? "run" : "runs"}`;
