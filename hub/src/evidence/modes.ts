// The modes of a histogram of latencies: peaks of a Gaussian kernel density over ln µs, with Silverman's bandwidth, as Mozilla's
// perfcompare finds them. Pure.
import { type Histogram, slotLowest, slotWidth } from "@tidemark/proto";

export interface Mode {
  /** At the peak. */
  readonly micros: number;
  /** Of all requests, from valley to valley. */
  readonly share: number;
}

/** Fewer say nothing of shape. */
const requestsMin = 1_000;
/** What lies outside of these percentiles is the tail, which has bumps and no modes. */
const trimmed = { from: 0.5, to: 99 } as const;
const gridPoints = 256;
/** A mode holds at least this share … */
const shareMin = 0.1;
/** … and is parted from its neighbour by a valley of less than this, of the lower peak. */
const valleyMax = 0.5;
/** Requests beyond these make the bandwidth no smaller: at 1 % digits and milliseconds of scheduler, detail below is grain. */
const bandwidthRequestsMax = 10_000;
const bandwidthMin = 0.03;

/** In the order of latency; one, or none where there are too few requests. */
export function modesOf(histogram: Histogram): readonly Mode[] {
  if (histogram.total < requestsMin) return [];
  const points = pointsOf(histogram);
  const bandwidth = bandwidthOf(histogram, points);
  const low = Math.log(histogram.percentile(trimmed.from)) - 3 * bandwidth;
  const high = Math.log(histogram.percentile(trimmed.to)) + 3 * bandwidth;
  const at = (index: number) => low + ((high - low) * index) / (gridPoints - 1);
  const density = Array.from({ length: gridPoints }, (_, index) =>
    densityAt(points, at(index), bandwidth),
  );
  return parted(density).map(({ peak, from, until }) => ({
    micros: Math.exp(at(peak)),
    share: shareBetween(points, at(from), at(until), from === 0, until === gridPoints - 1),
  }));
}

/** ln µs and its weight; the weights add up to 1. */
interface Point {
  readonly y: number;
  readonly weight: number;
}

function pointsOf(histogram: Histogram): readonly Point[] {
  const { first, last } = histogram.usedSlots;
  const points: Point[] = [];
  for (let slot = first; slot <= last; slot += 1) {
    const count = histogram.counts[slot] ?? 0;
    if (count === 0) continue;
    const micros = Math.max(0.5, slotLowest(slot) + (slotWidth(slot) - 1) / 2);
    points.push({ y: Math.log(micros), weight: count / histogram.total });
  }
  return points;
}

/** Silverman's rule of thumb: 0.9 min(sd, IQR / 1.34) n^(−1/5); never finer than the grain of whole µs. */
function bandwidthOf(histogram: Histogram, points: readonly Point[]): number {
  const quantile = (percentile: number) =>
    Math.log(Math.max(0.5, histogram.percentile(percentile)));
  const low = quantile(trimmed.from);
  const high = quantile(trimmed.to);
  const inner = points.filter(({ y }) => y >= low && y <= high);
  const total = inner.reduce((sum, { weight }) => sum + weight, 0);
  const mean = inner.reduce((sum, { y, weight }) => sum + y * weight, 0) / total;
  const variance = inner.reduce((sum, { y, weight }) => sum + (y - mean) ** 2 * weight, 0) / total;
  const iqr = quantile(75) - quantile(25);
  const spread = Math.min(Math.sqrt(variance), iqr / 1.34 || Number.POSITIVE_INFINITY);
  const requests = Math.min(histogram.total, bandwidthRequestsMax);
  const grain = 1.5 / Math.exp(quantile(50));
  return Math.max(0.9 * spread * requests ** -0.2, bandwidthMin, grain);
}

function densityAt(points: readonly Point[], y: number, bandwidth: number): number {
  let sum = 0;
  for (const point of points) {
    const distance = (point.y - y) / bandwidth;
    if (distance < -4 || distance > 4) continue;
    sum += point.weight * Math.exp(-(distance * distance) / 2);
  }
  return sum;
}

interface Hill {
  readonly peak: number;
  readonly from: number;
  readonly until: number;
}

/** Hills of the density, those without a valley between them taken together, those too small left out. */
function parted(density: readonly number[]): readonly Hill[] {
  const height = (index: number) => density[index] ?? 0;
  const total = density.reduce((sum, value) => sum + value, 0);
  let hills = peaksOf(density);
  for (;;) {
    const joined = hills.findIndex((hill, index) => {
      const next = hills[index + 1];
      if (next === undefined) return false;
      const lower = Math.min(height(hill.peak), height(next.peak));
      const mass = Math.min(massOf(density, hill), massOf(density, next)) / total;
      return height(hill.until) > valleyMax * lower || mass < shareMin;
    });
    const [one, other] = [hills[joined], hills[joined + 1]];
    if (joined < 0 || one === undefined || other === undefined) return hills;
    const peak = height(one.peak) >= height(other.peak) ? one.peak : other.peak;
    hills = hills.toSpliced(joined, 2, { peak, from: one.from, until: other.until });
  }
}

function peaksOf(density: readonly number[]): readonly Hill[] {
  const height = (index: number) => density[index] ?? 0;
  const valleys = [0];
  let isRising = true;
  for (let index = 1; index < density.length; index += 1) {
    if (isRising && height(index) < height(index - 1)) isRising = false;
    else if (!isRising && height(index) > height(index - 1)) {
      valleys.push(index - 1);
      isRising = true;
    }
  }
  return valleys.map((from, index) => {
    const until = valleys[index + 1] ?? density.length - 1;
    let peak = from;
    for (let at = from; at <= until; at += 1) if (height(at) > height(peak)) peak = at;
    return { peak, from, until };
  });
}

const massOf = (density: readonly number[], { from, until }: Hill) =>
  density.slice(from, until + 1).reduce((sum, value) => sum + value, 0);

function shareBetween(
  points: readonly Point[],
  low: number,
  high: number,
  isFirst: boolean,
  isLast: boolean,
): number {
  return points
    .filter(({ y }) => (isFirst || y >= low) && (isLast || y < high))
    .reduce((sum, { weight }) => sum + weight, 0);
}
