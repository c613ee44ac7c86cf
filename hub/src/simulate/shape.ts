// What a simulated host looks like: a fixed set of series with the names of the catalogue, repeated over devices until
// there are enough of them. About two in five never change, as on real hosts.
import { type Metric, type MetricName, type Series, metricOf } from "@tidemark/proto";

/** How a series moves: around `base`, by `swing` over the day, with first-order autoregressive noise. */
export interface SimulatedSeries extends Series, Grain {
  readonly base: number;
  readonly swing: number;
  readonly noise: number;
  readonly max: number;
}

/** How finely and how often the kernel counts; it decides how well values compress. */
interface Grain {
  /** Values are whole multiples of it. */
  readonly quantum: number;
  /** Seconds for which a value stays as it is. */
  readonly everySeconds: number;
  /** Share of the seconds in which nothing happens at all: the same seconds for every series of a host. */
  readonly idle: number;
}

const fine: Grain = { quantum: 0, everySeconds: 1, idle: 0 };
const page = 4_096;
/** Load averages are computed every 5 s (LOAD_FREQ); dirty pages are written back, and thus allocated, every 5 s. */
const kernelSeconds = 5;

const grains: Partial<Record<MetricName, Partial<Grain>>> = {
  // USER_HZ is 100 on every architecture we run on; the utilisation of four cores is in their 400 jiffies.
  "system.cpu.time": { quantum: 0.01 },
  "system.cpu.utilization": { quantum: 1 / 400 },
  "system.cpu.load_average.1m": { everySeconds: kernelSeconds },
  "system.cpu.load_average.5m": { everySeconds: kernelSeconds },
  "system.cpu.load_average.15m": { everySeconds: kernelSeconds },
  "system.memory.usage": { quantum: page },
  "system.memory.linux.available": { quantum: page },
  "system.filesystem.usage": { quantum: page, everySeconds: kernelSeconds },
  "system.filesystem.utilization": { everySeconds: kernelSeconds },
  "system.disk.io": { quantum: page, idle: 0.5 },
  "system.disk.operations": { quantum: 1, idle: 0.5 },
  "system.disk.io_time": { quantum: 0.001, idle: 0.5 },
  "system.io.linux.pressure.total": { idle: 0.5 },
  "system.network.tcp.retransmits": { quantum: 1, idle: 0.5 },
};

const unlimited = Number.MAX_SAFE_INTEGER;

function series(
  name: MetricName,
  labels: Readonly<Record<string, string>>,
  [base, swing, noise, max = unlimited]: readonly [number, number, number, number?],
): SimulatedSeries {
  const metric: Metric | undefined = metricOf(name);
  if (metric === undefined) throw new Error(`the catalogue lacks ${name}`);
  const { unit, kind, decimals } = metric;
  const grain = { ...fine, ...grains[name] };
  return { metric: name, labels, unit, kind, decimals, base, swing, noise, max, ...grain };
}

const still = (base: number) => [base, 0, 0] as const;
const gigabyte = 1024 ** 3;

