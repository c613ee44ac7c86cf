// A run's histograms as rows: the non-empty slots and their counts, which ClickHouse itself can merge exactly.
import {
  type AgentId,
  type Basis,
  Histogram,
  type RunId,
  type Source,
  bases,
} from "@tidemark/proto";

export type Histograms = Readonly<Record<Basis, Histogram>>;

/** `index` -1: the histograms of the whole run. */
export interface StoredHistograms {
  readonly run: RunId;
  readonly agent: AgentId;
  readonly index: number;
  readonly histograms: Histograms;
  /** Who measured, and whether each request's own latency is in its slot. */
  readonly source: Pick<Source, "generator" | "exact">;
}

/** Slots of one histogram, or of several merged. */
export interface HistogramRow {
  readonly basis: string;
  readonly bucket: number;
  readonly slots: readonly number[];
  readonly counts: readonly (number | string)[];
}

export function histogramRows(stored: StoredHistograms): Record<string, unknown>[] {
  return bases.map((basis) => {
    const histogram = stored.histograms[basis];
    const slots: number[] = [];
    const counts: number[] = [];
    const { first, last } = histogram.usedSlots;
    for (let slot = first; slot <= last; slot += 1) {
      const count = histogram.counts[slot] ?? 0;
      if (count === 0) continue;
      slots.push(slot);
      counts.push(count);
    }
    return {
      run: stored.run,
      agent: stored.agent,
      idx: stored.index,
      basis,
      exact: stored.source.exact ? 1 : 0,
      source: stored.source.generator,
      total: histogram.total,
      sum: histogram.sum,
      min: histogram.total === 0 ? 0 : histogram.min,
      max: histogram.max,
      clamped: histogram.clamped,
      slots,
      counts,
    };
  });
}

export function histogramOf({ slots, counts }: HistogramRow): Histogram {
  const histogram = new Histogram();
  for (const [at, slot] of slots.entries()) histogram.addSlot(slot, Number(counts[at] ?? 0));
  return histogram;
}

export function byBasis(rows: readonly HistogramRow[]): Histograms {
  const of = (basis: Basis) => {
    const row = rows.find((candidate) => candidate.basis === basis);
    return row === undefined ? new Histogram() : histogramOf(row);
  };
  return { response: of("response"), service: of("service"), lateness: of("lateness") };
}
