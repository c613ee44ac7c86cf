// From lines to uPlot's options: axes in the unit's round steps, no interpolation over gaps, colours from the tokens.
import type uPlot from "uplot";
import { formatTick } from "../format/time.ts";
import { formatAxis, units, type UnitName } from "../format/unit.ts";
import { colourOf } from "./colour.ts";
import { valueRange, type Line, type TimeWindow } from "./lines.ts";

export interface PlotShape {
  readonly unit: UnitName;
  readonly lines: readonly Pick<Line, "label" | "colour" | "dashed" | "filled" | "low" | "high">[];
  readonly stacked: boolean;
  readonly top: number | undefined;
  /** Seconds from point to point, for the widest line that still shows each. */
  readonly spans: readonly TimeWindow[];
}

export interface PlotEvents {
  readonly point: (time: number | undefined) => void;
  readonly select: (window: TimeWindow) => void;
  readonly back: () => void;
}

/** Widths in CSS pixels; the gutter is --gutter, the same for every chart so that times line up down the page. */
export const plotFrame = { gutter: 54, right: 8, top: 6, axis: 22 } as const;
const lineWidth = 1.5;
const dragMin = 6;
/** Half the width of the longest label of a time axis. */
const labelHalf = 30;
const timeSteps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600,
  43_200, 86_400, 172_800, 432_000, 864_000,
];

export function plotOptions(
  shape: PlotShape,
  size: { width: number; height: number },
  events: PlotEvents,
): uPlot.Options {
  const unit = units[shape.unit];
  return {
    ...size,
    padding: [plotFrame.top, plotFrame.right, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true },
      y: { range: (_, min, max) => valueRange(min, max, shape.top, unit.floor) },
    },
    series: [
      {},
      ...shape.lines.map((line, index) => seriesOf(line, shape.stacked, index)),
      ...shape.lines.flatMap((line) => edgesOf(line, shape.stacked)),
    ],
    bands: bandsOf(shape),
    axes: [
      {
        ...axisLook(),
        size: plotFrame.axis,
        space: 64,
        incrs: timeSteps,
        values: (plot, splits, _axis, _space, step) =>
          splits.map((seconds) => (isCut(plot, seconds) ? "" : formatTick(seconds, step))),
      },
      {
        ...axisLook(),
        size: plotFrame.gutter,
        space: 26,
        incrs: [...unit.steps],
        values: (_, splits) => splits.map((value) => formatAxis(shape.unit, value)),
      },
    ],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: dragMin },
      points: { size: 6, width: 0, fill: (_, index) => strokeOf(shape.lines[index - 1]) },
      bind: {
        dblclick: () => () => {
          events.back();
          return null;
        },
      },
    },
    hooks: {
      setCursor: [
        (plot) =>
          events.point(
            plot.cursor.left === undefined || plot.cursor.left < 0
              ? undefined
              : plot.posToVal(plot.cursor.left, "x"),
          ),
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < dragMin) return;
          const window = { from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") };
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          events.select(window);
        },
      ],
      drawClear: [(plot) => drawSpans(plot, shape.spans)],
    },
  };
}

/** Whether a label centred on this time would run over the right edge, or into the lowest label of the value axis. */
function isCut(plot: uPlot, seconds: number): boolean {
  const { min, max } = plot.scales["x"] ?? {};
  if (min === undefined || max === undefined || max <= min) return false;
  const width = plot.width - plotFrame.gutter - plotFrame.right;
  const left = ((seconds - min) / (max - min)) * width;
  return left < labelHalf / 2 || width - left < labelHalf - plotFrame.right;
}

const strokeOf = (line: Pick<Line, "colour"> | undefined) =>
  line ? colourOf(line.colour) : "transparent";

function seriesOf(line: PlotShape["lines"][number], stacked: boolean, index: number): uPlot.Series {
  const fill =
    stacked && index === 0
      ? colourOf(line.colour, 0.55)
      : line.filled
        ? colourOf(line.colour, 0.13)
        : undefined;
  return {
    label: line.label,
    stroke: colourOf(line.colour),
    width: stacked ? 1 : lineWidth,
    points: { show: isLone, size: 4 },
    ...(line.dashed ? { dash: [4, 3] } : {}),
    ...(fill === undefined ? {} : { fill }),
  };
}

/** Points only for values with a gap on either side, which would not show as a line. */
const isLone: uPlot.Series.Points.Show = (plot, index, first, last) => {
  const values = plot.data[index];
  if (!values || last - first > 2_000) return false;
  let seen = 0;
  for (let at = first; at <= last; at += 1)
    if (values[at] !== null && values[at] !== undefined) seen += 1;
  return seen === 1;
};

function edgesOf(line: PlotShape["lines"][number], stacked: boolean): uPlot.Series[] {
  if (stacked || !line.low || !line.high) return [];
  const edge = { stroke: "transparent", width: 0, points: { show: false } };
  return [{ ...edge }, { ...edge }];
}

function bandsOf(shape: PlotShape): uPlot.Band[] {
  if (shape.stacked)
    return shape.lines.slice(1).map((line, index) => ({
      series: [index + 2, index + 1],
      fill: colourOf(line.colour, 0.55),
    }));
  let edge = shape.lines.length + 1;
  return shape.lines.flatMap((line) => {
    if (!line.low || !line.high) return [];
    const band: uPlot.Band = { series: [edge + 1, edge], fill: colourOf(line.colour, 0.18) };
    edge += 2;
    return [band];
  });
}

export function axisLook(): uPlot.Axis {
  const style = getComputedStyle(document.documentElement);
  const line = { stroke: colourOf("grid"), width: 1 };
  return {
    stroke: colourOf("ink-3"),
    font: `${style.getPropertyValue("--text-xs")} ${style.getPropertyValue("--font")}`,
    gap: 4,
    grid: line,
    ticks: { show: false },
  };
}

/** Shades spans of time, such as a run within a longer window. */
function drawSpans(plot: uPlot, spans: readonly TimeWindow[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colourOf("accent", 0.07);
  for (const span of spans) {
    const left = Math.max(bbox.left, plot.valToPos(span.from, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(span.to, "x", true));
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}
