// A run's seconds as charts. Counts become rates by the interval's own length; a second that never came is a gap.
import type { Run, RunTimeline } from "@tidemark/proto";
import { drawn, type ChartView } from "../../charts/view.ts";
import type { Values } from "../../charts/sparkline.ts";
import type { TimeWindow } from "../../charts/lines.ts";

/** The timeline with one more interval; an interval that is already there is replaced. */
export function withInterval(timeline: RunTimeline | undefined, entry: RunTimeline): RunTimeline {
  if (timeline === undefined) return entry;
  const known = timeline.times.indexOf(entry.times[0] ?? 0);
  const put = <T>(values: readonly T[], more: readonly T[]): T[] =>
    known === -1
      ? [...values, ...more]
      : values.map((value, index) => (index === known ? (more[0] ?? value) : value));
  return {
    times: put(timeline.times, entry.times),
    durationMs: put(timeline.durationMs, entry.durationMs),
    due: put(timeline.due, entry.due),
    sent: put(timeline.sent, entry.sent),
    completed: put(timeline.completed, entry.completed),
    errors: put(timeline.errors, entry.errors),
    unexpected: put(timeline.unexpected, entry.unexpected),
    dropped: put(timeline.dropped, entry.dropped),
    backlog: put(timeline.backlog, entry.backlog),
    inFlight: put(timeline.inFlight, entry.inFlight),
    response: {
      p50: put(timeline.response.p50, entry.response.p50),
      p90: put(timeline.response.p90, entry.response.p90),
      p99: put(timeline.response.p99, entry.response.p99),
      max: put(timeline.response.max, entry.response.max),
    },
    service: {
      p50: put(timeline.service.p50, entry.service.p50),
      p99: put(timeline.service.p99, entry.service.p99),
    },
  };
}

export interface RunCharts {
  /** Unix seconds of each interval's start, with one more time in every gap. */
  readonly times: readonly number[];
  readonly charts: readonly ChartView[];
}

export function runCharts(timeline: RunTimeline): RunCharts {
  const places = placesOf(timeline);
  const column = (values: Values) =>
    places.map((index) => (index === undefined ? null : (values[index] ?? null)));
  const perSecond = (values: readonly number[]) =>
    places.map((index) =>
      index === undefined
        ? null
        : ((values[index] ?? 0) * 1_000) / Math.max(1, timeline.durationMs[index] ?? 1_000),
    );
  const times = places
    .map((index, place) =>
      index === undefined
        ? (timeline.times[(places[place - 1] ?? 0) + 1] ?? 0) - 1
        : (timeline.times[index] ?? 0),
    )
    .map((ms) => ms / 1_000);
  const { response, service } = timeline;
  const charts = drawn(
    {
      key: "rate",
      title: "Requests",
      help: "Due by the plan, sent, and completed with a response",
      unit: "rate",
      lines: [
        { label: "due", colour: "line-8", dashed: true, values: perSecond(timeline.due) },
        { label: "sent", colour: "line-2", values: perSecond(timeline.sent) },
        { label: "completed", colour: "line-1", values: perSecond(timeline.completed) },
      ],
    },
    {
      key: "response",
      title: "Response latency, from when it was due",
      unit: "micros",
      lines: [
        { label: "p50", colour: "line-1", values: column(response.p50) },
        { label: "p90", colour: "line-3", values: column(response.p90) },
        { label: "p99", colour: "line-2", values: column(response.p99) },
        { label: "max", colour: "line-8", dashed: true, values: column(response.max) },
      ],
    },
    {
      key: "service",
      title: "Service latency, from when it was written",
      unit: "micros",
      lines: [
        { label: "p50", colour: "line-1", values: column(service.p50) },
        { label: "p99", colour: "line-2", values: column(service.p99) },
      ],
    },
    {
      key: "errors",
      title: "What went wrong",
      unit: "rate",
      lines: [
        { label: "errors", colour: "line-7", values: perSecond(timeline.errors) },
        { label: "unexpected", colour: "line-2", values: perSecond(timeline.unexpected) },
        { label: "dropped", colour: "line-4", values: perSecond(timeline.dropped) },
      ],
    },
    {
      key: "queue",
      title: "Waiting and in flight",
      unit: "count",
      lines: [
        { label: "in flight", colour: "line-1", values: column(timeline.inFlight) },
        { label: "waiting for a connection", colour: "line-2", values: column(timeline.backlog) },
      ],
    },
  );
  return { times, charts };
}

/** Indexes into the timeline in order of time, undefined where intervals are missing between two. */
function placesOf({ times, durationMs }: RunTimeline): readonly (number | undefined)[] {
  return times.flatMap((time, index) => {
    const before = times[index - 1];
    const isGap = before !== undefined && time - before > 1.6 * (durationMs[index - 1] ?? 1_000);
    return isGap ? [undefined, index] : [index];
  });
}

/** How long a run takes; of a search, as far as its steps so far let it be told. */
export function plannedSeconds({ durationSeconds, search, warmupSeconds }: Run): number {
  if (search === null) return durationSeconds;
  return (search.steps.length + 1) * (durationSeconds + warmupSeconds + betweenStepsSeconds);
}

/** A step is prepared, started together and gathered in. */
const betweenStepsSeconds = 3;

/** Unix seconds that a run's page shows: the run and a little around it. */
export function runWindow(startedAtMs: number, endMs: number): TimeWindow {
  const margin = Math.max(2, (endMs - startedAtMs) / 40_000);
  return { from: Math.floor(startedAtMs / 1_000 - margin), to: Math.ceil(endMs / 1_000 + margin) };
}
