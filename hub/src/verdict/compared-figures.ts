// The figures of a comparison: how each is read from a run, on which scale sides differ, which way is worse, and what is too little
// to matter.
import type { Figure, RunFigures } from "@tidemark/proto";

export interface ComparedFigure {
  readonly figure: Figure;
  readonly unit: "us" | "1" | "1/s";
  /** ratio: sides are compared as logarithms. difference: as they are, since a ratio of errors may be to none. */
  readonly scale: "ratio" | "difference";
  readonly worse: "higher" | "lower";
  /** Undefined where the run withholds it. */
  readonly value: (figures: RunFigures) => number | undefined;
  /** Differences below this do not matter: a ratio less one, or a difference. */
  readonly marginOf: (marginRatio: number) => number;
}

/** Of a capacity 2 % matter, however wide the margin for latencies is: Tidemark's searches end within that. */
export const capacityMarginRatio = 0.02;
/** A tenth of the share of errors at which latencies are withheld. */
export const errorMargin = 0.001;

const latency = (figure: "p50" | "p95" | "p99"): ComparedFigure => ({
  figure,
  unit: "us",
  scale: "ratio",
  worse: "higher",
  value: (figures) => figures[figure] ?? undefined,
  marginOf: (marginRatio) => marginRatio,
});

export const comparedFigures = {
  p50: latency("p50"),
  p95: latency("p95"),
  p99: latency("p99"),
  errors: {
    figure: "errors",
    unit: "1",
    scale: "difference",
    worse: "higher",
    value: ({ errorRatio }) => errorRatio,
    marginOf: () => errorMargin,
  },
  capacity: {
    figure: "capacity",
    unit: "1/s",
    scale: "ratio",
    worse: "lower",
    value: ({ capacityPerSecond }) => capacityPerSecond ?? undefined,
    marginOf: (marginRatio) => Math.min(marginRatio, capacityMarginRatio),
  },
} as const satisfies Readonly<Record<Figure, ComparedFigure>>;

/** Those that are tested together: of a search its answer takes the place of errors, which it seeks. */
export function familyOf(runs: readonly { readonly figures: RunFigures }[]): ComparedFigure[] {
  const { p50, p95, p99, errors, capacity } = comparedFigures;
  const isSearch = runs.some(({ figures }) => capacity.value(figures) !== undefined);
  return [p50, p95, p99, isSearch ? capacity : errors].filter(({ value }) =>
    runs.some(({ figures }) => value(figures) !== undefined),
  );
}

/** Below the histogram's finest step a latency is half of it: zero has no logarithm. */
const leastValue = 0.5;

/** On the scale on which sides are compared. */
export function scaled({ scale }: ComparedFigure, value: number): number {
  return scale === "ratio" ? Math.log(Math.max(value, leastValue)) : value;
}

/** Back from that scale: a ratio less one, or the difference itself. */
export function shownAs({ scale }: ComparedFigure, effect: number): number {
  return scale === "ratio" ? Math.expm1(effect) : effect;
}

/** The margin on the scale: so many times less counts as much as so many times more. */
export function scaledMargin(figure: ComparedFigure, marginRatio: number): number {
  const margin = figure.marginOf(marginRatio);
  return figure.scale === "ratio" ? Math.log1p(margin) : margin;
}
