// Rows become batches: a batch holds consecutive ticks of one series table and is cut when it is full, when the table
// changes, when a tick is missing and when somebody says so. A table is sent before the first batch that names it.
import { type Deflate, encodeBatch } from "@tidemark/proto";
import type { Table } from "./board.ts";

/** Values in one batch. Eight bytes each is the codec's worst case, so that no batch outgrows one message (1 MiB). */
export const batchValuesMax = 120_000;

export interface BatchOutlet {
  series(hash: string, frame: Uint8Array): void;
  metrics(frame: Uint8Array): void;
}

export interface Batcher {
  /** One tick; `row` holds a value for each series of `table` and is copied. */
  push(second: number, table: Table, row: Float64Array): void;
  /** Ends the batch under way, if there is one. */
  cut(): void;
}

export interface BatcherOptions {
  readonly stepSeconds: number;
  /** 1 or more. */
  readonly batchTicks: number;
  readonly deflate: Deflate;
}

export function createBatcher(options: BatcherOptions, outlet: BatchOutlet): Batcher {
  const { stepSeconds, deflate } = options;
  let table: Table | undefined;
  /** Column after column, `capacity` ticks each. */
  let columns = new Float64Array(0);
  let capacity = 0;
  let ticks = 0;
  let firstSecond = 0;

  const cut = (): void => {
    if (table === undefined || ticks === 0) return;
    const values = ticks === capacity ? columns : packed(columns, capacity, ticks);
    const batch = { tableHash: table.hash, firstSecond, stepSeconds, ticks, values };
    outlet.metrics(encodeBatch(batch, table.shape, deflate));
    ticks = 0;
  };

  const adopt = (next: Table): void => {
    if (table?.hashText !== next.hashText) outlet.series(next.hashText, next.frame);
    table = next;
    const width = Math.max(1, next.series.length);
    capacity = Math.max(1, Math.min(options.batchTicks, Math.floor(batchValuesMax / width)));
    columns = new Float64Array(next.series.length * capacity);
  };

  return {
    push(second, next, row) {
      const expected = firstSecond + ticks * stepSeconds;
      if (table !== next || (ticks > 0 && second !== expected)) cut();
      if (table !== next) adopt(next);
      if (next.series.length === 0) return;
      if (ticks === 0) firstSecond = second;
      for (let series = 0; series < row.length; series += 1)
        columns[series * capacity + ticks] = row[series] ?? Number.NaN;
      ticks += 1;
      if (ticks === capacity) cut();
    },
    cut,
  };
}

function packed(columns: Float64Array, capacity: number, ticks: number): Float64Array {
  const series = columns.length / capacity;
  const values = new Float64Array(series * ticks);
  for (let index = 0; index < series; index += 1)
    values.set(columns.subarray(index * capacity, index * capacity + ticks), index * ticks);
  return values;
}
