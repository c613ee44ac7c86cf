// Which sequence numbers of one boot are acknowledged, as sorted, disjoint, inclusive ranges: live records are acknowledged
// ahead of the replayed ones behind them, so a single cursor would not do. A handful of ranges describes a day.

/** A set of non-negative integers that mostly come in runs. */
export class SeqSet {
  #ranges: [first: number, last: number][] = [];

  static from(ranges: Iterable<readonly [number, number]>): SeqSet {
    const set = new SeqSet();
    for (const [first, last] of ranges) set.add(first, last);
    return set;
  }

  get ranges(): readonly (readonly [first: number, last: number])[] {
    return this.#ranges;
  }

  /** Adds `first … last`, inclusive. */
  add(first: number, last: number): void {
    if (last < first) return;
    const tail = this.#ranges.at(-1);
    if (tail !== undefined && first >= tail[0] && first <= tail[1] + 1) {
      tail[1] = Math.max(tail[1], last);
      return;
    }
    let low = first;
    let high = last;
    const kept: [number, number][] = [];
    const after: [number, number][] = [];
    for (const range of this.#ranges) {
      if (range[1] < first - 1) kept.push(range);
      else if (range[0] > last + 1) after.push(range);
      else {
        low = Math.min(low, range[0]);
        high = Math.max(high, range[1]);
      }
    }
    this.#ranges = [...kept, [low, high], ...after];
  }

  /** Takes `first … last`, inclusive, out. */
  remove(first: number, last: number): void {
    this.#ranges = this.#ranges.flatMap((range): [number, number][] => {
      if (range[1] < first || range[0] > last) return [range];
      const parts: [number, number][] = [];
      if (range[0] < first) parts.push([range[0], first - 1]);
      if (range[1] > last) parts.push([last + 1, range[1]]);
      return parts;
    });
  }

  has(seq: number): boolean {
    return this.#covering(seq) !== undefined;
  }

  /** The lowest number of `from … to` that is not in the set. */
  firstMissing(from: number, to: number): number | undefined {
    const missing = (this.#covering(from)?.[1] ?? from - 1) + 1;
    return missing <= to ? missing : undefined;
  }

  /** How many of `first … last` are in the set. */
  countWithin(first: number, last: number): number {
    let count = 0;
    for (const range of this.#ranges) {
      const from = Math.max(first, range[0]);
      const to = Math.min(last, range[1]);
      if (to >= from) count += to - from + 1;
    }
    return count;
  }

  #covering(seq: number): readonly [number, number] | undefined {
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range === undefined) return undefined;
      if (seq < range[0]) high = middle - 1;
      else if (seq > range[1]) low = middle + 1;
      else return range;
    }
    return undefined;
  }
}
