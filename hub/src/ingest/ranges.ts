// A set of whole numbers as sorted, disjoint, inclusive ranges. Numbers arrive nearly in order, so one set is nearly always
// one range, whatever its size.

export interface Range {
  readonly first: number;
  readonly last: number;
}

export class Ranges {
  readonly #firsts: number[];
  readonly #lasts: number[];

  constructor(firsts: readonly number[] = [], lasts: readonly number[] = []) {
    this.#firsts = [...firsts];
    this.#lasts = [...lasts];
  }

  get firsts(): readonly number[] {
    return this.#firsts;
  }

  get lasts(): readonly number[] {
    return this.#lasts;
  }

  /** The greatest number held; undefined when empty. */
  get last(): number | undefined {
    return this.#lasts.at(-1);
  }

  has(number: number): boolean {
    return this.overlaps(number, number);
  }

  /** Whether any number of first … last is held. */
  overlaps(first: number, last: number): boolean {
    const at = this.#endingAtOrAfter(first);
    return at < this.#lasts.length && (this.#firsts[at] ?? 0) <= last;
  }

  /** Adds first … last; adjacent and overlapping ranges become one. */
  add(first: number, last: number): void {
    if (last < first) throw new RangeError(`a range from ${first} to ${last}`);
    const from = this.#endingAtOrAfter(first - 1);
    let to = from;
    let low = first;
    let high = last;
    while (to < this.#firsts.length && (this.#firsts[to] ?? 0) <= last + 1) {
      low = Math.min(low, this.#firsts[to] ?? low);
      high = Math.max(high, this.#lasts[to] ?? high);
      to += 1;
    }
    this.#firsts.splice(from, to - from, low);
    this.#lasts.splice(from, to - from, high);
  }

  /** What is not held of first … last, in order. */
  holes(first: number, last: number): Range[] {
    const holes: Range[] = [];
    let next = first;
    for (let at = this.#endingAtOrAfter(first); at < this.#firsts.length; at += 1) {
      const start = this.#firsts[at] ?? 0;
      if (start > last) break;
      if (start > next) holes.push({ first: next, last: start - 1 });
      next = Math.max(next, (this.#lasts[at] ?? 0) + 1);
    }
    if (next <= last) holes.push({ first: next, last });
    return holes;
  }

  /** Closes the oldest holes until at most `count` ranges are left; how many numbers that gave up. */
  limit(count: number): number {
    const excess = this.#firsts.length - count;
    if (excess <= 0) return 0;
    let given = 0;
    for (let at = 0; at < excess; at += 1)
      given += (this.#firsts[at + 1] ?? 0) - (this.#lasts[at] ?? 0) - 1;
    this.#firsts.splice(1, excess);
    this.#lasts.splice(0, excess);
    return given;
  }

  /** Index of the first range whose last number is `number` or more. */
  #endingAtOrAfter(number: number): number {
    let low = 0;
    let high = this.#lasts.length;
    // Nearly always the newest range.
    if (high > 0 && (this.#lasts[high - 1] ?? 0) < number) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lasts[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
