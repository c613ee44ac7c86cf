// The metric catalogue: every metric an agent ships, with the name and unit of OpenTelemetry's semantic conventions
// (or the collector contrib's where the conventions have none; ours say so in `help`). UI, API and docs read it from here.
import type { SeriesKind } from "./series.ts";

export interface Metric {
  /** OpenTelemetry name. */
  readonly name: string;
  /** UCUM unit as OpenTelemetry writes it: By, s, 1, {packet}. A `rate` is this unit per second. */
  readonly unit: string;
  readonly kind: SeriesKind;
  /** Digits after the point that are kept; the rounding is what makes a sample cost a byte. */
  readonly decimals: number;
  /** Label keys that a series of this metric may carry. */
  readonly labels: readonly string[];
  readonly help: string;
}

const gauge = (
  name: string,
  unit: string,
  decimals: number,
  labels: readonly string[],
  help: string,
) => ({ name, unit, kind: "gauge", decimals, labels, help }) as const satisfies Metric;
const rate = (
  name: string,
  unit: string,
  decimals: number,
  labels: readonly string[],
  help: string,
) => ({ name, unit, kind: "rate", decimals, labels, help }) as const satisfies Metric;

const core = ["cpu.logical_number"] as const;
const device = ["system.device"] as const;
const diskDirection = ["system.device", "disk.io.direction"] as const;
const mount = ["system.filesystem.mountpoint", "system.device", "system.filesystem.type"] as const;
const nicDirection = ["network.interface.name", "network.io.direction"] as const;
const cgroup = ["cgroup.name", "cgroup.kind"] as const;
const sensor = ["hw.id", "hw.name"] as const;

