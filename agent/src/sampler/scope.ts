// One collector's part of the board: its slots, what they were set to, and what the counters among them stood at before.
// A series enters the table with its first value, so that what a host lacks is absent and not a column of nothing.
import type { Labels, MetricName } from "@tidemark/proto";
import type { Slot } from "../collectors/collector.ts";
import { gapAllowedMs, ratePerSecond } from "./rate.ts";

/** What a scope asks of its board. */
export interface Ledger {
  /** Takes a series into the table; `undefined` when it is refused. `place` is told its column whenever that changes. */
  readonly enter: (
    metric: MetricName,
    labels: Labels,
    place: (column: number) => void,
  ) => Entry | undefined;
  readonly leave: (entry: Entry) => void;
}

export interface Entry {
  readonly key: string;
  readonly isCounter: boolean;
}

export interface Scope {
  readonly add: (metric: MetricName, labels?: Labels) => Slot;
  readonly remove: (slot: Slot) => void;
  readonly removeAll: () => void;
  readonly set: (slot: Slot, value: number) => void;
  /** Before a read: nothing is known. */
  readonly begin: () => void;
  /** After a read that succeeded, at `monotonicMs`: the next row takes what was set. */
  readonly finish: (monotonicMs: number) => void;
  /** After a read that failed: what was set counts for nothing, the counters' last good values stay. */
  readonly discard: () => void;
  /** Writes what was read since the last row to its columns; rates are made here. */
  readonly take: (row: Float64Array) => void;
}

interface Wanted {
  readonly metric: MetricName;
  readonly labels: Labels;
  entry: Entry | undefined;
}

// What a slot is.
const free = 0;
const waiting = 1;
const refused = 2;
const gauge = 3;
const counter = 4;

export function createScope(ledger: Ledger, everySeconds: number): Scope {
  const gapMs = gapAllowedMs(everySeconds);
  const wanted: (Wanted | undefined)[] = [];
  const freeSlots: Slot[] = [];
  let waitingCount = 0;
  let states = new Uint8Array(16);
  let columns = new Int32Array(16);
  let values = new Float64Array(16).fill(Number.NaN);
  let previous = new Float64Array(16).fill(Number.NaN);
  let readMs = Number.NaN;
  let previousMs = Number.NaN;
  let fresh = false;

  const grow = (): void => {
    const size = states.length * 2;
    states = copyInto(new Uint8Array(size), states);
    columns = copyInto(new Int32Array(size), columns);
    values = copyInto(new Float64Array(size).fill(Number.NaN), values);
    previous = copyInto(new Float64Array(size).fill(Number.NaN), previous);
  };

  /** Enters the slots that got their first value in this read. */
  const enterWaiting = (): void => {
    for (let slot = 0; slot < wanted.length; slot += 1) {
      const one = wanted[slot];
      if (states[slot] !== waiting || one === undefined || Number.isNaN(values[slot])) continue;
      waitingCount -= 1;
      const place = (column: number): void => {
        columns[slot] = column;
      };
      one.entry = ledger.enter(one.metric, one.labels, place);
      states[slot] = one.entry === undefined ? refused : one.entry.isCounter ? counter : gauge;
    }
  };

  const remove = (slot: Slot): void => {
    const one = wanted[slot];
    if (one === undefined) return;
    if (one.entry !== undefined) ledger.leave(one.entry);
    if (states[slot] === waiting) waitingCount -= 1;
    wanted[slot] = undefined;
    states[slot] = free;
    freeSlots.push(slot);
  };

  return {
    add(metric, labels = {}) {
      const slot = freeSlots.pop() ?? wanted.length;
      if (slot >= states.length) grow();
      wanted[slot] = { metric, labels, entry: undefined };
      states[slot] = waiting;
      waitingCount += 1;
      values[slot] = Number.NaN;
      previous[slot] = Number.NaN;
      return slot;
    },
    remove,
    removeAll() {
      for (let slot = 0; slot < wanted.length; slot += 1) remove(slot);
      fresh = false;
    },
    set(slot, value) {
      if (slot >= 0) values[slot] = value;
    },
    begin() {
      values.fill(Number.NaN);
      fresh = false;
    },
    finish(monotonicMs) {
      if (waitingCount > 0) enterWaiting();
      readMs = monotonicMs;
      fresh = true;
    },
    discard() {
      fresh = false;
    },
    take(row) {
      if (!fresh) return;
      fresh = false;
      const elapsedMs = readMs - previousMs;
      for (let slot = 0; slot < wanted.length; slot += 1) {
        const value = values[slot] ?? Number.NaN;
        const column = columns[slot] ?? 0;
        if (states[slot] === gauge) row[column] = value;
        else if (states[slot] === counter)
          row[column] = ratePerSecond(previous[slot] ?? Number.NaN, value, elapsedMs, gapMs);
      }
      previous.set(values);
      previousMs = readMs;
    },
  };
}

function copyInto<T extends Uint8Array | Int32Array | Float64Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
