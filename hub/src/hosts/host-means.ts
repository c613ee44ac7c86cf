// Means of hosts' metrics over stretches of time: from the finest samples that are still kept, as the metrics of proto's `hostMetrics`.
import { type HostMetricName, type MetricName, hostMetrics } from "@tidemark/proto";
import type { QuerySource } from "../store/query-source.ts";
import { readMeans } from "../store/means.ts";
import type { Span } from "../store/host-window.ts";

type Labels = Readonly<Record<string, string>>;

/** What a figure is the sum of. */
interface Part {
  readonly metric: MetricName;
  /** Whether a series counts. */
  readonly takes?: (labels: Labels) => boolean;
  /** Seconds of all cores become a fraction of them. */
  readonly perCore?: true;
}

/** Devices that only pass on what another device does would count twice. */
const stacked =
  /^(dm-|md|loop|ram|zram|lo$|veth|docker|br-|virbr|cni|flannel|cali|vxlan|tap|tun|kube-)/;
const labelled =
  (key: string, value: string) =>
  (labels: Labels): boolean =>
    labels[key] === value;
const device =
  (key: string, direction: string, value: string) =>
  (labels: Labels): boolean =>
    labels[direction] === value && !stacked.test(labels[key] ?? "");

const parts: Record<HostMetricName, Part> = {
  "cpu in use": { metric: "system.cpu.utilization" },
  "cpu stolen": { metric: "system.cpu.time", takes: labelled("cpu.mode", "steal"), perCore: true },
  "cpu waiting for io": {
    metric: "system.cpu.time",
    takes: labelled("cpu.mode", "iowait"),
    perCore: true,
  },
  "load average": { metric: "system.cpu.load_average.1m" },
  "cpu pressure": {
    metric: "system.cpu.linux.pressure.total",
    takes: labelled("system.pressure.stall_type", "some"),
  },
  "memory pressure": {
    metric: "system.memory.linux.pressure.total",
    takes: labelled("system.pressure.stall_type", "some"),
  },
  "io pressure": {
    metric: "system.io.linux.pressure.total",
    takes: labelled("system.pressure.stall_type", "some"),
  },
  "memory used": {
    metric: "system.memory.usage",
    takes: labelled("system.memory.state", "used"),
  },
  "disk read": {
    metric: "system.disk.io",
    takes: device("system.device", "disk.io.direction", "read"),
  },
  "disk written": {
    metric: "system.disk.io",
    takes: device("system.device", "disk.io.direction", "write"),
  },
  "network received": {
    metric: "system.network.io",
    takes: device("network.interface.name", "network.io.direction", "receive"),
  },
  "network sent": {
    metric: "system.network.io",
    takes: device("network.interface.name", "network.io.direction", "transmit"),
  },
  "tcp retransmits": { metric: "system.network.tcp.retransmits" },
  "agent cpu": { metric: "tidemark.agent.cpu.time" },
};
const cores = "system.cpu.logical.count";

export type Means = Readonly<Record<string, number>>;

/** By host number; a metric that a host lacks is absent. */
export async function readHostMeans(
  source: QuerySource,
  hosts: readonly number[],
  span: Span,
): Promise<ReadonlyMap<number, Means>> {
  const { series } = source;
  const sidsOf = ({ metric, takes }: Pick<Part, "metric" | "takes">) =>
    series.ofMetric(metric).filter((sid) => takes?.(series.get(sid)?.labels ?? {}) ?? true);
  const wanted = hostMetrics.map(({ name }) => ({
    name,
    ...parts[name],
    sids: sidsOf(parts[name]),
  }));
  const coreSids = sidsOf({ metric: cores });
  const means = await readMeans(
    source,
    [...coreSids, ...wanted.flatMap(({ sids }) => sids)],
    hosts,
    span,
  );
  return new Map(
    Array.from(means, ([host, bySid]) => {
      const sumOf = (sids: readonly number[]) => {
        const known = sids.flatMap((sid) => bySid.get(sid) ?? []);
        return known.length === 0 ? undefined : known.reduce((sum, mean) => sum + mean, 0);
      };
      const count = sumOf(coreSids);
      const entries = wanted.flatMap(({ name, sids, perCore }): [string, number][] => {
        const sum = sumOf(sids);
        if (sum === undefined) return [];
        if (perCore !== true) return [[name, sum]];
        return count === undefined || count === 0 ? [] : [[name, sum / count]];
      });
      return [host, Object.fromEntries(entries)];
    }),
  );
}
