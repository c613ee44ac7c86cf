// Several series on one grid of times: what a range query answers, and what live samples are added to. Pure.
import type { LiveSamples, RangeResult } from "@tidemark/proto";
import type { Values } from "./sparkline.ts";

export interface FrameSeries {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Values;
  readonly low?: Values | undefined;
  readonly high?: Values | undefined;
}

export interface Frame {
  /** Unix seconds, `stepSeconds` apart without holes. */
  readonly times: readonly number[];
  readonly stepSeconds: number;
  readonly series: readonly FrameSeries[];
  /** True when the hub left series out of its answer. */
  readonly truncated: boolean;
}

export function frameOf(result: RangeResult): Frame {
  return {
    times: result.times,
    stepSeconds: Math.max(1, result.stepSeconds),
    series: result.series.map(({ metric, labels, mean, min, max }) => ({
      metric,
      labels,
      values: mean,
      low: min,
      high: max,
    })),
    truncated: result.truncated,
  };
}

/**
 * The frame moved on so that it ends with the newest sample and reaches back `spanSeconds`. Seconds without samples are
 * gaps; a series that the frame did not know begins here. Samples from before the span are dropped.
 */
export function appendSamples(
  frame: Frame,
  samples: LiveSamples,
  metrics: ReadonlySet<string>,
  spanSeconds: number,
): Frame {
  const step = frame.stepSeconds;
  const oldFirst = frame.times[0];
  const newest = Math.max(frame.times.at(-1) ?? 0, samples.times.at(-1) ?? 0);
  if (newest === 0) return frame;
  const points = Math.floor(spanSeconds / step) + 1;
  const base = oldFirst ?? newest;
  const last = base + Math.round((newest - base) / step) * step;
  const first = last - (points - 1) * step;
  const shift = oldFirst === undefined ? 0 : Math.round((first - oldFirst) / step);

  const columns = new Map<
    string,
    { series: Pick<FrameSeries, "metric" | "labels">; values: (number | null)[] }
  >();
  for (const series of frame.series) {
    const values = Array.from(
      { length: points },
      (_, index) => series.values[index + shift] ?? null,
    );
    columns.set(keyOf(series), { series, values });
  }
  for (const series of samples.series) {
    if (!metrics.has(series.metric)) continue;
    const key = keyOf(series);
    const column = columns.get(key) ?? { series, values: Array<number | null>(points).fill(null) };
    columns.set(key, column);
    for (const [tick, time] of samples.times.entries()) {
      const index = Math.round((time - first) / step);
      if (index >= 0 && index < points) column.values[index] = series.values[tick] ?? null;
    }
  }
  return {
    times: Array.from({ length: points }, (_, index) => first + index * step),
    stepSeconds: step,
    series: Array.from(columns.values(), ({ series, values }) => ({
      metric: series.metric,
      labels: series.labels,
      values,
    })),
    truncated: frame.truncated,
  };
}

function keyOf({ metric, labels }: Pick<FrameSeries, "metric" | "labels">): string {
  return JSON.stringify([
    metric,
    Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)),
  ]);
}
