// Which entries of a calendar would get in each other's way: at the same time on the same agents or target. Pure.
import type { CalendarEntry } from "@tidemark/proto";
import { type Held, isInTheWay } from "../campaigns/queue.ts";

export interface Placed {
  readonly entry: CalendarEntry;
  /** Entries of one schedule share theirs. Undefined for what holds nothing: a firing that was skipped, a profile that is gone. */
  readonly held: Held | undefined;
}

/** Conflicts told of one entry. */
export const conflictsMax = 20;

/** The entries by start, each with those it is in conflict with. What is past can no longer be in the way. */
export function withConflicts(placed: readonly Placed[]): CalendarEntry[] {
  const sorted = placed.toSorted(
    (one, other) =>
      one.entry.startMs - other.entry.startMs || (one.entry.id < other.entry.id ? -1 : 1),
  );
  const found = new Map<string, string[]>(sorted.map(({ entry }) => [entry.id, []]));
  const clash = remembered();
  let under: Placed[] = [];
  for (const one of sorted) {
    if (one.held === undefined || one.entry.kind === "past") continue;
    under = under.filter(({ entry }) => entry.endMs > one.entry.startMs);
    for (const other of under) if (clash(one, other)) note(found, one.entry.id, other.entry.id);
    under.push(one);
  }
  return sorted.map(({ entry }) => ({ ...entry, conflicts: found.get(entry.id) ?? [] }));
}

function note(found: Map<string, string[]>, one: string, other: string): void {
  for (const [id, conflict] of [
    [one, other],
    [other, one],
  ] as const) {
    const known = found.get(id);
    if (known !== undefined && known.length < conflictsMax) known.push(conflict);
  }
}

/** Two schedules either are in each other's way or not, however often they meet. */
function remembered(): (one: Placed, other: Placed) => boolean {
  const known = new Map<Held, Map<Held, boolean>>();
  return ({ held: one }, { held: other }) => {
    if (one === undefined || other === undefined) return false;
    const ofOne = known.get(one) ?? new Map<Held, boolean>();
    known.set(one, ofOne);
    const answer = ofOne.get(other) ?? isInTheWay(one, other);
    ofOne.set(other, answer);
    return answer;
  };
}
