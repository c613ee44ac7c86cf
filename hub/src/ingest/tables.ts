// The series tables agents have sent, by (host, hash), with the fleet's number of every series. A table's numbers are stored
// with it, so that a restarted hub reads every batch exactly as it did before.
import type { Series, SeriesTable } from "@tidemark/proto";
import type { TableRow } from "../store/ingest-rows.ts";
import type { SeriesDirectory } from "../store/series.ts";
import { ingestLimits } from "./limits.ts";

export interface KnownTable {
  readonly hash: string;
  /** Number of each series, in the table's order; 0 for a series that was refused. */
  readonly sids: Uint32Array;
  readonly decimals: readonly number[];
}

export type TableAdded =
  | { readonly kind: "added" | "known"; readonly refusedSeries: number }
  | { readonly kind: "refused"; readonly reason: string };

export interface Tables {
  get(host: number, hash: string): KnownTable | undefined;
  add(host: number, hash: string, table: SeriesTable, atMs: number): TableAdded;
  /** The series a table's columns stand for, without the refused ones; `complete` when none was. */
  seriesOf(table: KnownTable): { readonly series: readonly Series[]; readonly complete: boolean };
  /** New rows for `series_tables` since the last call. */
  takeUnsaved(): readonly TableRow[];
}

const hourMs = 3_600_000;

/** `rows` oldest first. */
export function createTables(rows: readonly TableRow[], series: SeriesDirectory): Tables {
  const hosts = new Map<number, Host>();
  const unsaved: TableRow[] = [];
  const named = new WeakMap<KnownTable, { series: readonly Series[]; complete: boolean }>();
  for (const row of rows)
    keep(hostOf(hosts, row.host), {
      hash: row.hash,
      sids: Uint32Array.from(row.sids),
      decimals: row.decimals,
    });

  function numberOf(host: Host, definition: Series): number {
    const known = series.find(definition);
    if (known !== undefined && host.sids.has(known)) return known;
    if (host.sids.size >= ingestLimits.agentSeriesMax) return 0;
    if (known === undefined && series.size >= ingestLimits.fleetSeriesMax) return 0;
    const sid = known ?? series.intern(definition);
    host.sids.add(sid);
    return sid;
  }

  return {
    get: (host, hash) => hosts.get(host)?.tables.get(hash),
    add(hostNumber, hash, table, atMs) {
      const host = hostOf(hosts, hostNumber);
      if (host.tables.has(hash)) return { kind: "known", refusedSeries: 0 };
      const hour = Math.floor(atMs / hourMs);
      if (host.hour !== hour) {
        host.hour = hour;
        host.addedThisHour = 0;
      }
      if (host.addedThisHour >= ingestLimits.agentTablesPerHourMax)
        return {
          kind: "refused",
          reason: `more than ${ingestLimits.agentTablesPerHourMax} series tables in an hour`,
        };
      host.addedThisHour += 1;
      const sids = Uint32Array.from(table.series, (definition) => numberOf(host, definition));
      const decimals = table.series.map((definition) => definition.decimals);
      keep(host, { hash, sids, decimals });
      unsaved.push({
        host: hostNumber,
        hash,
        sids: [...sids],
        decimals,
        seen: Math.floor(atMs / 1000),
      });
      return { kind: "added", refusedSeries: sids.filter((sid) => sid === 0).length };
    },
    seriesOf(table) {
      const known = named.get(table);
      if (known !== undefined) return known;
      const found = Array.from(table.sids, (sid) => series.get(sid)).filter(
        (one) => one !== undefined,
      );
      const entry = { series: found, complete: found.length === table.sids.length };
      named.set(table, entry);
      return entry;
    },
    takeUnsaved: () => unsaved.splice(0),
  };
}

interface Host {
  readonly tables: Map<string, KnownTable>;
  readonly sids: Set<number>;
  hour: number;
  addedThisHour: number;
}

function hostOf(hosts: Map<number, Host>, number: number): Host {
  const known = hosts.get(number);
  if (known !== undefined) return known;
  const host: Host = { tables: new Map(), sids: new Set(), hour: 0, addedThisHour: 0 };
  hosts.set(number, host);
  return host;
}

function keep(host: Host, table: KnownTable): void {
  for (const sid of table.sids) if (sid !== 0) host.sids.add(sid);
  host.tables.set(table.hash, table);
  if (host.tables.size <= ingestLimits.agentTablesMax) return;
  const [oldest] = host.tables.keys();
  if (oldest !== undefined) host.tables.delete(oldest);
}
