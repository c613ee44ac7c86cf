// Writes blocks, one after the other, so that every sample is stored exactly once whatever dies when:
//   1. intent    block number, stream positions, what was refused or set aside → bucket
//   2. names     series_def, series_tables, parked: writing them twice replaces them
//   3. samples   INSERT with the token b<stream>-<number>-<first>-<last>: a second time is dropped, in samples_1m too
//   4. ledger    one INSERT, the block's mark: from here on the block is known to be whole
//   5. position  → bucket; then parked rows that are stored now go, and the broker may forget up to `last`
// A failure before 4 leaves the intent: the block is made again from the same messages with the same pins and goes through
// 2 and 3 once more. A failure after 4 leaves an intent whose number the ledger holds: only 5 is left to do.
// The token names the stream's life and the block's number, so that a stream that starts anew never meets an old token.
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import { deleteParked } from "../store/ingest-rows.ts";
import type { Block } from "./block-maker.ts";
import { ingestLimits } from "./limits.ts";
import type { Parking } from "./parking.ts";
import { type PositionKeeper, PositionTaken } from "./position.ts";

export interface Writer {
  /** Resolves when the block is stored, however often it has to try; rejects when stopped or fenced off. */
  write(block: Block): Promise<void>;
}

export function createWriter(
  deps: {
    readonly database: Database;
    readonly keeper: PositionKeeper;
    readonly parking: Parking;
    readonly retried: () => void;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Writer {
  const { database, keeper, parking, log } = deps;
  return {
    async write(block) {
      for (let attempt = 0; ; attempt += 1) {
        try {
          await store(block, database, keeper);
          break;
        } catch (err) {
          if (err instanceof PositionTaken || signal.aborted) throw err;
          deps.retried();
          log.warn({ err, block: block.number, attempt }, "block could not be stored");
          await pause(
            Math.min(ingestLimits.retryMs * 2 ** attempt, ingestLimits.retryMsMax),
            signal,
          );
        }
      }
      try {
        parking.forget(block.unparked);
        await deleteParked(database, block.unparked);
      } catch (err) {
        // They are stored: should they come again, their seconds are covered.
        log.warn({ err, block: block.number }, "parked batches could not be removed");
      }
    },
  };
}

async function store(block: Block, database: Database, keeper: PositionKeeper): Promise<void> {
  const { number, first, last, pins, unparked } = block;
  const { stream, block: before, last: lastBefore } = keeper.position;
  const intent = {
    block: number,
    first,
    last,
    skip: [...pins.skip],
    park: [...pins.park],
    unparked: [...unparked],
  };
  await keeper.write({ stream, block: before, last: lastBefore, intent });
  await database.insertRows("series_def", block.series);
  await database.insertRows("series_tables", block.tables);
  await database.insertRows("parked", block.parked);
  if (block.samples !== undefined)
    await database.insertNative("samples", block.samples.block, tokenOf(stream, block));
  await database.insertRows("ledger", block.ledger);
  await keeper.write({ stream, block: number, last: Math.max(last, lastBefore), intent: null });
}

function tokenOf(stream: string, { number, first, last }: Block): string {
  return `b${stream}-${number}-${first}-${last}`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
