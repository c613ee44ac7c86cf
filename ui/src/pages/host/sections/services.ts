import type { Frame } from "../../../charts/frame.ts";
import { drawn, highest, linesBy } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

const linesMax = 8;

const busiest = (frame: Frame, metric: string) =>
  highest(linesBy(frame, metric, "cgroup.name"), linesMax);

export const services: Section = {
  id: "services",
  title: "Services and containers",
  expected: 3,
  absent: "This host reports no services or containers (cgroup v2 is needed).",
  metrics: [
    "container.cpu.time",
    "container.cpu.throttled",
    "container.memory.rss",
    "container.memory.usage",
    "container.process.count",
    "systemd.units",
    "systemd.unit.failed",
  ],
  charts: (frame) =>
    drawn(
      {
        key: "cpu",
        title: "CPU, the busiest",
        unit: "cores",
        lines: busiest(frame, "container.cpu.time"),
      },
      {
        key: "rss",
        title: "Own memory, the largest",
        help: "Anonymous memory, without page cache",
        unit: "bytes",
        lines: busiest(frame, "container.memory.rss"),
      },
      {
        key: "memory",
        title: "Memory with page cache, the largest",
        unit: "bytes",
        lines: busiest(frame, "container.memory.usage"),
      },
      {
        key: "throttled",
        title: "Throttled by a CPU limit",
        help: "Seconds held back per second",
        unit: "cores",
        lines: busiest(frame, "container.cpu.throttled"),
      },
      {
        key: "count",
        title: "Processes, the most",
        unit: "count",
        lines: busiest(frame, "container.process.count"),
      },
      {
        key: "units",
        title: "systemd units",
        unit: "count",
        lines: linesBy(frame, "systemd.units", "systemd.unit.state", [
          "active",
          "inactive",
          "failed",
        ]),
      },
    ),
};
