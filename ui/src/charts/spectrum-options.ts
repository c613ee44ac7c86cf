// uPlot's options for percentile curves: nines along x, microseconds on a logarithmic y.
import type uPlot from "uplot";
import { formatMicros } from "../format/duration.ts";
import type { ColourName } from "./colour-names.ts";
import { colourOf } from "./colour.ts";
import { axisLook, plotFrame } from "./plot-options.ts";
import { percentileAt, percentileLabel } from "./spectrum.ts";

export function spectrumOptions(
  curves: readonly {
    readonly label: string;
    readonly colour: ColourName;
    readonly dashed?: boolean;
    readonly thin?: boolean;
  }[],
  size: { width: number; height: number },
  point: (index: number | undefined) => void,
): uPlot.Options {
  return {
    ...size,
    padding: [plotFrame.top, plotFrame.right, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: (_, min, max) => [min, Math.max(1, max)] },
      y: { distr: 3 },
    },
    series: [
      {},
      ...curves.map((curve) => ({
        label: curve.label,
        stroke: colourOf(curve.colour, curve.thin ? 0.4 : 1),
        width: curve.thin ? 0.75 : 1.75,
        points: { show: false },
        ...(curve.dashed ? { dash: [5, 4] } : {}),
      })),
    ],
    axes: [
      {
        ...axisLook(),
        size: plotFrame.axis,
        splits: (_plot, _axis, min, max) => ticksBetween(min, max),
        values: (_, splits) => splits.map((nines) => percentileLabel(percentileAt(nines))),
      },
      {
        ...axisLook(),
        size: plotFrame.gutter,
        space: 24,
        values: (_, splits) => splits.map(decadeLabel),
      },
    ],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: {
        size: (_, index) => (curves[index - 1]?.thin ? 0 : 6),
        width: 0,
        fill: (_, index) => colourOf(curves[index - 1]?.colour ?? "ink-2"),
      },
    },
    hooks: { setCursor: [(plot) => point(plot.cursor.idx ?? undefined)] },
  };
}

/** 50 %, then every further nine. */
function ticksBetween(min: number, max: number): number[] {
  const nines = Array.from({ length: Math.floor(max) }, (_, index) => index + 1);
  return [Math.log10(2), ...nines].filter((tick) => tick >= min && tick <= max);
}

/** Labels at 1, 2 and 5 of each decade; the rest of the grid stays bare. */
function decadeLabel(micros: number): string {
  const lead = micros / 10 ** Math.floor(Math.log10(micros) + 1e-9);
  return [1, 2, 5].some((each) => Math.abs(lead - each) < 0.01) ? formatMicros(micros) : "";
}
