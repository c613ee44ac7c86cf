// What the fleet page shows of every host: latest values from raw samples, half an hour by the minute from the roll-up. Computed
// for the whole fleet at once and kept for a few seconds, however many people look.
import { type Fleet, catalogue } from "@tidemark/proto";
import type { QuerySource } from "./query-source.ts";
import type { SeriesDirectory } from "./series.ts";

export type FleetNumbers = Omit<Fleet["rows"][number], "agent">;

export interface FleetSparklines {
  /** Unix seconds of each point. */
  readonly times: number[];
  /** By host number. */
  readonly hosts: ReadonlyMap<number, FleetNumbers>;
}

const pointSeconds = 60;
const points = 30;
/** A value older than this is not the host's latest any more. */
const latestSeconds = 120;
const keptSeconds = 5;

/** Devices that only pass on what another device does would count twice. */
const stacked =
  /^(dm-|md|loop|ram|zram|lo$|veth|docker|br-|virbr|cni|flannel|cali|vxlan|tap|tun|kube-)/;

const lines = ["cpu", "memory", "disk", "network"] as const;
const classes = [...lines, "fullest", "pressure"] as const;
type Class = (typeof classes)[number];

export function createSparklines(deps: QuerySource) {
  let made: { atSeconds: number; all: Promise<FleetSparklines> } | undefined;
  return async (hosts: readonly number[], nowSeconds: number): Promise<FleetSparklines> => {
    if (made === undefined || Math.abs(nowSeconds - made.atSeconds) >= keptSeconds) {
      const all = compute(deps, nowSeconds);
      made = { atSeconds: nowSeconds, all };
      // A failure is this caller's; the next one tries again.
      all.catch(() => {
        made = undefined;
      });
    }
    const { times, hosts: all } = await made.all;
    const wanted = new Map<number, FleetNumbers>();
    for (const host of hosts) {
      const numbers = all.get(host);
      if (numbers !== undefined) wanted.set(host, numbers);
    }
    return { times, hosts: wanted };
  };
}

async function compute(
  { database, series }: QuerySource,
  nowSeconds: number,
): Promise<FleetSparklines> {
  const end = nowSeconds - (nowSeconds % pointSeconds) + pointSeconds;
  const from = end - points * pointSeconds;
  const times = Array.from({ length: points }, (_, at) => from + at * pointSeconds);
  const { sids, kinds } = classified(series);
  const hosts = new Map<number, FleetNumbers>();
  if (sids.length === 0) return { times, hosts };
  const [latest, history] = await Promise.all([
    database.query<{ host: number; kind: number; total: number; most: number }>(latestSql, {
      sids,
      kinds,
      from: nowSeconds - latestSeconds,
      to: nowSeconds + latestSeconds,
    }),
    database.query<{ host: number; kind: number; at: number[]; mean: number[] }>(historySql, {
      sids,
      kinds,
      from,
      to: end,
      step: pointSeconds,
    }),
  ]);
  const numbersOf = (host: number): FleetNumbers => {
    const known = hosts.get(host);
    if (known !== undefined) return known;
    const none = () => Array.from({ length: points }, () => null);
    const numbers: FleetNumbers = {
      cpu: null,
      memory: null,
      disk: null,
      network: null,
      fullest: null,
      pressure: null,
      sparklines: { cpu: none(), memory: none(), disk: none(), network: none() },
    };
    hosts.set(host, numbers);
    return numbers;
  };
  for (const { host, kind, total, most } of latest) {
    const name = classes[kind];
    if (name !== undefined) numbersOf(host)[name] = isSummed(name) ? total : most;
  }
  for (const { host, kind, at, mean } of history) {
    const name = lines[kind];
    if (name === undefined) continue;
    const line = numbersOf(host).sparklines[name];
    at.forEach((point, index) => {
      line[point] = mean[index] ?? null;
    });
  }
  return { times, hosts };
}

function isSummed(name: Class): boolean {
  return name === "disk" || name === "network";
}

/** The series behind each class, as numbers in `classes`. A series whose unit is not the catalogue's is somebody's invention. */
function classified(directory: SeriesDirectory): { sids: number[]; kinds: number[] } {
  const sids: number[] = [];
  const kinds: number[] = [];
  const add = (
    kind: Class,
    metric: string,
    isPart: (labels: Readonly<Record<string, string>>) => boolean,
  ) => {
    const unit = catalogue.find((entry) => entry.name === metric)?.unit;
    for (const sid of directory.ofMetric(metric)) {
      const series = directory.get(sid);
      if (series === undefined || series.unit !== unit || !isPart(series.labels)) continue;
      sids.push(sid);
      kinds.push(classes.indexOf(kind));
    }
  };
  add("cpu", "system.cpu.utilization", () => true);
  add("memory", "system.memory.utilization", () => true);
  add("disk", "system.disk.io", (labels) => !stacked.test(labels["system.device"] ?? ""));
  add(
    "network",
    "system.network.io",
    (labels) => !stacked.test(labels["network.interface.name"] ?? ""),
  );
  add("fullest", "system.filesystem.utilization", () => true);
  for (const resource of ["cpu", "memory", "io"])
    add(
      "pressure",
      `system.${resource}.linux.pressure.total`,
      (labels) => labels["system.pressure.stall_type"] === "some",
    );
  return { sids, kinds };
}

const kindOf = "transform(sid, {sids:Array(UInt32)}, {kinds:Array(UInt8)}, toUInt8(255))";
const within =
  "sid IN {sids:Array(UInt32)} AND t >= toDateTime({from:UInt32}, 'UTC') AND t < toDateTime({to:UInt32}, 'UTC')";
const rowsMax = 200_000;

const latestSql = `SELECT host, ${kindOf} AS kind, sum(value) AS total, max(value) AS most
  FROM (
    SELECT sid, host, argMax(v, t) AS value
    FROM samples
    WHERE ${within}
    GROUP BY sid, host
  )
  GROUP BY host, kind
  LIMIT ${rowsMax}`;

const historySql = `SELECT host, kind, groupArray(point) AS at, groupArray(round(value, 4)) AS mean
  FROM (
    SELECT host, ${kindOf} AS kind, point, sum(series) AS value
    FROM (
      SELECT sid, host, intDiv(toUInt32(t) - {from:UInt32}, {step:UInt32}) AS point, sum(sm) / sum(n) AS series
      FROM samples_1m
      WHERE ${within}
      GROUP BY sid, host, point
    )
    WHERE kind < ${lines.length}
    GROUP BY host, kind, point
  )
  GROUP BY host, kind
  LIMIT ${rowsMax}`;
