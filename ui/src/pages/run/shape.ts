// A shape of load as a rate, as a line over time, and in the words a list has room for. Pure.
import { pacingText, peakPerSecond, type Run } from "@tidemark/proto";
import { formatShort } from "../../format/number.ts";

type Shape = Run["pacing"];

/** What a list says of a run's load; of a search that has ended, its answer. */
export function loadInWords({ pacing, search }: Pick<Run, "pacing" | "search">): string {
  const answer = search?.answerPerSecond ?? undefined;
  return answer === undefined ? pacingText(pacing) : `capacity ${formatShort(answer)}/s`;
}

/** Highest rate asked for at any moment, requests/s; undefined where the target decides. */
export function peakOf(shape: Shape): number | undefined {
  return shape.kind === "search" ? shape.toPerSecond : peakPerSecond(shape);
}

/** Whether requests are sent on answers alone, whatever the clock says. */
export const isClosed = (shape: Shape): boolean => shape.kind === "closed" || shape.kind === "max";

/** A corner of the line that a shape's rate draws over time. */
export interface RatePoint {
  readonly seconds: number;
  readonly perSecond: number;
}

/** The line of an open shape's rate, from corner to corner; empty where the target decides, or steps do. */
export function ratePoints(shape: Shape, durationSeconds: number): readonly RatePoint[] {
  const line = (from: number, to: number) => [
    { seconds: 0, perSecond: from },
    { seconds: durationSeconds, perSecond: to },
  ];
  switch (shape.kind) {
    case "constant":
    case "poisson":
      return line(shape.ratePerSecond, shape.ratePerSecond);
    case "ramp":
      return line(shape.fromPerSecond, shape.toPerSecond);
    case "stages": {
      let seconds = 0;
      const corners = shape.stages.map(({ durationMs, toPerSecond }) => {
        seconds += durationMs / 1_000;
        return { seconds, perSecond: toPerSecond };
      });
      return [{ seconds: 0, perSecond: shape.fromPerSecond }, ...corners];
    }
    case "closed":
    case "max":
    case "search":
      return [];
  }
}

/** The rate at a moment of the run; undefined where there is no line, or it has ended. */
export function ratePerSecondAt(
  shape: Shape,
  seconds: number,
  durationSeconds: number,
): number | undefined {
  const points = ratePoints(shape, durationSeconds);
  const next = points.findIndex((point) => point.seconds >= seconds);
  const [before, after] = [points[next - 1], points[next]];
  if (before === undefined || after === undefined) return after?.perSecond;
  const share = (seconds - before.seconds) / (after.seconds - before.seconds);
  return before.perSecond + (after.perSecond - before.perSecond) * share;
}
