import { drawn, lineOf, pick, total, valuesOf } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

/** Devices with charts of their own; a host with more shows the first by name. */
const devicesMax = 12;

export const disks: Section = {
  id: "disks",
  title: "Disks",
  expected: 3,
  absent: "This host reports no block devices.",
  metrics: [
    "system.disk.io",
    "system.disk.operations",
    "system.disk.io_time",
    "system.disk.weighted_io_time",
  ],
  charts: (frame) =>
    valuesOf(frame, "system.disk.io", "system.device")
      .slice(0, devicesMax)
      .flatMap((device) => {
        const of = { "system.device": device };
        const read = { ...of, "disk.io.direction": "read" };
        const write = { ...of, "disk.io.direction": "write" };
        return drawn(
          {
            key: `${device} bytes`,
            title: `${device}: throughput`,
            unit: "byteRate",
            lines: [
              ...total(frame, "system.disk.io", read, "read", "line-1", { filled: true }),
              ...total(frame, "system.disk.io", write, "write", "line-2", {
                filled: true,
                down: true,
              }),
            ],
          },
          {
            key: `${device} operations`,
            title: `${device}: operations`,
            unit: "rate",
            lines: [
              ...total(frame, "system.disk.operations", read, "read", "line-1", { filled: true }),
              ...total(frame, "system.disk.operations", write, "write", "line-2", {
                filled: true,
                down: true,
              }),
            ],
          },
          {
            key: `${device} busy`,
            title: `${device}: busy`,
            help: "Share of time in which the device had work",
            unit: "percent",
            top: 1,
            lines: pick(frame, "system.disk.io_time", of).map((series) =>
              lineOf(series, "busy", "line-1", { filled: true }),
            ),
          },
        );
      }),
};
