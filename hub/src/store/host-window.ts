// What a host's samples say of a stretch of time: the few series by which a run is judged, each by its mean, its worst slice and its
// largest step, worked out where the samples are.
import type { MetricName } from "@tidemark/proto";
import type { QuerySource } from "./query-source.ts";

/** From … to, Unix seconds, to exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Reading {
  readonly mean: number;
  /** The highest mean of a slice. */
  readonly worst: number;
  /** The largest change from one sample to the next. */
  readonly step: number;
}

/** Fractions of time or of all cores, pages per second, ms. Undefined where the host has sent no such samples. */
export interface HostWindow {
  readonly steal: Reading | undefined;
  readonly cpuPressure: Reading | undefined;
  /** Of the agent's own service. */
  readonly throttled: Reading | undefined;
  readonly swapIn: Reading | undefined;
  readonly clockOffset: Reading | undefined;
  readonly hubOffset: Reading | undefined;
}

interface Watched {
  readonly what: keyof HostWindow | "cores";
  readonly metric: MetricName;
  readonly label?: { readonly key: string; readonly value: RegExp };
}

const watched: readonly Watched[] = [
  { what: "steal", metric: "system.cpu.time", label: { key: "cpu.mode", value: /^steal$/ } },
  { what: "cores", metric: "system.cpu.logical.count" },
  {
    what: "cpuPressure",
    metric: "system.cpu.linux.pressure.total",
    label: { key: "system.pressure.stall_type", value: /^some$/ },
  },
  {
    what: "throttled",
    metric: "container.cpu.throttled",
    label: { key: "cgroup.name", value: /tidemark-agent/ },
  },
  {
    what: "swapIn",
    metric: "system.paging.operations",
    label: { key: "system.paging.direction", value: /^in$/ },
  },
  { what: "clockOffset", metric: "system.clock.offset" },
  { what: "hubOffset", metric: "system.clock.hub_offset" },
];

/** Slices of a span; none is shorter than a second. */
const slices = 60;
const rowsMax = 10_000;

interface Row {
  readonly host: number;
  readonly sid: number;
  readonly mean: number;
  readonly worst: number;
  readonly step: number;
}

/** Of the raw samples, which are kept for days: runs are judged when they have ended. */
export async function readHostWindows(
  { database, series }: Pick<QuerySource, "database" | "series">,
  hosts: readonly number[],
  span: Span,
): Promise<ReadonlyMap<number, HostWindow>> {
  const meanings = meaningsOf(series);
  if (hosts.length === 0 || meanings.size === 0) return new Map();
  const rows = await database.query<Row>(
    `SELECT host, sid, avg(v) AS mean, arrayMax(mapValues(avgMap(map(slice, v)))) AS worst,
      arrayMax(change -> abs(change), arrayDifference(arrayMap(sample -> sample.2, arraySort(groupArray((t, v)))))) AS step
    FROM (
      SELECT host, sid, t, v, toUInt32(intDiv(toUInt32(t) - {from:UInt32}, {slice:UInt32})) AS slice
      FROM samples
      WHERE sid IN {sids:Array(UInt32)}
        AND host IN {hosts:Array(UInt32)}
        AND t >= toDateTime({from:UInt32}, 'UTC')
        AND t < toDateTime({to:UInt32}, 'UTC')
    )
    GROUP BY host, sid
    LIMIT ${rowsMax}`,
    {
      sids: [...meanings.keys()],
      hosts,
      from: span.from,
      to: span.to,
      slice: Math.max(1, Math.ceil((span.to - span.from) / slices)),
    },
  );
  const byHost = Map.groupBy(rows, ({ host }) => host);
  return new Map(Array.from(byHost, ([host, own]) => [host, windowOf(own, meanings)]));
}

function meaningsOf(series: QuerySource["series"]): ReadonlyMap<number, Watched["what"]> {
  const meanings = new Map<number, Watched["what"]>();
  for (const { what, metric, label } of watched)
    for (const sid of series.ofMetric(metric)) {
      const value = label === undefined ? undefined : series.get(sid)?.labels[label.key];
      if (label === undefined || (value !== undefined && label.value.test(value)))
        meanings.set(sid, what);
    }
  return meanings;
}

function windowOf(
  rows: readonly Row[],
  meanings: ReadonlyMap<number, Watched["what"]>,
): HostWindow {
  // Two series of one meaning, as after a change of units: the worse one.
  const of = (what: Watched["what"]): Reading | undefined =>
    rows
      .filter(({ sid }) => meanings.get(sid) === what)
      .reduce<Row | undefined>(
        (most, row) => (most && most.mean > row.mean ? most : row),
        undefined,
      );
  const cores = of("cores")?.mean ?? 0;
  const steal = of("steal");
  return {
    // Stolen seconds are over all cores; without their number they say nothing.
    steal:
      steal && cores > 0
        ? { mean: steal.mean / cores, worst: steal.worst / cores, step: steal.step / cores }
        : undefined,
    cpuPressure: of("cpuPressure"),
    throttled: of("throttled"),
    swapIn: of("swapIn"),
    clockOffset: of("clockOffset"),
    hubOffset: of("hubOffset"),
  };
}
