// Where everything of a history stands: points along time or run after run, releases in bands, levels between change points. Pure.
import type { History, HistoryPoint } from "@tidemark/proto";
import { linearAxis, type LinearAxis } from "../../charts/linear.ts";
import { figureUnits } from "../../format/ratio.ts";
import { units } from "../../format/unit.ts";

export type Series = History["series"][number];
/** Along the days that passed, or each run as far from the next as any other. */
export type Along = "time" | "run";

interface Band {
  readonly release: string;
  /** 0 … 1 along the axis, as all places here. */
  readonly from: number;
  readonly to: number;
}
interface Level {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}
export interface Layout {
  /** Of each point. */
  readonly places: readonly number[];
  readonly bands: readonly Band[];
  /** None without a change point: a level is said only where one was found. */
  readonly levels: readonly Level[];
  readonly changes: readonly { readonly number: number; readonly place: number }[];
  readonly epochs: readonly { readonly place: number; readonly said: string }[];
  readonly axis: LinearAxis;
}

const ticksMax = 6;

export function layoutOf(series: Series, unit: History["unit"], along: Along): Layout {
  const { points } = series;
  const places = along === "run" ? evenly(points.length) : byTime(points);
  const placeOfRun = new Map(points.map(({ run }, index) => [run, places[index] ?? 0]));
  const changes = series.changes.flatMap(({ run }, index) => {
    const place = placeOfRun.get(run);
    return place === undefined ? [] : [{ number: index + 1, place }];
  });
  return {
    places,
    bands: bandsOf(points, places),
    levels: levelsOf(series, placeOfRun),
    changes,
    epochs: series.epochs.flatMap(({ run, changes: differences }) => {
      const place = placeOfRun.get(run);
      const said = differences
        .map(({ what, baseline, candidate }) => `${what}: ${baseline} → ${candidate}`)
        .join("; ");
      return place === undefined ? [] : [{ place, said }];
    }),
    axis: axisOf(points, unit),
  };
}

const evenly = (count: number) =>
  Array.from({ length: count }, (_, index) => (index + 0.5) / count);

function byTime(points: readonly HistoryPoint[]): number[] {
  const [from, to] = [points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 1];
  const span = Math.max(1, to - from);
  return points.map(({ atMs }) => 0.01 + (0.98 * (atMs - from)) / span);
}

/** By the runs that count: what an invalid one measured must not squeeze the rest. */
function axisOf(points: readonly HistoryPoint[], unit: History["unit"]): LinearAxis {
  const counted = points.filter(({ validity }) => validity !== "invalid");
  const values = (counted.length > 0 ? counted : points).flatMap(({ value, low, high }) => [
    value,
    low ?? value,
    high ?? value,
  ]);
  return linearAxis(values, units[figureUnits[unit]], ticksMax);
}

/** Neighbours of one release together; each band reaches halfway to the next. */
function bandsOf(points: readonly HistoryPoint[], places: readonly number[]): Band[] {
  const bands: { release: string; from: number; to: number }[] = [];
  for (const [index, { release }] of points.entries()) {
    const last = bands.at(-1);
    if (last?.release === release) continue;
    const edge = index === 0 ? 0 : ((places[index - 1] ?? 0) + (places[index] ?? 0)) / 2;
    if (last) last.to = edge;
    bands.push({ release, from: edge, to: 1 });
  }
  return bands;
}

function levelsOf({ changes }: Series, placeOfRun: ReadonlyMap<string, number>): Level[] {
  const [first] = changes;
  if (first === undefined) return [];
  const edges = changes.map(({ run }) => placeOfRun.get(run) ?? 0);
  const values = [first.before, ...changes.map(({ after }) => after)];
  return values.map((value, index) => ({
    value,
    from: edges[index - 1] ?? 0,
    to: edges[index] ?? 1,
  }));
}

/** The point nearest to a place along the axis. */
export function nearest(places: readonly number[], place: number): number | undefined {
  let best: number | undefined;
  let distance = Infinity;
  for (const [index, each] of places.entries())
    if (Math.abs(each - place) < distance) {
      best = index;
      distance = Math.abs(each - place);
    }
  return best;
}

/** The latest point at or before a time, or the first; undefined when there is none. Unix seconds. */
export function pointAt(points: readonly HistoryPoint[], seconds: number): number | undefined {
  if (points.length === 0) return undefined;
  return Math.max(
    0,
    points.findLastIndex(({ atMs }) => atMs <= seconds * 1_000),
  );
}

/** What a point is besides its value, in the shape it has: told apart without colour. */
export type PointKind = "valid" | "flagged" | "invalid" | "suspect";
export const kindOf = ({ validity, isSuspect }: HistoryPoint): PointKind =>
  validity === "invalid" ? "invalid" : isSuspect ? "suspect" : validity;
