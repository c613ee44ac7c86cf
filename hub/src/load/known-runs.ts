// The runs the hub has in mind: all that are under way, and recently ended ones whose late intervals may still arrive.
// Anything else is read back from the database when a message or a request names it.
import type { RunId } from "@tidemark/proto";
import { emptyCounts } from "@tidemark/proto";
import type { RunResults } from "../store/run-results.ts";
import type { RunRecord, RunStore } from "../store/runs.ts";
import { type KnownRun, hasEnded, newKnownRun, noHistograms } from "./known-run.ts";
import { runLimits } from "./limits.ts";

export interface KnownRuns {
  /** A run that was just made. */
  add(record: RunRecord): KnownRun;
  /** From memory, or from the database; undefined when there is none. */
  load(id: RunId): Promise<KnownRun | undefined>;
  /** From memory alone. */
  get(id: RunId): KnownRun | undefined;
  active(): readonly KnownRun[];
}

export function openKnownRuns(deps: {
  readonly store: RunStore;
  readonly results: RunResults;
  readonly now: () => number;
}): KnownRuns {
  const { store, results, now } = deps;
  const known = new Map<RunId, KnownRun>();
  const loading = new Map<RunId, Promise<KnownRun | undefined>>();

  const keep = (run: KnownRun): KnownRun => {
    known.set(run.record.id, run);
    if (known.size > runLimits.knownRunsMax) {
      for (const [id, candidate] of known) {
        if (!hasEnded(candidate.record)) continue;
        known.delete(id);
        break;
      }
    }
    return run;
  };

  async function read(id: RunId): Promise<KnownRun | undefined> {
    const record = await store.find(id);
    if (record === undefined) return undefined;
    const [indices, totals] = await Promise.all([results.indices(id), results.totals(id)]);
    return keep(newKnownRun(record, { indices, ...totals }, now()));
  }

  return {
    add(record) {
      const nothing = { indices: [], counts: emptyCounts(), histograms: noHistograms() };
      return keep(newKnownRun(record, nothing, now()));
    },
    async load(id) {
      const held = known.get(id);
      if (held !== undefined) return held;
      let pending = loading.get(id);
      if (pending === undefined) {
        pending = read(id).finally(() => loading.delete(id));
        loading.set(id, pending);
      }
      return await pending;
    },
    get: (id) => known.get(id),
    active: () => [...known.values()].filter(({ record }) => !hasEnded(record)),
  };
}
