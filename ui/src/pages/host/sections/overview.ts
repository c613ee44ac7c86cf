import { drawn, lineOf, pick, single, total } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

export const overview: Section = {
  id: "overview",
  title: "Overview",
  expected: 6,
  absent: "No samples within this window.",
  metrics: [
    "system.cpu.utilization",
    "system.memory.utilization",
    "system.cpu.linux.pressure.total",
    "system.memory.linux.pressure.total",
    "system.io.linux.pressure.total",
    "system.disk.io",
    "system.network.io",
    "system.cpu.load_average.1m",
    "system.cpu.load_average.5m",
    "system.cpu.load_average.15m",
  ],
  charts: (frame) =>
    drawn(
      {
        key: "cpu",
        title: "CPU",
        help: "Share of all cores that was busy",
        unit: "percent",
        top: 1,
        lines: single(frame, "system.cpu.utilization", "busy", "line-1", { filled: true }),
      },
      {
        key: "memory",
        title: "Memory",
        help: "Share of memory that is not available",
        unit: "percent",
        top: 1,
        lines: single(frame, "system.memory.utilization", "used", "line-1", { filled: true }),
      },
      {
        key: "pressure",
        title: "Pressure",
        help: "Share of time in which some task waited for CPU, memory or IO",
        unit: "percent",
        top: 0.1,
        lines: (["cpu", "memory", "io"] as const).flatMap((what, index) =>
          pick(frame, `system.${what}.linux.pressure.total`, {
            "system.pressure.stall_type": "some",
          }).map((series) =>
            lineOf(series, what, (["line-1", "line-4", "line-2"] as const)[index] ?? "line-8"),
          ),
        ),
      },
      {
        key: "load",
        title: "Load average",
        unit: "count",
        lines: [
          ...single(frame, "system.cpu.load_average.1m", "1 min", "line-1"),
          ...single(frame, "system.cpu.load_average.5m", "5 min", "line-3"),
          ...single(frame, "system.cpu.load_average.15m", "15 min", "line-8"),
        ],
      },
      {
        key: "disk",
        title: "Disk, all devices",
        unit: "byteRate",
        lines: [
          ...total(frame, "system.disk.io", { "disk.io.direction": "read" }, "read", "line-1", {
            filled: true,
          }),
          ...total(frame, "system.disk.io", { "disk.io.direction": "write" }, "write", "line-2", {
            filled: true,
            down: true,
          }),
        ],
      },
      {
        key: "network",
        title: "Network, all interfaces",
        unit: "byteRate",
        lines: [
          ...total(
            frame,
            "system.network.io",
            { "network.io.direction": "receive" },
            "receive",
            "line-1",
            { filled: true },
          ),
          ...total(
            frame,
            "system.network.io",
            { "network.io.direction": "transmit" },
            "transmit",
            "line-2",
            { filled: true, down: true },
          ),
        ],
      },
    ),
};
