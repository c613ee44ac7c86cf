// A run's states one after the other: what the agent, a user and the clock change at the same moment must not undo each other.
import type { RunRecord, RunStore } from "../store/runs.ts";
import type { KnownRun } from "./known-run.ts";

/** What is new of a record; a function sees the record after all earlier changes, and changes nothing by undefined. */
export type NewPart = Partial<RunRecord> | ((record: RunRecord) => Partial<RunRecord> | undefined);

/** Resolves when the new state is stored and told. Throws when it could not be stored: then nothing has changed. */
export type Change = (known: KnownRun, part: NewPart) => Promise<void>;

export function openChanges(store: RunStore, changed: (known: KnownRun) => void): Change {
  const underWay = new WeakMap<KnownRun, Promise<void>>();

  async function apply(known: KnownRun, part: NewPart): Promise<void> {
    const fresh = typeof part === "function" ? part(known.record) : part;
    if (fresh === undefined) return;
    const record = { ...known.record, ...fresh };
    await store.save(record);
    known.record = record;
    changed(known);
  }

  return (known, part) => {
    const before = underWay.get(known) ?? Promise.resolve();
    const change = before.then(() => apply(known, part));
    // A change that fails is told to whoever asked for it; the next one goes on from the state before.
    underWay.set(
      known,
      change.catch(() => undefined),
    );
    return change;
  };
}
