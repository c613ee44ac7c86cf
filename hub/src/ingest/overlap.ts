// First batch wins: values of seconds that an earlier batch of the host covers for the same series are taken out, so that no
// second is counted twice. It happens when an agent restarts within a second or its clock is stepped back.
import type { Batch } from "@tidemark/proto";
import type { Ledger } from "./ledger.ts";
import type { KnownTable, Tables } from "./tables.ts";

/** The batch without what is covered, and how many values that took out. The batch itself when nothing was. */
export function withoutCovered(
  batch: Batch,
  table: KnownTable,
  host: number,
  ledger: Pick<Ledger, "covering">,
  tables: Pick<Tables, "get">,
): { readonly batch: Batch; readonly dropped: number } {
  const lastSecond = batch.firstSecond + batch.stepSeconds * (batch.ticks - 1);
  const earlier = ledger.covering(host, batch.firstSecond, lastSecond);
  if (earlier.length === 0) return { batch, dropped: 0 };
  const values = batch.values.slice();
  let dropped = 0;
  for (const { table: hash, seconds } of earlier) {
    const theirs = hash === table.hash ? table : tables.get(host, hash);
    if (theirs === undefined) continue;
    const shared = new Set(theirs.sids);
    for (let tick = 0; tick < batch.ticks; tick += 1) {
      if (!seconds.has(batch.firstSecond + tick * batch.stepSeconds)) continue;
      for (let series = 0; series < table.sids.length; series += 1) {
        const at = series * batch.ticks + tick;
        if (!shared.has(table.sids[series] ?? 0) || Number.isNaN(values[at])) continue;
        values[at] = Number.NaN;
        dropped += 1;
      }
    }
  }
  return { batch: { ...batch, values }, dropped };
}
