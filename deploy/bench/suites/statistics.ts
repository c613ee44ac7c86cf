// Whether verdicts can be believed: how often they are wrong when nothing changed, how often right when something did, whether the
// formulas are those that others published, and what a verdict costs.
import type { Part } from "../generate/part.ts";
import type { Result, Suite } from "../result.ts";
import { alike } from "../statistics/alike.ts";
import { board } from "../statistics/board.ts";
import { cost } from "../statistics/cost.ts";
import { coverage } from "../statistics/coverage.ts";
import { watched } from "../statistics/histories.ts";
import { oracles } from "../statistics/oracles.ts";
import { power } from "../statistics/power.ts";
import { real } from "../statistics/real.ts";

/** Made-up runs first; real ones, which take their time, last. */
const parts: readonly Part[] = [oracles, alike, power, coverage, watched, cost, board, real];

export const statistics: Suite = {
  name: "statistics",
  async run(progress, signal) {
    const results: Result[] = [];
    const notes: string[] = [];
    for (const part of parts) {
      const done = await part.run({
        progress: (text) => progress(`${part.name}: ${text}`),
        signal,
      });
      results.push(...done.results);
      notes.push(...done.notes);
    }
    return { results, notes };
  },
};
