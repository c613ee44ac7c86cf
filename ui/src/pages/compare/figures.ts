// The figures of a comparison as charts need them: each run's value, the axis its dots share, and the axis all intervals share. Pure.
import type { EvidenceRun, Figure, FigureComparison, Verdict } from "@tidemark/proto";
import { linearAxis, type LinearAxis } from "../../charts/linear.ts";
import { figureUnits } from "../../format/ratio.ts";
import { units } from "../../format/unit.ts";

export const sides = ["baseline", "candidate"] as const;
export type SideName = (typeof sides)[number];

export interface Dot {
  readonly run: EvidenceRun;
  readonly side: SideName;
  readonly value: number;
}

/** A figure of one run; null where it is withheld. */
export function figureOf({ figures }: Pick<EvidenceRun, "figures">, figure: Figure): number | null {
  switch (figure) {
    case "p50":
    case "p95":
    case "p99":
      return figures[figure];
    case "errors":
      return figures.errorRatio;
    case "capacity":
      return figures.capacityPerSecond;
  }
}

/** Every run of both sides that has the figure. */
export function dotsOf(verdict: Verdict, figure: Figure): readonly Dot[] {
  return sides.flatMap((side) =>
    verdict[side].runs.flatMap((run) => {
      const value = figureOf(run, figure);
      return value === null ? [] : [{ run, side, value }];
    }),
  );
}

const ticksMax = 5;

export const dotsAxis = (dots: readonly Dot[], { unit }: FigureComparison): LinearAxis =>
  linearAxis(
    dots.map(({ value }) => value),
    units[figureUnits[unit]],
    ticksMax,
  );

/** What does not matter of a figure, as the hub judges it: errors and capacity have margins of their own. */
export function marginOf(figure: Figure, marginRatio: number): number {
  switch (figure) {
    case "p50":
    case "p95":
    case "p99":
      return marginRatio;
    case "errors":
      return errorMargin;
    case "capacity":
      return Math.min(marginRatio, capacityMarginRatio);
  }
}
/** A tenth of the share of errors at which latencies are withheld. */
const errorMargin = 0.001;
const capacityMarginRatio = 0.02;

/** One axis for the intervals of every figure that is a ratio, and one for errors; zero and the margins always within. */
export function forestAxis({ figures, marginRatio }: Verdict, figure: Figure): LinearAxis {
  const together = figures.filter((each) => (each.figure === "errors") === (figure === "errors"));
  const ends = together.flatMap(({ figure: which, ratio, low, high }) => [
    -marginOf(which, marginRatio),
    marginOf(which, marginRatio),
    ...[ratio, low, high].filter((each) => each !== null),
  ]);
  return linearAxis([0, ...ends], units.percent, ticksMax);
}

/** A side's label where there is little room: the value alone of a lone label, what it is otherwise. */
export function shortLabel(label: string, side: SideName, lengthMax = 10): string {
  const terms = label.split(/,\s*/);
  const value = terms.length === 1 ? (label.split("=").at(-1) ?? label) : label;
  return value !== "" && value.length <= lengthMax ? value : side;
}
