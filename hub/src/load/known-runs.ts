// The runs the hub has in mind: all that are under way, and recently ended ones whose late intervals may still arrive.
// Anything else is read back from the database when a message or a request names it.
import type { RunId } from "@tidemark/proto";
import type { RunResults } from "../store/run-results.ts";
import type { RunStore, StoredRun } from "../store/runs.ts";
import { type KnownRun, hasEnded, newKnownRun, noParts } from "./known-run.ts";
import { runLimits } from "./limits.ts";

export interface KnownRuns {
  /** A run that was just made. */
  add(run: StoredRun): KnownRun;
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
  let parts = 0;

  /** Each part holds three histograms, 280 kB: the oldest that have ended make room. */
  const keep = (run: KnownRun): KnownRun => {
    known.set(run.record.id, run);
    parts += sizeOf(run);
    for (const [id, candidate] of known) {
      if (parts <= runLimits.knownPartsMax) break;
      if (candidate === run || !hasEnded(candidate.record)) continue;
      known.delete(id);
      parts -= sizeOf(candidate);
    }
    return run;
  };

  async function read(id: RunId): Promise<KnownRun | undefined> {
    const [stored, storedParts] = await Promise.all([store.find(id), results.parts(id)]);
    return stored === undefined ? undefined : keep(newKnownRun(stored, storedParts, now()));
  }

  return {
    add: (run) => keep(newKnownRun(run, noParts, now())),
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

const sizeOf = ({ assignments }: KnownRun) => Math.max(1, assignments.size);
