// The one latency histogram of Tidemark: HdrHistogram with unit 1 µs, 3 significant digits, highest value 1 hour, the same on
// every agent, so that merging is adding counts and nothing is ever averaged. Recording costs about 7 ns.
// Layout after Gil Tene's HdrHistogram: 2048 sub-buckets, each further bucket doubling the unit.

/** Highest trackable value, µs: one hour. Larger values are recorded as this and counted in `clamped`. */
export const highestMicros = 3_600_000_000;
export const significantDigits = 3;

const subBucketHalfMagnitude = 10;
const subBucketHalf = 1 << subBucketHalfMagnitude; // 1024
const subBucketMask = subBucketHalf * 2 - 1;
const leadingZeroBase = 32 - subBucketHalfMagnitude - 1; // clz32 of a value that just fits bucket 0

/** Slots of the counts array: 22 buckets above the first, 1024 slots each. */
export const slotCount = slotOf(highestMicros) + 1;

/** The slot of an integer value 0 … `highestMicros`. */
export function slotOf(micros: number): number {
  const bucket = leadingZeroBase - Math.clz32(micros | subBucketMask);
  const sub = micros >>> bucket;
  return (bucket << subBucketHalfMagnitude) + sub;
}

/** The lowest value of a slot, µs. */
export function slotLowest(slot: number): number {
  const bucket = Math.max(0, (slot >>> subBucketHalfMagnitude) - 1);
  return (slot - bucket * subBucketHalf) * 2 ** bucket;
}

/** How many values share a slot. */
export function slotWidth(slot: number): number {
  return 2 ** Math.max(0, (slot >>> subBucketHalfMagnitude) - 1);
}

/** The highest value equivalent to those in a slot, µs: what percentiles report, as HdrHistogram does. */
export function slotHighest(slot: number): number {
  return slotLowest(slot) + slotWidth(slot) - 1;
}

/** Counts of latencies. Mutable and reused: one per worker and second, `reset()` clears only what was used. */
export class Histogram {
  readonly counts = new Uint32Array(slotCount);
  /** Values recorded. */
  total = 0;
  /** Exact sum, smallest and largest value, µs; the wire format keeps these beside the counts. */
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = 0;
  /** Values above one hour, recorded as one hour. */
  clamped = 0;
  #firstSlot = slotCount;
  #lastSlot = -1;

  /** Records one value in µs; fractions are rounded down, negative values count as 0. */
  record(micros: number): void {
    let value = micros;
    if (!(value > 0)) value = 0;
    else if (value > highestMicros) {
      value = highestMicros;
      this.clamped += 1;
    }
    value >>>= 0;
    this.#add(slotOf(value), 1);
    this.total += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  #add(slot: number, count: number): void {
    this.counts[slot] = (this.counts[slot] ?? 0) + count;
    if (slot < this.#firstSlot) this.#firstSlot = slot;
    if (slot > this.#lastSlot) this.#lastSlot = slot;
  }

  /** Used range of slots: first inclusive, last inclusive; empty when `last < first`. */
  get usedSlots(): { readonly first: number; readonly last: number } {
    return { first: this.#firstSlot, last: this.#lastSlot };
  }

  /** Adds counts of one slot, as a decoder or an importer does; min, max and sum follow the slot's bounds. */
  addSlot(slot: number, count: number): void {
    if (!Number.isInteger(slot) || slot < 0 || slot >= slotCount)
      throw new RangeError(`slot ${slot} is not 0 … ${slotCount - 1}`);
    if (!Number.isInteger(count) || count < 0)
      throw new RangeError(`a count of ${count} in slot ${slot}`);
    if (count === 0) return;
    const sum = (this.counts[slot] ?? 0) + count;
    if (sum > 0xffff_ffff) throw new RangeError(`slot ${slot} overflows 2^32 counts`);
    this.#add(slot, count);
    this.total += count;
    this.sum += count * (slotLowest(slot) + Math.floor(slotWidth(slot) / 2));
    this.min = Math.min(this.min, slotLowest(slot));
    this.max = Math.max(this.max, slotHighest(slot));
  }

  /** Adds another histogram's counts: exact, commutative, associative. */
  merge(other: Histogram): void {
    const { first, last } = other.usedSlots;
    if (last < first) return;
    const { counts } = this;
    const theirs = other.counts;
    for (let slot = first; slot <= last; slot += 1)
      counts[slot] = (counts[slot] ?? 0) + (theirs[slot] ?? 0);
    this.#firstSlot = Math.min(this.#firstSlot, first);
    this.#lastSlot = Math.max(this.#lastSlot, last);
    this.total += other.total;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.clamped += other.clamped;
  }

  /** Empties it for reuse. */
  reset(): void {
    if (this.#lastSlot >= this.#firstSlot) this.counts.fill(0, this.#firstSlot, this.#lastSlot + 1);
    this.#firstSlot = slotCount;
    this.#lastSlot = -1;
    this.total = 0;
    this.sum = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = 0;
    this.clamped = 0;
  }

  /** Mean, µs; NaN when empty. */
  get mean(): number {
    return this.total === 0 ? Number.NaN : this.sum / this.total;
  }

  /** The value at or below which `percentile` % (0 … 100) of the records lie, µs; NaN when empty. */
  percentile(percentile: number): number {
    if (this.total === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.total - 1e-9));
    let seen = 0;
    for (let slot = this.#firstSlot; slot <= this.#lastSlot; slot += 1) {
      seen += this.counts[slot] ?? 0;
      if (seen >= wanted) return Math.min(slotHighest(slot), this.max);
    }
    return this.max;
  }
}
