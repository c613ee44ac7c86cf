// Batches → one Native block in the table's own order (sid, host, t). A counting sort by series: batches are columns already,
// so nothing is compared, and ClickHouse finds its rows sorted.
import { nativeBlock } from "../store/native.ts";

/** One decoded batch of one host; column `s` of `values` belongs to `sids[s]`, 0 and NaN are left out. */
export interface HostBatch {
  readonly host: number;
  readonly sids: Uint32Array;
  readonly firstSecond: number;
  readonly stepSeconds: number;
  readonly ticks: number;
  readonly values: Float64Array;
}

/** The same batches give the same bytes. Undefined when they hold no sample. */
export function sortedBlock(
  batches: readonly HostBatch[],
): { readonly block: Uint8Array; readonly rows: number } | undefined {
  const ordered = batches.toSorted((a, b) => a.host - b.host || a.firstSecond - b.firstSecond);
  const starts = countBySid(ordered);
  let rows = 0;
  for (let sid = 0; sid < starts.length; sid += 1) {
    const count = starts[sid] ?? 0;
    starts[sid] = rows;
    rows += count;
  }
  if (rows === 0) return undefined;
  const columns = {
    sids: new Uint32Array(rows),
    hosts: new Uint32Array(rows),
    seconds: new Uint32Array(rows),
    values: new Float64Array(rows),
  };
  for (const { host, sids, firstSecond, stepSeconds, ticks, values } of ordered) {
    for (let series = 0; series < sids.length; series += 1) {
      const sid = sids[series] ?? 0;
      if (sid === 0) continue;
      let row = starts[sid] ?? 0;
      for (let tick = 0; tick < ticks; tick += 1) {
        const value = values[series * ticks + tick] ?? Number.NaN;
        if (value !== value) continue;
        columns.sids[row] = sid;
        columns.hosts[row] = host;
        columns.seconds[row] = firstSecond + tick * stepSeconds;
        columns.values[row] = value;
        row += 1;
      }
      starts[sid] = row;
    }
  }
  return { block: nativeBlock(columns, rows), rows };
}

function countBySid(batches: readonly HostBatch[]): Uint32Array {
  let sidMax = 0;
  for (const { sids } of batches) for (const sid of sids) if (sid > sidMax) sidMax = sid;
  const counts = new Uint32Array(sidMax + 1);
  for (const { sids, ticks, values } of batches)
    for (let series = 0; series < sids.length; series += 1) {
      const sid = sids[series] ?? 0;
      if (sid === 0) continue;
      let present = 0;
      for (let at = series * ticks; at < (series + 1) * ticks; at += 1) {
        const value = values[at];
        if (value === value) present += 1;
      }
      counts[sid] = (counts[sid] ?? 0) + present;
    }
  return counts;
}
