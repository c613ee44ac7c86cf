// Requests that are due and wait for a connection: their intended times in order, in a ring that grows up to its bound.

export class DueQueue {
  readonly #bound: number;
  #times = new Float64Array(1024);
  #head = 0;
  /** Requests waiting. */
  length = 0;

  /** `bound`: how many may wait at most. */
  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Adds one intended time; false when the bound is reached and nothing was added. */
  push(intendedMs: number): boolean {
    if (this.length >= this.#bound) return false;
    if (this.length === this.#times.length) this.#grow();
    this.#times[(this.#head + this.length) & (this.#times.length - 1)] = intendedMs;
    this.length += 1;
    return true;
  }

  /** The longest waiting; only when `length` > 0. */
  shift(): number {
    const intendedMs = this.#at(0);
    this.#head = (this.#head + 1) & (this.#times.length - 1);
    this.length -= 1;
    return intendedMs;
  }

  /** The longest waiting, which stays; later than any time when nothing waits. */
  get first(): number {
    return this.length === 0 ? Number.POSITIVE_INFINITY : this.#at(0);
  }

  /** How many are due at `fromMs` or later. */
  lengthFrom(fromMs: number): number {
    let earlier = 0;
    while (earlier < this.length && this.#at(earlier) < fromMs) earlier += 1;
    return this.length - earlier;
  }

  clear(): void {
    this.#head = 0;
    this.length = 0;
  }

  #at(place: number): number {
    return this.#times[(this.#head + place) & (this.#times.length - 1)] ?? Number.NaN;
  }

  #grow(): void {
    const grown = new Float64Array(this.#times.length * 2);
    grown.set(this.#times.subarray(this.#head));
    grown.set(this.#times.subarray(0, this.#head), this.#times.length - this.#head);
    this.#times = grown;
    this.#head = 0;
  }
}
