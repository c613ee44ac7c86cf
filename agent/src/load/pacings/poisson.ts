// Independent arrivals with a mean rate: exponential gaps, from a seed. A run is cut into bins of 1,024 expected requests. The
// seed and a bin's number alone say how many requests fall into it and where, so that any request can be found without those
// before it, and every part of a run finds the same ones. Kept are a few bins and a table of sums, whatever the run's length.
import type { Pacing } from "@tidemark/proto";
import { arrivalsTable } from "./arrivals-table.ts";
import { type PacingModule, type Schedule, countDue } from "./pacing.ts";
import { fillRandom, mixed } from "./random-words.ts";

type PoissonArrivals = Extract<Pacing, { kind: "poisson" }>;

/** Expected requests of a bin. More make each bin dearer when its turn comes, fewer make a long run dearer to begin. */
const binMean = 1_024;
const table = arrivalsTable(binMean);
/** Bins kept; a power of two. Looks go back and forth between two neighbours. */
const binsKept = 4;
/** Sums kept of the requests before a bin: of every bin, or of every 2nd, 4th … of a longer run. */
const sumsMax = 65_536;

interface Bin {
  number: number;
  /** Requests of all bins before this one, and of this one. */
  before: number;
  count: number;
  /** Where they are within the bin, in 2^-32 of it, ascending. */
  readonly places: Uint32Array;
}

export const poisson: PacingModule<PoissonArrivals> = {
  schedule({ ratePerSecond, seed }, durationMs) {
    const binMs = (binMean * 1_000) / ratePerSecond;
    const bins = openBins(seed, Math.ceil(durationMs / binMs));
    const timeMs = ({ number, before, places }: Bin, index: number) =>
      (number + (places[index - before] ?? 0) / 2 ** 32) * binMs;
    const dueAtMs = (index: number) => timeMs(bins.holding(index), index);
    const guessAt = (elapsedMs: number) => {
      const passed = elapsedMs / binMs;
      const bin = bins.numbered(Math.floor(passed));
      return bin.before + placesUpTo(bin, (passed - bin.number) * 2 ** 32);
    };
    let total = bins.total;
    while (total > 0 && dueAtMs(total - 1) >= durationMs) total -= 1;
    const counted: Pick<Schedule, "total" | "dueAtMs"> = { total, dueAtMs };
    return {
      ...counted,
      dueBy(elapsedMs) {
        if (elapsedMs < 0) return 0;
        if (elapsedMs >= durationMs) return total;
        return countDue(counted, elapsedMs, guessAt(elapsedMs));
      },
    };
  },
};

function placesUpTo({ count, places }: Bin, place: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Bins {
  /** Requests of all bins. */
  readonly total: number;
  /** The bin with this number (0 … bins − 1). */
  numbered(number: number): Bin;
  /** The bin that holds this request. */
  holding(index: number): Bin;
}

function openBins(seed: number, bins: number): Bins {
  const spread = mixed(seed ^ 0x5bf0_3635);
  const countOf = (number: number) => table.draw(mixed(mixed(number) ^ spread));
  const stride = 2 ** Math.max(0, Math.ceil(Math.log2(bins / sumsMax)));
  const sums = new Float64Array(Math.ceil(bins / stride));
  let total = 0;
  for (let number = 0; number < bins; number += 1) {
    if (number % stride === 0) sums[number / stride] = total;
    total += countOf(number);
  }

  const kept = Array.from({ length: binsKept }, emptyBin);
  const load = (number: number, before: number): Bin => {
    const bin = kept[number % binsKept] ?? emptyBin();
    if (bin.number === number) return bin;
    bin.number = number;
    bin.before = before;
    bin.count = countOf(number);
    fillRandom(bin.places, bin.count, seed, mixed(number + 1));
    bin.places.subarray(0, bin.count).sort();
    return bin;
  };
  /** Walks on from a sum that is kept while `goesOn` from one bin, and what is before and after it, to the next. */
  const walk = (from: number, goesOn: (number: number, after: number) => boolean): Bin => {
    let number = from * stride;
    let before = sums[from] ?? 0;
    for (let after = before + countOf(number); goesOn(number, after); after += countOf(number)) {
      number += 1;
      before = after;
    }
    return load(number, before);
  };

  let last = load(0, 0);
  const isIn = (bin: Bin, index: number) => index >= bin.before && index < bin.before + bin.count;
  return {
    total,
    numbered(number) {
      if (last.number === number) return last;
      const at = Math.min(number, bins - 1);
      last = walk(Math.floor(at / stride), (passed) => passed < at);
      return last;
    },
    holding(index) {
      if (isIn(last, index)) return last;
      const end = last.before + last.count;
      if (index >= end && last.number + 1 < bins) last = load(last.number + 1, end);
      if (!isIn(last, index))
        last = walk(lastAtMost(sums, index), (at, after) => after <= index && at < bins - 1);
      return last;
    },
  };
}

function emptyBin(): Bin {
  return { number: -1, before: 0, count: 0, places: new Uint32Array(table.countMax) };
}

/** The last place in ascending `sums`, which begin with 0, of a sum that is at most `value` (0 or more). */
function lastAtMost(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((sums[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
