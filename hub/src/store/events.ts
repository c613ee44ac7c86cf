// Inventory, top processes and notices: what ingest/events.ts stores and the API shows.
import { Type } from "typebox";
import {
  AgentEvent,
  type InventoryRecord,
  type NoticeList,
  NoticeCode,
  Inventory,
  ProcessRow,
  type ProcessSnapshot,
  parser,
} from "@tidemark/proto";
import type { Database } from "./database.ts";
import { dateTime64 } from "./sql-text.ts";

export type Notice = NoticeList["items"][number];

export interface EventQueries {
  inventoryOf(host: number): Promise<InventoryRecord | undefined>;
  /** The newest snapshot at or before `atMs`, at most an hour older. */
  processesOf(host: number, atMs: number): Promise<ProcessSnapshot | undefined>;
  /** Newest first. */
  noticesOf(host: number, limit: number): Promise<readonly Notice[]>;
}

/** One event of the EVENTS stream, with the identity under which a second copy replaces the first. */
export interface StoredEvent {
  readonly host: number;
  readonly boot: string;
  readonly seq: number;
  readonly event: AgentEvent;
}

const snapshotAgeMsMax = 3_600_000;
const parseInventory = parser(Inventory, "stored inventory");
const parseProcesses = parser(Type.Array(ProcessRow), "stored processes");
const parseNoticeCode = parser(NoticeCode, "stored notice");

export function openEventQueries(database: Database): EventQueries {
  return {
    async inventoryOf(host) {
      const [row] = await database.query<{ atMs: number; inventory: string }>(
        `SELECT toUnixTimestamp64Milli(at) AS atMs, inventory
        FROM inventory
        WHERE host = {host:UInt32}
        ORDER BY at DESC
        LIMIT 1`,
        { host },
      );
      if (row === undefined) return undefined;
      return { atMs: row.atMs, inventory: parseInventory(JSON.parse(row.inventory)) };
    },
    async processesOf(host, atMs) {
      const [row] = await database.query<{ atMs: number; byCpu: string; byMemory: string }>(
        `SELECT toUnixTimestamp64Milli(at) AS atMs, by_cpu AS byCpu, by_memory AS byMemory
        FROM processes
        WHERE host = {host:UInt32}
          AND at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
          AND at > fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        ORDER BY at DESC
        LIMIT 1`,
        { host, from: Math.max(0, atMs - snapshotAgeMsMax), to: atMs },
      );
      if (row === undefined) return undefined;
      return {
        atMs: row.atMs,
        byCpu: parseProcesses(JSON.parse(row.byCpu)),
        byMemory: parseProcesses(JSON.parse(row.byMemory)),
      };
    },
    async noticesOf(host, limit) {
      const rows = await database.query<{ atMs: number; code: string; detail: string }>(
        `SELECT toUnixTimestamp64Milli(at) AS atMs, code, detail
        FROM notices FINAL
        WHERE host = {host:UInt32}
        ORDER BY at DESC, seq DESC
        LIMIT {limit:UInt32}`,
        { host, limit },
      );
      return rows.map(({ atMs, code, detail }) => ({ atMs, code: parseNoticeCode(code), detail }));
    },
  };
}

/** Stores events; storing one again changes nothing. */
export async function insertEvents(
  database: Database,
  events: readonly StoredEvent[],
): Promise<void> {
  const inventories: Record<string, unknown>[] = [];
  const processes: Record<string, unknown>[] = [];
  const notices: Record<string, unknown>[] = [];
  for (const { host, boot, seq, event } of events) {
    const at = dateTime64(event.atMs);
    switch (event.kind) {
      case "inventory":
        inventories.push({ host, at, inventory: JSON.stringify(event.inventory) });
        break;
      case "processes":
        processes.push({
          host,
          at,
          boot,
          seq,
          by_cpu: JSON.stringify(event.byCpu),
          by_memory: JSON.stringify(event.byMemory),
        });
        break;
      case "notice":
        notices.push({ host, at, boot, seq, code: event.code, detail: event.detail });
    }
  }
  await database.insertRows("inventory", inventories);
  await database.insertRows("processes", processes);
  await database.insertRows("notices", notices);
}
