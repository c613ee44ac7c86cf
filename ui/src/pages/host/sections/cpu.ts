import { lineColour } from "../../../charts/colour-names.ts";
import { drawn, lineOf, linesBy, pick, single } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

/** Worst for the reader first at the bottom of the stack; idle is what is left. */
const modes = ["user", "system", "iowait", "softirq", "interrupt", "steal", "nice"] as const;

const coreNumber = (labels: Readonly<Record<string, string>>) =>
  Number(labels["cpu.logical_number"] ?? 0);

export const cpu: Section = {
  id: "cpu",
  title: "CPU",
  expected: 3,
  absent: "No CPU readings within this window.",
  metrics: [
    "system.cpu.time",
    "system.cpu.core.utilization",
    "system.cpu.context_switches",
    "system.cpu.interrupts",
  ],
  charts: (frame) =>
    drawn(
      {
        key: "modes",
        title: "By mode",
        help: "CPU seconds used per second over all cores",
        unit: "cores",
        stacked: true,
        lines: linesBy(frame, "system.cpu.time", "cpu.mode", modes).filter(
          (line) => line.label !== "idle",
        ),
      },
      {
        key: "cores",
        title: "Cores",
        help: "How busy each core was",
        unit: "percent",
        heat: true,
        top: 1,
        lines: pick(frame, "system.cpu.core.utilization")
          .toSorted((left, right) => coreNumber(left.labels) - coreNumber(right.labels))
          .map((series, index) =>
            lineOf(series, `core ${coreNumber(series.labels)}`, lineColour(index)),
          ),
      },
      {
        key: "switches",
        title: "Context switches and interrupts",
        unit: "rate",
        lines: [
          ...single(frame, "system.cpu.context_switches", "switches", "line-1"),
          ...single(frame, "system.cpu.interrupts", "interrupts", "line-2"),
        ],
      },
    ),
};
