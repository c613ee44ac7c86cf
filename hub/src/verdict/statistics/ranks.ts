// Ranks of values, equal ones sharing the mean of theirs. Twice the rank is a whole number, so that sums of ranks stay exact.

export interface Ranks {
  /** Twice the midrank of each value, in the values' order: 2 … 2n. */
  readonly doubled: Int32Array;
  /** Σ(t³ − t) over groups of t equal values; 0 when all differ. */
  readonly tieTerm: number;
}

export function ranksOf(values: readonly number[]): Ranks {
  const order = values.map((_, index) => index);
  const at = (index: number | undefined) => values[index ?? -1] ?? Number.NaN;
  order.sort((left, right) => at(left) - at(right));
  const doubled = new Int32Array(values.length);
  let tieTerm = 0;
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && at(order[end]) === at(order[first])) end += 1;
    for (const index of order.slice(first, end)) doubled[index] = first + end + 1;
    const tied = end - first;
    tieTerm += tied ** 3 - tied;
    first = end;
  }
  return { doubled, tieTerm };
}
