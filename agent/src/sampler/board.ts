// The board holds every series of this host with its last values, one scope a collector. Collectors set slots of their own
// scope; the sampler takes one row a tick in the order of the series table. A tick allocates nothing here.
import { deflateRawSync } from "node:zlib";
import {
  type BatchShape,
  type Deflate,
  type Labels,
  type MetricName,
  type Series,
  encodeSeriesTable,
  hashText,
  metricOf,
  seriesKey,
  wireLimits,
} from "@tidemark/proto";
import { safeLabels } from "./labels.ts";
import { type Scope, createScope } from "./scope.ts";

/** Deflate makes nothing of our own words in a table but may not shrink hostile label values at all: this keeps the frame under one message. */
export const labelValueBytesMax = wireLimits.messageBytesMax / 2;

export const deflate: Deflate = (body) => deflateRawSync(body, { level: 1 });

/** The series of one moment, in wire order: sorted, so that the same series make the same table whatever came first. */
export interface Table {
  readonly series: readonly Series[];
  readonly shape: BatchShape;
  readonly hash: Uint8Array;
  /** 16 hex digits. */
  readonly hashText: string;
  readonly frame: Uint8Array;
}

export interface BoardOptions {
  readonly seriesMax: number;
  /** A series was refused because a bound of the table bit. */
  readonly refused: (detail: string) => void;
}

export interface Board {
  readonly seriesCount: number;
  /** Series refused since the start. */
  readonly refusedCount: number;
  scope(everySeconds: number): Scope;
  /** The table as it is now; the same object until a series comes or goes. */
  table(): Table;
  /** Fills `row` (one value a series of `table()`); NaN where nothing was read since the last row. */
  takeRow(row: Float64Array): void;
}

/** A declared series with where its scope keeps the column it was given. */
export interface Entry {
  readonly series: Series;
  readonly key: string;
  readonly valueBytes: number;
  readonly place: (column: number) => void;
}

/** What a scope asks of its board. */
export interface Ledger {
  /** `undefined` when the series is refused. */
  enter(metric: MetricName, labels: Labels, place: (column: number) => void): Entry | undefined;
  leave(entry: Entry): void;
}

export function createBoard(options: BoardOptions): Board {
  const entries = new Map<string, Entry>();
  const scopes: Scope[] = [];
  let current: Table | undefined;
  let valueBytes = 0;
  let refusedCount = 0;

  const refuse = (detail: string): undefined => {
    refusedCount += 1;
    options.refused(detail);
  };

  const ledger: Ledger = {
    enter(metric, labels, place) {
      const series = seriesOf(metric, labels);
      const key = seriesKey(series);
      const bytes = byteLength(series.labels);
      if (entries.has(key)) return refuse(`two things on this host are called ${key}`);
      if (entries.size >= options.seriesMax) return refuse(`more than ${options.seriesMax} series`);
      if (valueBytes + bytes > labelValueBytesMax)
        return refuse(`more than ${labelValueBytesMax} bytes of label values`);
      const entry = { series, key, valueBytes: bytes, place };
      entries.set(key, entry);
      valueBytes += bytes;
      current = undefined;
      return entry;
    },
    leave(entry) {
      if (!entries.delete(entry.key)) return;
      valueBytes -= entry.valueBytes;
      current = undefined;
    },
  };

  const table = (): Table => {
    current ??= buildTable(entries);
    return current;
  };

  return {
    get seriesCount() {
      return entries.size;
    },
    get refusedCount() {
      return refusedCount;
    },
    scope(everySeconds) {
      const scope = createScope(ledger, everySeconds);
      scopes.push(scope);
      return scope;
    },
    table,
    takeRow(row) {
      table();
      row.fill(Number.NaN);
      for (const scope of scopes) scope.take(row);
    },
  };
}

function seriesOf(metric: MetricName, labels: Labels): Series {
  const known = metricOf(metric);
  if (known === undefined) throw new Error(`the catalogue has no metric ${metric}`);
  const { unit, kind, decimals } = known;
  return { metric, labels: safeLabels(labels), unit, kind, decimals };
}

function byteLength(labels: Labels): number {
  let bytes = 0;
  for (const value of Object.values(labels)) bytes += Buffer.byteLength(value);
  return bytes;
}

function buildTable(entries: ReadonlyMap<string, Entry>): Table {
  const sorted = [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  sorted.forEach((entry, column) => entry.place(column));
  const series = sorted.map((entry) => entry.series);
  const { bytes, hash } = encodeSeriesTable({ series }, deflate);
  return {
    series,
    shape: { decimals: series.map((one) => one.decimals) },
    hash,
    hashText: hashText(hash),
    frame: bytes,
  };
}
