// A run's states one after the other: what its agents, a user and the clock change at the same moment must not undo each other.
import type { AgentId } from "@tidemark/proto";
import type { AssignmentRecord } from "../store/assignments.ts";
import type { RunRecord } from "../store/run-row.ts";
import type { RunStore } from "../store/runs.ts";
import {
  type KnownAssignment,
  type KnownRun,
  hasEnded,
  latenciesOf,
  mergedHistograms,
} from "./known-run.ts";
import { overallOf } from "./overall.ts";

/** What is new: of what all agents share, and of single agents' parts. */
export interface NewPart {
  readonly run?: Partial<RunRecord>;
  /** Sees each part after all earlier changes; undefined leaves it as it is. */
  readonly assignment?: (record: AssignmentRecord) => Partial<AssignmentRecord> | undefined;
}

/** Resolves when the new state is stored and told. Throws when it could not be stored: then nothing has changed. */
export type Change = (known: KnownRun, part: NewPart) => Promise<void>;

export function openChanges(deps: {
  readonly store: Pick<RunStore, "save">;
  readonly nameOf: (agent: AgentId) => string;
  readonly changed: (known: KnownRun) => void;
}): Change {
  const { store, nameOf, changed } = deps;
  const underWay = new WeakMap<KnownRun, Promise<void>>();

  async function apply(known: KnownRun, { run, assignment }: NewPart): Promise<void> {
    const fresh = new Map<KnownAssignment, AssignmentRecord>();
    for (const part of known.assignments.values()) {
      const change = assignment?.(part.record);
      if (change !== undefined) fresh.set(part, { ...part.record, ...change });
    }
    if (run === undefined && fresh.size === 0) return;
    const records = [...known.assignments.values()].map((part) => fresh.get(part) ?? part.record);
    const record = followed({ ...known.record, ...run }, records, known, nameOf);
    const isNew = run !== undefined || !isSame(record, known.record);
    await store.save(isNew ? record : undefined, [...fresh.values()]);
    known.record = record;
    for (const [part, latest] of fresh) part.record = latest;
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

/** A change of one agent's part. */
export function partOf(
  agent: AgentId,
  change: (record: AssignmentRecord) => Partial<AssignmentRecord> | undefined,
): NewPart {
  return { assignment: (record) => (record.agent === agent ? change(record) : undefined) };
}

/** The run as its assignments make it; a search leads itself. */
function followed(
  record: RunRecord,
  assignments: readonly AssignmentRecord[],
  known: KnownRun,
  nameOf: (agent: AgentId) => string,
): RunRecord {
  if (record.search !== undefined) return record;
  const overall = overallOf(record, assignments, nameOf);
  if (!hasEnded(overall)) return { ...record, ...overall, latency: undefined };
  const histograms = [...known.assignments.values()].map((part) => part.histograms);
  return { ...record, ...overall, latency: latenciesOf(mergedHistograms(histograms)) };
}

function isSame(one: RunRecord, other: RunRecord): boolean {
  return (
    one.state === other.state &&
    one.cause === other.cause &&
    one.startedAtMs === other.startedAtMs &&
    one.endedAtMs === other.endedAtMs &&
    one.latency === other.latency
  );
}