export const catalogue = [
  // cpu
  rate(
    "system.cpu.time",
    "s",
    4,
    ["cpu.mode"],
    "CPU seconds used per second over all cores, by mode",
  ),
  gauge(
    "system.cpu.utilization",
    "1",
    4,
    [],
    "Fraction of all cores that was busy (not idle, not waiting for IO)",
  ),
  gauge("system.cpu.core.utilization", "1", 3, core, "Fraction of one core that was busy"),
  gauge("system.cpu.logical.count", "{cpu}", 0, [], "Logical cores online"),
  rate("system.cpu.context_switches", "{switch}", 0, [], "Context switches"),
  rate("system.cpu.interrupts", "{interrupt}", 0, [], "Interrupts serviced"),
  gauge("system.cpu.load_average.1m", "{thread}", 2, [], "Load average over 1 minute"),
  gauge("system.cpu.load_average.5m", "{thread}", 2, [], "Load average over 5 minutes"),
  gauge("system.cpu.load_average.15m", "{thread}", 2, [], "Load average over 15 minutes"),
  // memory and paging
  gauge(
    "system.memory.usage",
    "By",
    0,
    ["system.memory.state"],
    "Memory by state; used = total - available",
  ),
  gauge("system.memory.utilization", "1", 4, [], "Fraction of memory that is not available"),
  gauge("system.memory.limit", "By", 0, [], "Memory installed"),
  gauge(
    "system.memory.linux.available",
    "By",
    0,
    [],
    "Memory that new programs could get without swapping",
  ),
  gauge("system.memory.linux.dirty", "By", 0, [], "Memory waiting to be written to disk"),
  gauge("system.memory.linux.slab", "By", 0, [], "Kernel data structures"),
  gauge("system.memory.linux.shared", "By", 0, [], "Shared memory and tmpfs"),
  gauge("system.paging.usage", "By", 0, ["system.paging.state"], "Swap by state"),
  rate(
    "system.paging.faults",
    "{fault}",
    0,
    ["system.paging.fault.type"],
    "Page faults; major ones read from disk",
  ),
  rate(
    "system.paging.operations",
    "{operation}",
    0,
    ["system.paging.direction"],
    "Pages swapped in and out",
  ),
  rate(
    "system.memory.oom_kills",
    "{process}",
    3,
    [],
    "Processes killed for want of memory (no OpenTelemetry name)",
  ),
  // pressure
  rate(
    "system.cpu.linux.pressure.total",
    "s",
    4,
    ["system.pressure.stall_type"],
    "Share of time in which tasks waited for a CPU (PSI)",
  ),
  rate(
    "system.memory.linux.pressure.total",
    "s",
    4,
    ["system.pressure.stall_type"],
    "Share of time in which tasks waited for memory (PSI)",
  ),
  rate(
    "system.io.linux.pressure.total",
    "s",
    4,
    ["system.pressure.stall_type"],
    "Share of time in which tasks waited for IO (PSI)",
  ),
  // disk
  rate("system.disk.io", "By", 0, diskDirection, "Bytes read and written"),
  rate("system.disk.operations", "{operation}", 1, diskDirection, "Reads and writes completed"),
  rate(
    "system.disk.operation_time",
    "s",
    4,
    diskDirection,
    "Seconds spent in reads and writes, per second",
  ),
  rate(
    "system.disk.merged",
    "{operation}",
    1,
    diskDirection,
    "Reads and writes merged before they reached the device",
  ),
  rate("system.disk.io_time", "s", 4, device, "Share of time in which the device was busy"),
  rate("system.disk.weighted_io_time", "s", 4, device, "Mean queue length over the interval"),
  gauge("system.disk.pending_operations", "{operation}", 0, device, "Operations in flight"),
  // filesystem
  gauge(
    "system.filesystem.usage",
    "By",
    0,
    [...mount, "system.filesystem.state"],
    "Bytes by state; reserved is root's alone",
  ),
  gauge("system.filesystem.utilization", "1", 4, mount, "Fraction used, as df counts it"),
  gauge(
    "system.filesystem.inodes.usage",
    "{inode}",
    0,
    [...mount, "system.filesystem.state"],
    "Inodes by state",
  ),
  // network
  rate("system.network.io", "By", 0, nicDirection, "Bytes received and sent"),
  rate("system.network.packet.count", "{packet}", 0, nicDirection, "Packets received and sent"),
  rate("system.network.errors", "{error}", 2, nicDirection, "Packets with errors"),
  rate("system.network.packet.dropped", "{packet}", 2, nicDirection, "Packets dropped"),
  // tcp, sockets, conntrack
  gauge("system.network.tcp.established", "{connection}", 0, [], "Established TCP connections"),
  rate(
    "system.network.tcp.opens",
    "{connection}",
    1,
    ["network.connection.open"],
    "TCP connections opened, active and passive",
  ),
  rate(
    "system.network.tcp.segments",
    "{segment}",
    0,
    ["network.io.direction"],
    "TCP segments received and sent",
  ),
  rate("system.network.tcp.retransmits", "{segment}", 2, [], "TCP segments sent again"),
  rate("system.network.tcp.resets", "{segment}", 2, [], "TCP resets sent"),
  rate(
    "system.network.tcp.listen_overflows",
    "{connection}",
    2,
    [],
    "Connections refused because an accept queue was full",
  ),
  rate(
    "system.network.tcp.listen_drops",
    "{connection}",
    2,
    [],
    "Connections dropped while listening, for any reason",
  ),
  rate(
    "system.network.udp.errors",
    "{datagram}",
    2,
    [],
    "UDP datagrams lost to errors or full buffers",
  ),
  gauge(
    "system.network.sockets",
    "{socket}",
    0,
    ["network.transport", "network.connection.state"],
    "Sockets by protocol: in use, time-wait, orphaned",
  ),
  gauge(
    "system.network.conntrack.count",
    "{entry}",
    0,
    [],
    "Entries of the connection tracking table",
  ),
  gauge("system.network.conntrack.max", "{entry}", 0, [], "Size of the connection tracking table"),
  // hardware
  gauge("hw.temperature", "Cel", 1, sensor, "Temperature"),
  gauge("hw.fan.speed", "rpm", 0, sensor, "Fan speed"),
  // processes
  gauge("system.process.count", "{process}", 0, ["process.state"], "Processes by state"),
  gauge("system.process.threads", "{thread}", 0, [], "Threads"),
  rate("system.process.created", "{process}", 1, [], "Processes started"),
  gauge("system.process.runnable", "{thread}", 0, [], "Threads running or waiting for a CPU"),
  gauge("system.process.blocked", "{thread}", 0, [], "Threads waiting for IO"),
  gauge("system.linux.file_handles", "{file}", 0, [], "Open file handles"),
  gauge("system.uptime", "s", 0, [], "Time since boot"),
  // cgroups
  rate(
    "container.cpu.time",
    "s",
    4,
    cgroup,
    "CPU seconds used per second by a service or container",
  ),
  rate("container.cpu.throttled", "s", 4, cgroup, "Seconds throttled per second by a CPU limit"),
  gauge("container.memory.usage", "By", 0, cgroup, "Memory charged, page cache included"),
  gauge("container.memory.rss", "By", 0, cgroup, "Anonymous memory"),
  gauge("container.memory.limit", "By", 0, cgroup, "Memory limit, where there is one"),
  rate("container.disk.io", "By", 0, [...cgroup, "disk.io.direction"], "Bytes read and written"),
  gauge("container.process.count", "{process}", 0, cgroup, "Processes and threads"),
  // systemd
  gauge("systemd.units", "{unit}", 0, ["systemd.unit.state"], "Units by active state"),
  gauge("systemd.unit.failed", "1", 0, ["systemd.unit.name"], "1 for every failed unit"),
  // clock
  gauge(
    "system.clock.synchronized",
    "1",
    0,
    [],
    "1 when the clock is kept right, by the word of chrony or systemd",
  ),
  gauge(
    "system.clock.offset",
    "ms",
    3,
    [],
    "Reference clock minus this host's, by the word of chrony",
  ),
  gauge(
    "system.clock.hub_offset",
    "ms",
    1,
    [],
    "Hub clock minus this host's clock, by the last beat",
  ),
  // the agent itself
  rate("tidemark.agent.cpu.time", "s", 5, [], "CPU seconds per second used by the agent"),
  gauge("tidemark.agent.memory.rss", "By", 0, [], "Resident memory of the agent"),
  gauge("tidemark.agent.tick.duration", "ms", 2, [], "Time one sampling tick took"),
  gauge("tidemark.agent.tick.lateness", "ms", 2, [], "How long after its second a tick began"),
  rate(
    "tidemark.agent.tick.missed",
    "{tick}",
    3,
    [],
    "Seconds not sampled: the agent came too late",
  ),
  gauge("tidemark.agent.collector.duration", "ms", 2, ["collector"], "Time one collector took"),
  gauge("tidemark.agent.collector.success", "1", 0, ["collector"], "0 while a collector fails"),
  gauge(
    "tidemark.agent.collector.left_out",
    "{thing}",
    0,
    ["collector"],
    "Mounts, groups or sensors left out because of a bound or a fault",
  ),
  gauge("tidemark.agent.outbox.bytes", "By", 0, ["lane"], "Bytes held on disk for the hub"),
  gauge("tidemark.agent.outbox.records", "{record}", 0, ["lane"], "Records not yet acknowledged"),
  rate(
    "tidemark.agent.outbox.dropped",
    "{record}",
    2,
    ["lane"],
    "Records dropped because the outbox was full or too old",
  ),
  gauge(
    "tidemark.agent.tasks.refused",
    "{task}",
    0,
    ["code"],
    "Tasks of the hub refused since the start, by why",
  ),
  gauge(
    "tidemark.agent.load.started",
    "{start}",
    0,
    ["kind"],
    "Load runs and single tried requests started since the start",
  ),
  gauge("tidemark.agent.series", "{series}", 0, [], "Series in the current table"),
  gauge(
    "tidemark.agent.series.refused",
    "{series}",
    0,
    [],
    "Series left out since the start because a bound of the table bit",
  ),
] as const satisfies readonly Metric[];

export type MetricName = (typeof catalogue)[number]["name"];

const byName = new Map<string, Metric>(catalogue.map((metric) => [metric.name, metric]));

export function metricOf(name: string): Metric | undefined {
  return byName.get(name);
}
