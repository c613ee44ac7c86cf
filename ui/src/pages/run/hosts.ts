// The hosts of several agents side by side: one line a host, on one grid of times. Pure.
import type { MetricName } from "@tidemark/proto";
import { lineColour, type ColourName } from "../../charts/colour-names.ts";
import type { Frame } from "../../charts/frame.ts";
import type { Line } from "../../charts/lines.ts";
import { drawn, pick, single, total, type ChartView } from "../../charts/view.ts";

/** Lines that can still be told apart. */
export const hostsMax = 8;

export const comparedMetrics = [
  "system.cpu.utilization",
  "system.cpu.linux.pressure.total",
  "system.memory.utilization",
  "system.network.io",
] as const satisfies readonly MetricName[];

export interface NamedFrame {
  readonly name: string;
  readonly frame: Frame;
}

export function comparedCharts(hosts: readonly NamedFrame[]): readonly ChartView[] {
  const each = (lines: (frame: Frame, name: string, colour: ColourName) => readonly Line[]) =>
    hosts.flatMap(({ name, frame }, index) => lines(frame, name, lineColour(index)).slice(0, 1));
  return drawn(
    {
      key: "cpu",
      title: "CPU",
      help: "Share of all cores that was busy",
      unit: "percent",
      top: 1,
      lines: each((frame, name, colour) => single(frame, "system.cpu.utilization", name, colour)),
    },
    {
      key: "pressure",
      title: "CPU pressure",
      help: "Share of time in which some task waited for a CPU",
      unit: "percent",
      top: 0.1,
      lines: each((frame, label, colour) =>
        pick(frame, "system.cpu.linux.pressure.total", {
          "system.pressure.stall_type": "some",
        }).map(({ values }) => ({ label, colour, values })),
      ),
    },
    {
      key: "memory",
      title: "Memory",
      help: "Share of memory that is not available",
      unit: "percent",
      top: 1,
      lines: each((frame, name, colour) =>
        single(frame, "system.memory.utilization", name, colour),
      ),
    },
    {
      key: "transmit",
      title: "Network, transmitted",
      unit: "byteRate",
      lines: each((frame, name, colour) =>
        total(frame, "system.network.io", { "network.io.direction": "transmit" }, name, colour),
      ),
    },
    {
      key: "receive",
      title: "Network, received",
      unit: "byteRate",
      lines: each((frame, name, colour) =>
        total(frame, "system.network.io", { "network.io.direction": "receive" }, name, colour),
      ),
    },
  );
}
