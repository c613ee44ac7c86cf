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
import { safeText } from "../procfs/safe-text.ts";
import { type Entry, type Ledger, type Scope, createScope } from "./scope.ts";

/** Deflate makes nothing of our own words in a table but may not shrink hostile label values at all: this keeps the frame under one message. */
const labelValueBytesMax = wireLimits.messageBytesMax / 2;

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

/** A series in the table, and who wants to know its column. */
interface Member extends Entry {
  readonly series: Series;
  readonly valueBytes: number;
  readonly place: (column: number) => void;
}

export function createBoard(options: BoardOptions): Board {
  const members = new Map<string, Member>();
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
      if (members.has(key)) return refuse(`two things on this host are called ${key}`);
      if (members.size >= options.seriesMax) return refuse(`more than ${options.seriesMax} series`);
      if (valueBytes + bytes > labelValueBytesMax)
        return refuse(`more than ${labelValueBytesMax} bytes of label values`);
      const isCounter = series.kind === "rate";
      const member: Member = { series, key, valueBytes: bytes, place, isCounter };
      members.set(key, member);
      valueBytes += bytes;
      current = undefined;
      return member;
    },
    leave(entry) {
      const member = members.get(entry.key);
      if (member === undefined) return;
      members.delete(entry.key);
      valueBytes -= member.valueBytes;
      current = undefined;
    },
  };

  const table = (): Table => {
    current ??= buildTable(members);
    return current;
  };

  return {
    get seriesCount() {
      return members.size;
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

/** Label keys are the program's own (the catalogue lists them); values come from the host. */
function safeLabels(labels: Labels): Labels {
  const safe: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels))
    safe[key] = safeText(value, wireLimits.labelValueLengthMax);
  return safe;
}

function byteLength(labels: Labels): number {
  let bytes = 0;
  for (const value of Object.values(labels)) bytes += Buffer.byteLength(value);
  return bytes;
}

function buildTable(members: ReadonlyMap<string, Member>): Table {
  const sorted = [...members.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  sorted.forEach((member, column) => member.place(column));
  const series = sorted.map((member) => member.series);
  const { bytes, hash } = encodeSeriesTable({ series }, deflate);
  return {
    series,
    shape: { decimals: series.map((one) => one.decimals) },
    hash,
    hashText: hashText(hash),
    frame: bytes,
  };
}
