// What becomes of one message: pure apart from the state it is asked against, so that a block can be made again.
import { inflateRawSync } from "node:zlib";
import {
  type AgentId,
  type Batch,
  ByteReader,
  MalformedBytes,
  MessageRejected,
  type SeriesTable,
  decodeBatch,
  decodeSeriesTable,
  hashText,
  openBatch,
  wireLimits,
} from "@tidemark/proto";
import type { Ledger } from "./ledger.ts";
import { ingestLimits } from "./limits.ts";
import type { Incoming } from "./message.ts";
import type { KnownTable, Tables } from "./tables.ts";

export type Verdict =
  /** `remember`: its record number counts as stored, so that nobody asks for it again. */
  | {
      readonly kind: "refused";
      readonly what: string;
      readonly reason: string;
      readonly remember: boolean;
    }
  | { readonly kind: "duplicate" }
  | { readonly kind: "table"; readonly hash: string; readonly table: SeriesTable }
  | { readonly kind: "unknown-table"; readonly hash: string }
  | { readonly kind: "batch"; readonly table: KnownTable; readonly batch: Batch };

export interface Host {
  readonly host: number;
  readonly revokedAtMs: number | null;
}

export interface Judged {
  readonly hostOf: (agent: AgentId) => Host | undefined;
  readonly ledger: Pick<Ledger, "hasSeq">;
  readonly tables: Pick<Tables, "get">;
}

export function judge(incoming: Incoming, state: Judged): Verdict {
  const { agent, record, frame } = incoming;
  if (agent === undefined) return refused("subject", "no agent publishes on this subject");
  const host = state.hostOf(agent);
  if (host === undefined) return refused("agent", "unknown agent");
  if (host.revokedAtMs !== null && incoming.takenAtMs >= host.revokedAtMs)
    return refused("agent", "revoked agent");
  const parked = incoming.streamSeq === 0;
  if (record === undefined && incoming.kind === "batch")
    return refused("message-id", "a batch without the agent's own Nats-Msg-Id");
  if (!parked && record !== undefined && state.ledger.hasSeq(host.host, record.boot, record.seq))
    return { kind: "duplicate" };
  try {
    return incoming.kind === "table"
      ? { kind: "table", ...openTable(frame) }
      : judgeBatch(incoming, host.host, state.tables);
  } catch (error) {
    if (error instanceof MalformedBytes || error instanceof MessageRejected)
      return { kind: "refused", what: incoming.kind, reason: error.message, remember: true };
    throw error;
  }
}

function refused(what: string, reason: string): Verdict {
  return { kind: "refused", what, reason, remember: false };
}

function judgeBatch(incoming: Incoming, host: number, tables: Pick<Tables, "get">): Verdict {
  const { tableHash, body } = openBatch(incoming.frame, inflate);
  const hash = hashText(tableHash);
  const table = tables.get(host, hash);
  if (table === undefined) return { kind: "unknown-table", hash };
  const values = table.decimals.length * announcedTicks(body);
  if (values > ingestLimits.batchValuesMax)
    throw new MalformedBytes(
      `${values} values in one batch, more than ${ingestLimits.batchValuesMax}`,
    );
  const batch = decodeBatch(body, table);
  const takenSecond = incoming.takenAtMs / 1000;
  const lastSecond = batch.firstSecond + batch.stepSeconds * (batch.ticks - 1);
  const ahead = Math.round(lastSecond - takenSecond);
  const behind = Math.round(takenSecond - batch.firstSecond);
  if (ahead > wireLimits.futureSecondsMax)
    return outOfTime(`its last second is ${ahead} s in the future: the agent's clock is wrong`);
  if (behind > wireLimits.pastSecondsMax)
    return outOfTime(`its first second is ${behind} s in the past`);
  return { kind: "batch", table, batch };
}

function outOfTime(reason: string): Verdict {
  return { kind: "refused", what: "time", reason, remember: true };
}

function announcedTicks(body: Uint8Array): number {
  const reader = new ByteReader(body);
  reader.raw(8);
  reader.varint();
  reader.varint();
  return reader.varint();
}

function openTable(frame: Uint8Array): { readonly hash: string; readonly table: SeriesTable } {
  const { table, hash } = decodeSeriesTable(frame, inflate);
  return { hash: hashText(hash), table };
}

function inflate(bytes: Uint8Array, bytesMax: number): Uint8Array {
  return inflateRawSync(bytes, { maxOutputLength: Math.max(1, bytesMax) });
}
