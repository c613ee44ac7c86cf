import { drawn, linesBy } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

const chart = (what: "cpu" | "memory" | "io", title: string) => ({ what, title });
const kinds = [
  chart("cpu", "Waiting for CPU"),
  chart("memory", "Waiting for memory"),
  chart("io", "Waiting for IO"),
];

export const pressure: Section = {
  id: "pressure",
  title: "Pressure",
  expected: 3,
  absent: "This kernel reports no pressure (PSI is off or older than 4.20).",
  metrics: [
    "system.cpu.linux.pressure.total",
    "system.memory.linux.pressure.total",
    "system.io.linux.pressure.total",
  ],
  charts: (frame) =>
    drawn(
      ...kinds.map(({ what, title }) => ({
        key: what,
        title,
        help: "Share of time in which some, or all, tasks were stalled",
        unit: "percent" as const,
        top: 0.05,
        lines: linesBy(frame, `system.${what}.linux.pressure.total`, "system.pressure.stall_type", [
          "some",
          "full",
        ]),
      })),
    ),
};
