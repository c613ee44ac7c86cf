// Batches whose series table has not come yet, kept as they came in a bounded table. Once the table is there they join a later
// block. A batch that was already unparked when the hub died comes again and finds its seconds covered: nothing doubles.
import type { AgentId } from "@tidemark/proto";
import type { ParkedHead, ParkedRow } from "../store/ingest-rows.ts";
import { ingestLimits } from "./limits.ts";
import type { Incoming } from "./message.ts";

export interface Parking {
  /** How many may join a block. */
  readonly released: number;
  /** False when there is no room for it. `id` is the same whenever its block is made again. */
  park(id: number, host: number, hash: string, incoming: Incoming): boolean;
  /** The table is there: what waits for it may join a block. */
  release(host: number, hash: string): void;
  /** Ids that may join a block; at most `ingestLimits.unparkedPerBlockMax`. */
  takeReleased(): readonly number[];
  /** Takes back `ids`: the block that holds them is being made again. */
  withdraw(ids: readonly number[]): void;
  /** They are stored: their room is free. */
  forget(ids: readonly number[]): void;
  /** New rows for `parked` since the last call. */
  takeUnsaved(): readonly ParkedRow[];
  waiting(): readonly { readonly host: number; readonly agent: AgentId; readonly hash: string }[];
}

interface Waiting {
  readonly host: number;
  readonly agent: AgentId;
  readonly hash: string;
  readonly ids: number[];
}

export function createParking(rows: readonly ParkedHead[]): Parking {
  const waiting = new Map<string, Waiting>();
  const perHost = new Map<number, number>();
  const sizes = new Map<number, { host: number; bytes: number }>();
  const released: number[] = [];
  const unsaved: ParkedRow[] = [];
  let bytesHeld = 0;
  for (const row of rows) hold(row.id, row.host, row.agent, row.hash, row.bytes);

  function hold(id: number, host: number, agent: AgentId, hash: string, bytes: number): void {
    const key = `${host} ${hash}`;
    const entry = waiting.get(key) ?? { host, agent, hash, ids: [] };
    waiting.set(key, entry);
    entry.ids.push(id);
    perHost.set(host, (perHost.get(host) ?? 0) + 1);
    sizes.set(id, { host, bytes });
    bytesHeld += bytes;
  }

  return {
    get released() {
      return released.length;
    },
    park(id, host, hash, { agent, record, frame, takenAtMs }) {
      if (agent === undefined || record === undefined) return false;
      if (sizes.has(id)) return true;
      const encoded = Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString("base64");
      if (
        (perHost.get(host) ?? 0) >= ingestLimits.parkedPerAgentMax ||
        bytesHeld + encoded.length > ingestLimits.parkedBytesMax
      )
        return false;
      hold(id, host, agent, hash, encoded.length);
      unsaved.push({
        id,
        host,
        agent,
        hash,
        boot: record.boot,
        seq: record.seq,
        frame: encoded,
        sent_at_ms: takenAtMs,
        at: Math.floor(takenAtMs / 1000),
      });
      return true;
    },
    release(host, hash) {
      const key = `${host} ${hash}`;
      released.push(...(waiting.get(key)?.ids ?? []));
      waiting.delete(key);
    },
    takeReleased: () => released.splice(0, ingestLimits.unparkedPerBlockMax),
    withdraw(ids) {
      const taken = new Set(ids);
      const kept = released.filter((id) => !taken.has(id));
      released.splice(0, released.length, ...kept);
      for (const entry of waiting.values()) {
        const rest = entry.ids.filter((id) => !taken.has(id));
        entry.ids.splice(0, entry.ids.length, ...rest);
      }
    },
    forget(ids) {
      for (const id of ids) {
        const size = sizes.get(id);
        if (size === undefined) continue;
        sizes.delete(id);
        bytesHeld -= size.bytes;
        perHost.set(size.host, (perHost.get(size.host) ?? 1) - 1);
      }
    },
    takeUnsaved: () => unsaved.splice(0),
    waiting: () => [...waiting.values()],
  };
}

/** A parked batch as the message it was. */
export function unpark(row: ParkedRow): Incoming {
  return {
    streamSeq: 0,
    agent: row.agent,
    kind: "batch",
    record: { boot: row.boot, seq: row.seq },
    frame: Buffer.from(row.frame, "base64"),
    takenAtMs: row.sent_at_ms,
  };
}
