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
  /** Of several hosts the newest each, of this time or later, Unix ms; those that have sent none are absent. */
  inventoriesOf(
    hosts: readonly number[],
    sinceMs?: number,
  ): Promise<ReadonlyMap<number, Inventory>>;
  /** Hosts that have this address on an interface that is not virtual, or are called so. */
  hostsAt(address: string): Promise<readonly number[]>;
  /** What hosts told with this code from … to, Unix ms, oldest first. */
  noticesWithin(
    hosts: readonly number[],
    code: NoticeCode,
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly (Notice & { readonly host: number })[]>;
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
/** Hosts that share an address: behind different routers there may be several. */
const hostsAtMax = 16;
const noticesMax = 100;
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
    async inventoriesOf(hosts, sinceMs = 0) {
      if (hosts.length === 0) return new Map();
      const rows = await database.query<{ host: number; inventory: string }>(
        `SELECT host, inventory
        FROM inventory FINAL
        WHERE host IN {hosts:Array(UInt32)}
          AND at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
        LIMIT {limit:UInt32}`,
        { hosts, sinceMs, limit: hosts.length },
      );
      return new Map(rows.map((row) => [row.host, parseInventory(JSON.parse(row.inventory))]));
    },
    async hostsAt(address) {
      const rows = await database.query<{ host: number }>(
        `SELECT host
        FROM inventory FINAL
        WHERE lower(JSONExtractString(inventory, 'hostname')) = lower({address:String})
          OR arrayExists(
            interface -> NOT JSONExtractBool(interface, 'virtual')
              AND has(JSONExtract(interface, 'addresses', 'Array(String)'), {address:String}),
            JSONExtractArrayRaw(inventory, 'interfaces'))
        ORDER BY host
        LIMIT {limit:UInt32}`,
        { address, limit: hostsAtMax },
      );
      return rows.map(({ host }) => host);
    },
    async noticesWithin(hosts, code, { fromMs, toMs }) {
      if (hosts.length === 0) return [];
      const rows = await database.query<{ host: number; atMs: number; detail: string }>(
        `SELECT host, toUnixTimestamp64Milli(at) AS atMs, detail
        FROM notices FINAL
        WHERE host IN {hosts:Array(UInt32)}
          AND code = {code:String}
          AND at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
          AND at <= fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
        ORDER BY at
        LIMIT {limit:UInt32}`,
        { hosts, code, fromMs, toMs, limit: noticesMax },
      );
      return rows.map(({ host, atMs, detail }) => ({ host, atMs, code, detail }));
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
