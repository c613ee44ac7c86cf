// Collects messages into a block. A block is a function of its messages, of the ledger and tables at its start, and of its
// pins; since those are all durable, a block made again after a crash has the same bytes.
import type { AgentId, Batch, Series } from "@tidemark/proto";
import type { LedgerRow, ParkedRow, TableRow } from "../store/ingest-rows.ts";
import type { SeriesDirectory, SeriesRow } from "../store/series.ts";
import { type Judged, type Verdict, judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { ingestLimits } from "./limits.ts";
import type { Incoming } from "./message.ts";
import { withoutCovered } from "./overlap.ts";
import type { Parking } from "./parking.ts";
import type { Rejected } from "./rejections.ts";
import { type HostBatch, sortedBlock } from "./sorted-block.ts";
import type { KnownTable, Tables } from "./tables.ts";

/** A batch that was stored; feeds the live stream. Values of refused or covered series are NaN. */
export interface StoredBatch {
  readonly agent: AgentId;
  readonly firstSecond: number;
  readonly stepSeconds: number;
  readonly ticks: number;
  readonly series: readonly Series[];
  readonly values: Float64Array;
}

/** What was decided about a block's messages, as stream positions; written with the intent, obeyed when it is made again. */
export interface Pins {
  readonly skip: readonly number[];
  readonly park: readonly number[];
}

export interface Block {
  readonly number: number;
  /** Stream positions; `last < first` when it holds only unparked batches. */
  readonly first: number;
  readonly last: number;
  readonly pins: Pins;
  readonly unparked: readonly number[];
  readonly samples: { readonly block: Uint8Array; readonly rows: number } | undefined;
  readonly series: readonly SeriesRow[];
  readonly tables: readonly TableRow[];
  readonly parked: readonly ParkedRow[];
  readonly ledger: readonly LedgerRow[];
  readonly stored: readonly StoredBatch[];
  readonly messages: number;
  readonly duplicates: number;
  /** When the broker took its newest message, Unix ms. */
  readonly takenAtMs: number;
}

export interface BlockMaker {
  readonly messages: number;
  readonly full: boolean;
  add(incoming: Incoming): void;
  /** Ends the block at stream position `last`. */
  cut(last: number, atSeconds: number): Block;
}

export interface MakerState {
  readonly hostOf: Judged["hostOf"];
  readonly ledger: Ledger;
  readonly tables: Tables;
  readonly series: SeriesDirectory;
  readonly parking: Parking;
}

export interface MakerEvents {
  readonly rejected: Rejected;
  readonly tableWanted: (agent: AgentId, hash: string) => void;
}

/** Parked ids of a block: its number and the message's place in it. */
const idsPerBlock = 4_096;

/** Starts block `number` at stream position `first`. With `pins`, the block was begun before: nothing is decided or counted anew. */
export function startBlock(
  number: number,
  first: number,
  unparked: readonly number[],
  pins: Pins | undefined,
  state: MakerState,
  events: MakerEvents,
): BlockMaker {
  const { ledger, tables, series, parking } = state;
  const pinnedSkip = new Set(pins?.skip);
  const pinnedPark = new Set(pins?.park);
  const skip: number[] = [];
  const park: number[] = [];
  const batches: HostBatch[] = [];
  const stored: StoredBatch[] = [];
  let messages = 0;
  let bytes = 0;
  let values = 0;
  let duplicates = 0;
  let takenAtMs = 0;

  function reject(agent: AgentId | undefined, what: string, reason: string): void {
    if (pins === undefined) events.rejected(agent ?? null, what, reason);
  }

  function decide(incoming: Incoming): Verdict {
    const verdict = judge(incoming, state);
    if (pins === undefined || incoming.streamSeq === 0) return verdict;
    if (pinnedPark.has(incoming.streamSeq) && verdict.kind === "batch")
      return { kind: "unknown-table", hash: verdict.table.hash };
    if (pinnedSkip.has(incoming.streamSeq) && verdict.kind === "batch")
      return { kind: "refused", what: "batch", reason: "refused before", remember: true };
    return verdict;
  }

  function keep(agent: AgentId, host: number, table: KnownTable, batch: Batch): void {
    const { batch: kept, dropped } = withoutCovered(batch, table, host, ledger, tables);
    if (dropped > 0)
      reject(agent, "overlap", `${dropped} values of seconds that an earlier batch covers`);
    const { firstSecond, stepSeconds, ticks } = kept;
    ledger.addSeconds(host, table.hash, firstSecond, firstSecond + stepSeconds * ticks - 1);
    batches.push({ host, sids: table.sids, firstSecond, stepSeconds, ticks, values: kept.values });
    values += kept.values.length;
    stored.push({ agent, firstSecond, stepSeconds, ticks, ...visible(table, kept, tables) });
  }

  function setAside(incoming: Incoming, agent: AgentId, host: number, hash: string): void {
    events.tableWanted(agent, hash);
    if (incoming.streamSeq === 0) {
      // Its table came and was pushed out again by newer ones before it could join a block.
      reject(agent, "batch", `series table ${hash} is gone again`);
      return;
    }
    const id = number * idsPerBlock + messages;
    if (parking.park(id, host, hash, incoming)) {
      park.push(incoming.streamSeq);
      reject(
        agent,
        "unknown-table",
        `series table ${hash} is not here yet: kept aside and asked for`,
      );
      return;
    }
    skip.push(incoming.streamSeq);
    reject(agent, "batch", `series table ${hash} is unknown and there is no room to wait for it`);
  }

  function addTable(
    agent: AgentId,
    host: number,
    verdict: Verdict & { kind: "table" },
    atMs: number,
  ) {
    const added = tables.add(host, verdict.hash, verdict.table, atMs);
    if (added.kind === "refused") {
      reject(agent, "table", added.reason);
      return;
    }
    if (added.refusedSeries > 0)
      reject(
        agent,
        "series",
        `${added.refusedSeries} series past the limit of the agent or the fleet`,
      );
    parking.release(host, verdict.hash);
  }

  return {
    get messages() {
      return messages;
    },
    get full() {
      return (
        values >= ingestLimits.blockRowsMax ||
        messages >= ingestLimits.blockMessagesMax ||
        bytes >= ingestLimits.blockBytesMax
      );
    },
    add(incoming) {
      messages += 1;
      bytes += incoming.frame.length;
      takenAtMs = Math.max(takenAtMs, incoming.takenAtMs);
      const verdict = decide(incoming);
      const { agent, record } = incoming;
      const host = agent === undefined ? undefined : state.hostOf(agent)?.host;
      if (agent === undefined || host === undefined || verdict.kind === "duplicate") {
        if (verdict.kind === "refused") reject(agent, verdict.what, verdict.reason);
        else duplicates += 1;
        skip.push(incoming.streamSeq);
        return;
      }
      const forgettable = verdict.kind === "refused" && !verdict.remember;
      if (record !== undefined && incoming.streamSeq !== 0 && !forgettable)
        ledger.addSeq(host, record.boot, record.seq);
      switch (verdict.kind) {
        case "refused":
          reject(agent, verdict.what, verdict.reason);
          skip.push(incoming.streamSeq);
          return;
        case "table":
          addTable(agent, host, verdict, incoming.takenAtMs);
          return;
        case "unknown-table":
          setAside(incoming, agent, host, verdict.hash);
          return;
        case "batch":
          keep(agent, host, verdict.table, verdict.batch);
      }
    },
    cut(last, atSeconds) {
      return {
        number,
        first,
        last,
        pins: { skip, park },
        unparked,
        samples: sortedBlock(batches),
        series: series.takeUnsaved(),
        tables: tables.takeUnsaved(),
        parked: parking.takeUnsaved(),
        ledger: ledger.takeRows(number, atSeconds),
        stored,
        messages,
        duplicates,
        takenAtMs,
      };
    },
  };
}

/** The columns whose series were not refused. */
function visible(
  table: KnownTable,
  { values, ticks }: Batch,
  tables: Pick<Tables, "seriesOf">,
): Pick<StoredBatch, "series" | "values"> {
  const { series, complete } = tables.seriesOf(table);
  if (complete) return { series, values };
  const columns = new Float64Array(series.length * ticks);
  let column = 0;
  table.sids.forEach((sid, at) => {
    if (sid === 0) return;
    columns.set(values.subarray(at * ticks, (at + 1) * ticks), column * ticks);
    column += 1;
  });
  return { series, values: columns };
}
