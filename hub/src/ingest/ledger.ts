// What is stored already, as ranges, so that nothing is stored twice however late it comes again:
//   seq     (host, boot)  → record numbers of the agent's outbox. Beyond JetStream's own window for duplicates.
//   second  (host, table) → Unix seconds covered by batches. The FIRST batch that covers a second of a series wins; an agent
//                           that restarted within a second, or whose clock was stepped back, is not counted twice.
//   hour    hour          → the last block with samples of that hour, for the roll-up job ("rolled" is that job's own mark).
// A block writes the entries it touched as whole rows, with its number as version, in one insert after its samples. So at
// a start the ledger is as of a block's end, never in the middle: the state from which that block's successor was made.
import type { LedgerRow } from "../store/ingest-rows.ts";
import { ingestLimits } from "./limits.ts";
import { Ranges, type Range } from "./ranges.ts";

export interface Ledger {
  /** The last block whose rows are written. */
  readonly block: number;
  hasSeq(host: number, boot: string, seq: number): boolean;
  addSeq(host: number, boot: string, seq: number): void;
  /** Tables of the host that cover any second of first … last. */
  covering(
    host: number,
    first: number,
    last: number,
  ): readonly { table: string; seconds: Ranges }[];
  addSeconds(host: number, table: string, first: number, last: number): void;
  /** Record numbers within first … last that are not here although a later one is. */
  missing(host: number, boot: string, first: number, last: number): Range[];
  /** Rows of everything touched since the last call, as block `block`'s. */
  takeRows(block: number, atSeconds: number): LedgerRow[];
}

const hourSeconds = 3_600;

/** The ledger as its rows say. `given` hears how many numbers were given up when an entry had too many holes. */
export function createLedger(
  rows: readonly LedgerRow[],
  newest: number,
  given: (numbers: number) => void,
): Ledger {
  const seqs: Entries = new Map();
  const seconds: Entries = new Map();
  const touched = new Map<string, { kind: "seq" | "second"; host: number; key: string }>();
  const hours = new Set<number>();
  let block = newest;
  for (const row of rows)
    keysOf(row.kind === "seq" ? seqs : seconds, row.host).set(
      row.key,
      new Ranges(row.firsts, row.lasts),
    );

  function add(kind: "seq" | "second", host: number, key: string, first: number, last: number) {
    const keys = keysOf(kind === "seq" ? seqs : seconds, host);
    const ranges = keys.get(key) ?? new Ranges();
    // Set again, so that the map's order is the order of use.
    keys.delete(key);
    keys.set(key, ranges);
    if (keys.size > ingestLimits.ledgerKeysPerHostMax) {
      const [unused] = keys.keys();
      if (unused !== undefined) keys.delete(unused);
    }
    ranges.add(first, last);
    const numbers = ranges.limit(ingestLimits.rangesMax);
    if (numbers > 0) given(numbers);
    touched.set(`${kind} ${host} ${key}`, { kind, host, key });
  }

  return {
    get block() {
      return block;
    },
    hasSeq: (host, boot, seq) => seqs.get(host)?.get(boot)?.has(seq) ?? false,
    addSeq: (host, boot, seq) => add("seq", host, boot, seq, seq),
    covering(host, first, last) {
      const found: { table: string; seconds: Ranges }[] = [];
      for (const [table, ranges] of seconds.get(host) ?? [])
        if (ranges.overlaps(first, last)) found.push({ table, seconds: ranges });
      return found;
    },
    addSeconds(host, table, first, last) {
      add("second", host, table, first, last);
      for (let hour = floorHour(first); hour <= last; hour += hourSeconds) hours.add(hour);
    },
    missing(host, boot, first, last) {
      const ranges = seqs.get(host)?.get(boot);
      return ranges?.last === undefined ? [] : ranges.holes(first, Math.min(last, ranges.last));
    },
    takeRows(number, atSeconds) {
      const taken: LedgerRow[] = [];
      for (const { kind, host, key } of touched.values()) {
        const ranges = (kind === "seq" ? seqs : seconds).get(host)?.get(key);
        if (ranges === undefined) continue;
        const { firsts, lasts } = ranges;
        taken.push({
          kind,
          host,
          key,
          firsts: [...firsts],
          lasts: [...lasts],
          block: number,
          at: atSeconds,
        });
      }
      for (const hour of hours)
        taken.push({
          kind: "hour",
          host: 0,
          key: String(hour),
          firsts: [],
          lasts: [],
          block: number,
          at: atSeconds,
        });
      touched.clear();
      hours.clear();
      block = number;
      return taken;
    },
  };
}

type Entries = Map<number, Map<string, Ranges>>;

function keysOf(entries: Entries, host: number): Map<string, Ranges> {
  const known = entries.get(host);
  if (known !== undefined) return known;
  const keys = new Map<string, Ranges>();
  entries.set(host, keys);
  return keys;
}

function floorHour(second: number): number {
  return second - (second % hourSeconds);
}
