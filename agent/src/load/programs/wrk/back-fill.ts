// wrk adds made-up values to its histogram: for every value of at least twice the mean time between a connection's requests it
// records that value less one interval, less two … That is a guess at what a paced client would have seen. Values from the
// highest down, what each added can be taken away again, which leaves what was measured.

/** Value µs → how often. */
export type Values = ReadonlyMap<number, number>;

/**
 * The measured values; undefined when they cannot be `count` in number, and the guess was another one than ours.
 * `intervalMicros`: wrk's own, the run's time divided by the requests of a connection.
 */
export function withoutBackFill(
  filled: Values,
  intervalMicros: number,
  count: number,
): Values | undefined {
  const measured = new Map<number, number>();
  /** By remainder, how many measured values so far stand a whole number of intervals above: each was recorded here as well. */
  const above = new Map<number, number>();
  let total = 0;
  for (const [value, times] of [...filled].sort(([left], [right]) => right - left)) {
    const remainder = value % intervalMicros;
    const higher = above.get(remainder) ?? 0;
    const own = value > intervalMicros ? times - higher : times;
    if (own < 0) return undefined;
    if (own === 0) continue;
    measured.set(value, own);
    total += own;
    above.set(remainder, higher + own);
  }
  return total === count ? measured : undefined;
}
