// A chart as data, and how series become its lines.
import type { UnitName } from "../format/unit.ts";
import { lineColour, type ColourName } from "./colour-names.ts";
import type { Frame, FrameSeries } from "./frame.ts";
import { extentOf, type Line } from "./lines.ts";

export interface ChartView {
  /** Stable across data, so that a chart stays the same chart. */
  readonly key: string;
  readonly title: string;
  readonly help?: string;
  readonly unit: UnitName;
  readonly lines: readonly Line[];
  readonly stacked?: boolean;
  readonly top?: number;
  /** A row a line, coloured by value, instead of lines. */
  readonly heat?: boolean;
}

export type LabelFilter = Readonly<Record<string, string>>;

/** Series of one metric that carry all the given labels. */
export function pick(
  frame: Frame,
  metric: string,
  labels: LabelFilter = {},
): readonly FrameSeries[] {
  return frame.series.filter(
    (series) =>
      series.metric === metric &&
      Object.entries(labels).every(([key, value]) => series.labels[key] === value),
  );
}

export type LineLook = Partial<Pick<Line, "dashed" | "filled" | "down">>;

export function lineOf(
  series: FrameSeries,
  label: string,
  colour: ColourName,
  look: LineLook = {},
): Line {
  return { label, colour, values: series.values, low: series.low, high: series.high, ...look };
}

/** The line of a metric's only series; none when it is absent. */
export function single(
  frame: Frame,
  metric: string,
  label: string,
  colour: ColourName = "line-1",
  look: LineLook = {},
): readonly Line[] {
  return pick(frame, metric)
    .slice(0, 1)
    .map((series) => lineOf(series, label, colour, look));
}

/** One line for each value of a label: known values first, in their order, so that they keep their colours. */
export function linesBy(
  frame: Frame,
  metric: string,
  labelKey: string,
  known: readonly string[] = [],
  labels: LabelFilter = {},
): readonly Line[] {
  const found = pick(frame, metric, labels);
  const values = found.map((series) => series.labels[labelKey] ?? "");
  const others = values.filter((value) => !known.includes(value)).toSorted(byName);
  return [...known, ...others].flatMap((value, index) => {
    const series = found[values.indexOf(value)];
    return series === undefined ? [] : [lineOf(series, value, lineColour(index))];
  });
}

/** Values of a label among a metric's series, by name: the devices, the interfaces. */
export function valuesOf(frame: Frame, metric: string, labelKey: string): readonly string[] {
  const values = new Set(pick(frame, metric).map((series) => series.labels[labelKey] ?? ""));
  return [...values].toSorted(byName);
}

/** The `count` lines that are highest on average, highest first, with their colours dealt anew. */
export function highest(lines: readonly Line[], count: number): readonly Line[] {
  return lines
    .map((line) => ({ line, mean: extentOf(line.values)?.mean ?? 0 }))
    .toSorted((left, right) => right.mean - left.mean)
    .slice(0, count)
    .map(({ line }, index) => ({ ...line, colour: lineColour(index) }));
}

/** Lines added up point by point: all disks, all interfaces. */
export function total(
  frame: Frame,
  metric: string,
  labels: LabelFilter,
  label: string,
  colour: ColourName,
  look: LineLook = {},
): readonly Line[] {
  const found = pick(frame, metric, labels);
  if (found.length === 0) return [];
  const values = frame.times.map((_, index) => {
    let sum: number | null = null;
    for (const series of found) {
      const value = series.values[index];
      if (value !== null && value !== undefined) sum = (sum ?? 0) + value;
    }
    return sum;
  });
  return [{ label, colour, values, ...look }];
}

/** Charts that have something to draw. */
export function drawn(...charts: readonly ChartView[]): readonly ChartView[] {
  return charts.filter((chart) => chart.lines.length > 0);
}

const names = new Intl.Collator("en", { numeric: true });
const byName = (left: string, right: string) => names.compare(left, right);
