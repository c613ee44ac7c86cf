// What each mock host measures: the catalogue's series with plausible values.
import type { Labels, MetricName, SeriesKind } from "@tidemark/proto";
import { cpuAt, fullestOf, memoryAt, rateAt, stallAt } from "./levels.ts";
import { addNetworkSignals } from "./network-signals.ts";
import { busy, seedOf, smooth } from "./noise.ts";

export interface Signal {
  readonly metric: MetricName;
  readonly labels: Labels;
  readonly unit: string;
  readonly kind: SeriesKind;
  at(seconds: number): number;
}

const gib = 2 ** 30;
const mib = 2 ** 20;
const cores = 8;
const memoryBytes = 16 * gib;

/** All series of one host. */
export function signalsOf(agent: string): readonly Signal[] {
  const seed = seedOf(agent);
  const signals: Signal[] = [];
  const add = (
    metric: MetricName,
    unit: string,
    kind: SeriesKind,
    labels: Labels,
    at: (seconds: number) => number,
  ) => signals.push({ metric, labels, unit, kind, at });
  const gauge = (
    metric: MetricName,
    unit: string,
    labels: Labels,
    at: (seconds: number) => number,
  ) => add(metric, unit, "gauge", labels, at);
  const rate = (
    metric: MetricName,
    unit: string,
    labels: Labels,
    at: (seconds: number) => number,
  ) => add(metric, unit, "rate", labels, at);
  const cpu = (seconds: number) => cpuAt(seed, seconds);

  gauge("system.cpu.utilization", "1", {}, cpu);
  const shares = {
    user: 0.62,
    system: 0.24,
    iowait: 0.06,
    interrupt: 0.02,
    nice: 0.03,
    steal: 0.03,
  };
  for (const [mode, share] of Object.entries(shares))
    rate(
      "system.cpu.time",
      "s",
      { "cpu.mode": mode },
      (t) => cpu(t) * cores * share * (0.7 + 0.6 * smooth(seedOf(mode), t, 20)),
    );
  rate("system.cpu.time", "s", { "cpu.mode": "idle" }, (t) => (1 - cpu(t)) * cores);
  for (let core = 0; core < cores; core += 1)
    gauge("system.cpu.core.utilization", "1", { "cpu.logical_number": String(core) }, (t) =>
      Math.min(1, cpu(t) * (0.2 + 1.8 * smooth(seed + core * 7, t, 12))),
    );
  rate("system.cpu.context_switches", "{switch}", {}, (t) => 4_000 + 30_000 * cpu(t));
  rate("system.cpu.interrupts", "{interrupt}", {}, (t) => 2_500 + 12_000 * cpu(t));
  gauge(
    "system.cpu.load_average.1m",
    "{thread}",
    {},
    (t) => cores * (0.3 * smooth(seed + 3, t, 60) + cpu(t) * 0.8),
  );
  gauge(
    "system.cpu.load_average.5m",
    "{thread}",
    {},
    (t) => cores * (0.2 * smooth(seed + 4, t, 300) + 0.15),
  );
  gauge(
    "system.cpu.load_average.15m",
    "{thread}",
    {},
    (t) => cores * (0.1 * smooth(seed + 5, t, 900) + 0.18),
  );

  const used = (t: number) => memoryAt(seed, t) * memoryBytes;
  gauge("system.memory.utilization", "1", {}, (t) => memoryAt(seed, t));
  gauge("system.memory.limit", "By", {}, () => memoryBytes);
  gauge("system.memory.usage", "By", { "system.memory.state": "used" }, used);
  gauge(
    "system.memory.usage",
    "By",
    { "system.memory.state": "cached" },
    (t) => (memoryBytes - used(t)) * 0.7,
  );
  gauge("system.memory.usage", "By", { "system.memory.state": "buffers" }, () => 310 * mib);
  gauge(
    "system.memory.usage",
    "By",
    { "system.memory.state": "free" },
    (t) => (memoryBytes - used(t)) * 0.3 - 310 * mib,
  );
  gauge("system.memory.linux.available", "By", {}, (t) => memoryBytes - used(t));
  gauge("system.memory.linux.dirty", "By", {}, (t) => 40 * mib * busy(seed + 40, t));
  gauge("system.memory.linux.slab", "By", {}, () => 620 * mib);
  gauge("system.memory.linux.shared", "By", {}, () => 180 * mib);
  gauge("system.paging.usage", "By", { "system.paging.state": "used" }, () => 96 * mib);
  gauge("system.paging.usage", "By", { "system.paging.state": "free" }, () => 2 * gib - 96 * mib);
  rate(
    "system.paging.faults",
    "{fault}",
    { "system.paging.fault.type": "minor" },
    (t) => 800 + 9_000 * busy(seed + 41, t),
  );
  rate(
    "system.paging.faults",
    "{fault}",
    { "system.paging.fault.type": "major" },
    (t) => 4 * stallAt(seed + 42, t, 1),
  );
  rate("system.paging.operations", "{operation}", { "system.paging.direction": "in" }, () => 0);
  rate("system.paging.operations", "{operation}", { "system.paging.direction": "out" }, () => 0);
  rate("system.memory.oom_kills", "{process}", {}, () => 0);

  const stalls = [
    ["system.cpu.linux.pressure.total", 0.18],
    ["system.memory.linux.pressure.total", 0.02],
    ["system.io.linux.pressure.total", 0.1],
  ] as const;
  for (const [metric, scale] of stalls) {
    rate(metric, "s", { "system.pressure.stall_type": "some" }, (t) =>
      stallAt(seedOf(metric) + seed, t, scale),
    );
    if (!metric.includes("cpu"))
      rate(metric, "s", { "system.pressure.stall_type": "full" }, (t) =>
        stallAt(seedOf(metric) + seed, t, scale * 0.4),
      );
  }

  for (const [index, device] of ["nvme0n1", "sda"].entries())
    for (const direction of ["read", "write"]) {
      const labels = { "system.device": device, "disk.io.direction": direction };
      const own = seedOf(device + direction) + seed;
      rate("system.disk.io", "By", labels, (t) => rateAt(own, t, (index === 0 ? 24 : 3) * mib));
      rate("system.disk.operations", "{operation}", labels, (t) =>
        rateAt(own, t, index === 0 ? 900 : 60),
      );
    }
  for (const device of ["nvme0n1", "sda"])
    rate("system.disk.io_time", "s", { "system.device": device }, (t) =>
      Math.min(1, rateAt(seedOf(device) + seed, t, 0.3)),
    );

  const mounts = [
    ["/", "/dev/nvme0n1p2", "ext4", 234, 0.41],
    ["/boot/efi", "/dev/nvme0n1p1", "vfat", 0.5, 0.06],
    ["/srv/images", "/dev/sda1", "xfs", 1_860, fullestOf(agent)],
  ] as const;
  for (const [mountpoint, device, type, size, share] of mounts) {
    const labels = {
      "system.filesystem.mountpoint": mountpoint,
      "system.device": device,
      "system.filesystem.type": type,
    };
    gauge(
      "system.filesystem.utilization",
      "1",
      labels,
      (t) => share + 0.002 * smooth(seed, t, 3_000),
    );
    gauge(
      "system.filesystem.usage",
      "By",
      { ...labels, "system.filesystem.state": "used" },
      () => size * gib * share,
    );
    gauge(
      "system.filesystem.usage",
      "By",
      { ...labels, "system.filesystem.state": "free" },
      () => size * gib * (1 - share),
    );
    gauge(
      "system.filesystem.inodes.usage",
      "{inode}",
      { ...labels, "system.filesystem.state": "used" },
      () => 812_000 * share,
    );
    gauge(
      "system.filesystem.inodes.usage",
      "{inode}",
      { ...labels, "system.filesystem.state": "free" },
      () => 11_000_000,
    );
  }

  addNetworkSignals(seed, gauge, rate);

  const states = { running: 3, sleeping: 240, blocked: 1, zombies: 0 };
  for (const [state, count] of Object.entries(states))
    gauge("system.process.count", "{process}", { "process.state": state }, (t) =>
      Math.round(count * (0.8 + 0.4 * smooth(seedOf(state), t, 90))),
    );
  gauge("system.process.threads", "{thread}", {}, (t) =>
    Math.round(900 + 60 * smooth(seed + 60, t, 120)),
  );
  gauge("system.process.runnable", "{thread}", {}, (t) => Math.round(1 + cpu(t) * cores));
  gauge("system.process.blocked", "{thread}", {}, (t) => Math.round(stallAt(seed + 61, t, 4)));
  rate("system.process.created", "{process}", {}, (t) => 2 + 14 * busy(seed + 62, t) ** 2);
  gauge("system.linux.file_handles", "{file}", {}, () => 7_424);

  for (const [index, name] of [
    "maas-rackd.service",
    "nginx.service",
    "postgresql.service",
    "containerd.service",
    "ssh.service",
    "a1b2c3d4e5f6",
    "systemd-journald.service",
    "cron.service",
    "tidemark-agent.service",
  ].entries()) {
    const labels = {
      "cgroup.name": name,
      "cgroup.kind": name.endsWith(".service") ? "service" : "container",
    };
    const own = seedOf(name) + seed;
    rate("container.cpu.time", "s", labels, (t) => (0.9 / (index + 1)) * busy(own, t));
    gauge(
      "container.memory.rss",
      "By",
      labels,
      (t) => (900 / (index + 1)) * mib * (0.9 + 0.2 * smooth(own, t, 200)),
    );
    gauge(
      "container.memory.usage",
      "By",
      labels,
      (t) => (2_100 / (index + 1)) * mib * (0.9 + 0.2 * smooth(own, t, 300)),
    );
    gauge("container.process.count", "{process}", labels, () => 24 - index * 2);
  }
  gauge("systemd.units", "{unit}", { "systemd.unit.state": "active" }, () => 182);
  gauge("systemd.units", "{unit}", { "systemd.unit.state": "inactive" }, () => 67);
  gauge("systemd.units", "{unit}", { "systemd.unit.state": "failed" }, () => 1);

  for (const [index, name] of ["Package id 0", "nvme0", "acpitz"].entries())
    gauge(
      "hw.temperature",
      "Cel",
      { "hw.id": `hwmon${index}`, "hw.name": name },
      (t) => 38 + index * 4 + 30 * cpu(t) * smooth(seed + index, t, 30),
    );

  rate("tidemark.agent.cpu.time", "s", {}, (t) => 0.0019 + 0.0006 * smooth(seed + 70, t, 5));
  gauge("tidemark.agent.memory.rss", "By", {}, (t) => 54 * mib + mib * smooth(seed + 71, t, 60));
  gauge("tidemark.agent.tick.duration", "ms", {}, (t) => 1.3 + 0.8 * smooth(seed + 72, t, 3));
  gauge("tidemark.agent.tick.lateness", "ms", {}, (t) => 1.2 + 0.9 * smooth(seed + 73, t, 4));
  for (const lane of ["metrics", "events", "results"]) {
    gauge("tidemark.agent.outbox.records", "{record}", { lane }, () =>
      lane === "metrics" ? 4 : 0,
    );
    rate("tidemark.agent.outbox.dropped", "{record}", { lane }, () => 0);
  }
  gauge("system.clock.hub_offset", "ms", {}, (t) => 2.5 * smooth(seed + 74, t, 120) - 1);
  return signals;
}