function hostSeries(): SimulatedSeries[] {
  return [
    series("system.cpu.utilization", {}, [0.3, 0.15, 0.05, 1]),
    series("system.cpu.time", { "cpu.mode": "user" }, [0.9, 0.4, 0.15, 4]),
    series("system.cpu.time", { "cpu.mode": "system" }, [0.3, 0.1, 0.05, 4]),
    series("system.cpu.time", { "cpu.mode": "iowait" }, [0.02, 0.01, 0.01, 4]),
    series("system.cpu.time", { "cpu.mode": "steal" }, still(0)),
    series("system.cpu.time", { "cpu.mode": "nice" }, still(0)),
    series("system.cpu.time", { "cpu.mode": "idle" }, [2.7, 0.5, 0.2, 4]),
    series("system.cpu.logical.count", {}, still(4)),
    series("system.cpu.context_switches", {}, [6_000, 2_000, 400]),
    series("system.cpu.interrupts", {}, [3_000, 900, 200]),
    series("system.cpu.load_average.1m", {}, [1.1, 0.5, 0.1]),
    series("system.cpu.load_average.5m", {}, [1.1, 0.5, 0.03]),
    series("system.cpu.load_average.15m", {}, [1.1, 0.5, 0.01]),
    series("system.memory.limit", {}, still(16 * gigabyte)),
    series("system.memory.utilization", {}, [0.55, 0.1, 0.004, 1]),
    series("system.memory.usage", { "system.memory.state": "used" }, [9 * gigabyte, gigabyte, 3e6]),
    series("system.memory.linux.available", {}, [7 * gigabyte, gigabyte, 3e6]),
    series("system.paging.usage", { "system.paging.state": "used" }, still(0)),
    series("system.paging.faults", { "system.paging.fault.type": "minor" }, [900, 300, 250]),
    series("system.paging.faults", { "system.paging.fault.type": "major" }, still(0)),
    series(
      "system.cpu.linux.pressure.total",
      { "system.pressure.stall_type": "some" },
      [0.02, 0.01, 0.01, 1],
    ),
    series(
      "system.io.linux.pressure.total",
      { "system.pressure.stall_type": "some" },
      [0.01, 0.005, 0.01, 1],
    ),
    series(
      "system.memory.linux.pressure.total",
      { "system.pressure.stall_type": "some" },
      still(0),
    ),
    series("system.network.tcp.established", {}, [220, 90, 4]),
    series("system.network.tcp.retransmits", {}, [0.3, 0.2, 0.4]),
    series("system.network.tcp.listen_overflows", {}, still(0)),
    series("system.network.tcp.listen_drops", {}, still(0)),
    series("system.process.count", { "process.state": "running" }, [3, 1, 1]),
    series("system.process.count", { "process.state": "sleeping" }, [180, 10, 1]),
    series("system.process.count", { "process.state": "zombie" }, still(0)),
  ];
}

function deviceSeries(index: number): SimulatedSeries[] {
  const device = {
    "system.device": `sd${String.fromCharCode(97 + (index % 26))}${index >= 26 ? index : ""}`,
  };
  const mount = {
    ...device,
    "system.filesystem.mountpoint": index === 0 ? "/" : `/srv/${index}`,
    "system.filesystem.type": "ext4",
  };
  const nic = { "network.interface.name": `eth${index}` };
  const read = { "disk.io.direction": "read" };
  const write = { "disk.io.direction": "write" };
  const receive = { "network.io.direction": "receive" };
  const transmit = { "network.io.direction": "transmit" };
  return [
    series("system.disk.io", { ...device, ...read }, [2e5, 1e5, 9e4]),
    series("system.disk.io", { ...device, ...write }, [9e5, 4e5, 3e5]),
    series("system.disk.operations", { ...device, ...read }, [12, 6, 6]),
    series("system.disk.operations", { ...device, ...write }, [60, 25, 15]),
    series("system.disk.io_time", device, [0.05, 0.02, 0.02, 1]),
    series("system.disk.pending_operations", device, still(0)),
    series("system.filesystem.utilization", mount, [0.6, 0.01, 0.0001, 1]),
    series(
      "system.filesystem.usage",
      { ...mount, "system.filesystem.state": "used" },
      [6e10, 1e9, 8e4],
    ),
    series(
      "system.filesystem.usage",
      { ...mount, "system.filesystem.state": "reserved" },
      still(5e9),
    ),
    series("system.network.io", { ...nic, ...receive }, [1.1e6, 6e5, 2e5]),
    series("system.network.io", { ...nic, ...transmit }, [8e5, 4e5, 2e5]),
    series("system.network.packet.count", { ...nic, ...receive }, [1_500, 700, 200]),
    series("system.network.packet.count", { ...nic, ...transmit }, [1_300, 600, 200]),
    series("system.network.errors", { ...nic, ...receive }, still(0)),
    series("system.network.errors", { ...nic, ...transmit }, still(0)),
    series("system.network.packet.dropped", { ...nic, ...receive }, still(0)),
  ];
}

/** Exactly `count` series; the same for every call. */
export function simulatedSeries(count: number): readonly SimulatedSeries[] {
  const all = hostSeries();
  for (let index = 0; all.length < count; index += 1) all.push(...deviceSeries(index));
  return all.slice(0, count);
}
