// The percentile spectrum and the bars of a histogram. Pure.
import { type Histogram, type Spectrum, slotLowest } from "@tidemark/proto";

const ticksPerHalfDistance = 5;
const barsPerDecade = 20;

export function spectrumOf(histogram: Histogram): Spectrum {
  return { percentiles: percentilesOf(histogram), bars: barsOf(histogram) };
}

/** As HdrHistogram's percentile iterator: the nearer to 100, the finer the steps, until the largest value is reached. */
function percentilesOf(histogram: Histogram): Spectrum["percentiles"] {
  if (histogram.total === 0) return [];
  const points: { percentile: number; micros: number }[] = [];
  for (let percentile = 0; percentile < 100; percentile += stepAt(percentile)) {
    const micros = histogram.percentile(percentile);
    points.push({ percentile, micros });
    if (percentile >= 100 * (1 - 1 / histogram.total)) break;
  }
  points.push({ percentile: 100, micros: histogram.max });
  return points;
}

/** Each halving of the distance to 100 is cut into as many steps. */
function stepAt(percentile: number): number {
  const halvings = Math.floor(Math.log2(100 / (100 - percentile))) + 1;
  return 100 / (ticksPerHalfDistance * 2 ** halvings);
}

/** Log-spaced bars from the smallest to the largest value, empty ones between them included. */
function barsOf(histogram: Histogram): Spectrum["bars"] {
  if (histogram.total === 0) return [];
  const bars: { from: number; to: number; count: number }[] = [];
  const { first, last } = histogram.usedSlots;
  let exponent = exponentOf(slotLowest(first));
  let bar = { ...boundsAt(exponent), count: 0 };
  for (let slot = first; slot <= last; slot += 1) {
    const lowest = slotLowest(slot);
    while (lowest >= bar.to) {
      bars.push(bar);
      exponent += 1;
      bar = { ...boundsAt(exponent), count: 0 };
    }
    bar.count += histogram.counts[slot] ?? 0;
  }
  bars.push(bar);
  // Below 10 µs whole microseconds are wider than a twentieth of a decade: bars without a width say nothing.
  return bars.filter(({ from, to }) => to > from);
}

const belowOne = -1;

function exponentOf(micros: number): number {
  if (micros < 1) return belowOne;
  let exponent = Math.floor(Math.log10(micros) * barsPerDecade);
  while (boundsAt(exponent).to <= micros) exponent += 1;
  return exponent;
}

/** Bounds in whole µs, as latencies are; the bar before the first holds 0 alone. */
function boundsAt(exponent: number): { from: number; to: number } {
  if (exponent === belowOne) return { from: 0, to: 1 };
  const bound = (at: number) => Math.round(10 ** (at / barsPerDecade));
  return { from: bound(exponent), to: bound(exponent + 1) };
}
