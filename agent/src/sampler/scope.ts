// One collector's part of the board: its slots, what they were set to, and what the counters among them stood at before.
import type { Labels, MetricName } from "@tidemark/proto";
import type { Slot } from "../collectors/collector.ts";
import type { Entry, Ledger } from "./board.ts";
import { gapAllowedMs, ratePerSecond } from "./rate.ts";

/** A slot of a series that was refused. Setting it does nothing. */
const refusedSlot: Slot = -1;
const free = 0;
const gauge = 1;
const counter = 2;

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

export function createScope(ledger: Ledger, everySeconds: number): Scope {
  const gapMs = gapAllowedMs(everySeconds);
  const entries: (Entry | undefined)[] = [];
  const freeSlots: Slot[] = [];
  let kinds = new Uint8Array(16);
  let columns = new Int32Array(16);
  let values = new Float64Array(16).fill(Number.NaN);
  let previous = new Float64Array(16).fill(Number.NaN);
  let readMs = Number.NaN;
  let previousMs = Number.NaN;
  let fresh = false;

  const grow = (): void => {
    const size = kinds.length * 2;
    const grownValues = new Float64Array(size).fill(Number.NaN);
    const grownPrevious = new Float64Array(size).fill(Number.NaN);
    grownValues.set(values);
    grownPrevious.set(previous);
    [values, previous] = [grownValues, grownPrevious];
    const grownKinds = new Uint8Array(size);
    const grownColumns = new Int32Array(size);
    grownKinds.set(kinds);
    grownColumns.set(columns);
    [kinds, columns] = [grownKinds, grownColumns];
  };

  const remove = (slot: Slot): void => {
    const entry = entries[slot];
    if (entry === undefined) return;
    ledger.leave(entry);
    entries[slot] = undefined;
    kinds[slot] = free;
    freeSlots.push(slot);
  };

  return {
    add(metric, labels = {}) {
      const slot = freeSlots.at(-1) ?? entries.length;
      if (slot >= kinds.length) grow();
      const entry = ledger.enter(metric, labels, (column) => {
        columns[slot] = column;
      });
      if (entry === undefined) return refusedSlot;
      freeSlots.pop();
      entries[slot] = entry;
      kinds[slot] = entry.series.kind === "rate" ? counter : gauge;
      values[slot] = Number.NaN;
      previous[slot] = Number.NaN;
      return slot;
    },
    remove,
    removeAll() {
      for (let slot = 0; slot < entries.length; slot += 1) remove(slot);
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
      for (let slot = 0; slot < entries.length; slot += 1) {
        const value = values[slot] ?? Number.NaN;
        const column = columns[slot] ?? 0;
        if (kinds[slot] === gauge) row[column] = value;
        else if (kinds[slot] === counter)
          row[column] = ratePerSecond(previous[slot] ?? Number.NaN, value, elapsedMs, gapMs);
      }
      previous.set(values);
      previousMs = readMs;
    },
  };
}
