// The geometry of a histogram over decades of microseconds. Pure.

export interface Bar {
  /** µs, from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** A range of µs that holds all the bars, a little wider, never empty. */
export function extentOfBars(...groups: readonly (readonly Bar[])[]): {
  readonly from: number;
  readonly to: number;
} {
  const used = groups.flat().filter((bar) => bar.count > 0);
  const from = Math.max(1, Math.min(...used.map((bar) => bar.from), Number.POSITIVE_INFINITY));
  const to = Math.max(...used.map((bar) => bar.to), 0);
  if (used.length === 0 || !Number.isFinite(from)) return { from: 10, to: 10_000 };
  return { from: from * 0.9, to: Math.max(to * 1.1, from * 2) };
}

/** Grid lines at 1, 2 and 5 of every decade; labelled as sparsely as the number of decades asks. */
export function decades(
  from: number,
  to: number,
): readonly { readonly micros: number; readonly labelled: boolean }[] {
  const span = Math.log10(to / from);
  const ticks: { micros: number; labelled: boolean }[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1)
    for (const lead of [1, 2, 5]) {
      const micros = lead * 10 ** power;
      if (micros < from || micros > to) continue;
      ticks.push({ micros, labelled: span < 2 || lead === 1 });
    }
  return ticks;
}
