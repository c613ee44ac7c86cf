import type { Line } from "../../../charts/lines.ts";
import { drawn, linesBy, single } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

const states = ["used", "buffers", "cached"] as const;

/** What is free is drawn, so that the stack reaches what is installed, but recedes. */
const receding = (lines: readonly Line[]): readonly Line[] =>
  lines.map((line) => (line.label === "free" ? { ...line, colour: "line-8" } : line));

export const memory: Section = {
  id: "memory",
  title: "Memory",
  expected: 5,
  absent: "No memory readings within this window.",
  metrics: [
    "system.memory.usage",
    "system.memory.linux.available",
    "system.memory.linux.dirty",
    "system.memory.linux.slab",
    "system.memory.linux.shared",
    "system.paging.usage",
    "system.paging.faults",
    "system.paging.operations",
    "system.memory.oom_kills",
  ],
  charts: (frame) =>
    drawn(
      {
        key: "usage",
        title: "By state",
        unit: "bytes",
        stacked: true,
        lines: receding(linesBy(frame, "system.memory.usage", "system.memory.state", states)),
      },
      {
        key: "kernel",
        title: "Available, shared, kernel",
        unit: "bytes",
        lines: [
          ...single(frame, "system.memory.linux.available", "available", "line-1"),
          ...single(frame, "system.memory.linux.shared", "shared", "line-4"),
          ...single(frame, "system.memory.linux.slab", "slab", "line-3"),
          ...single(frame, "system.memory.linux.dirty", "dirty", "line-2"),
        ],
      },
      {
        key: "swap",
        title: "Swap",
        unit: "bytes",
        stacked: true,
        lines: receding(
          linesBy(frame, "system.paging.usage", "system.paging.state", ["used", "cached"]),
        ),
      },
      {
        key: "faults",
        title: "Page faults",
        help: "Major faults read from disk",
        unit: "rate",
        lines: linesBy(frame, "system.paging.faults", "system.paging.fault.type", [
          "minor",
          "major",
        ]),
      },
      {
        key: "paging",
        title: "Swapped pages",
        unit: "rate",
        lines: linesBy(frame, "system.paging.operations", "system.paging.direction", ["in", "out"]),
      },
      {
        key: "oom",
        title: "Killed for want of memory",
        unit: "rate",
        lines: single(frame, "system.memory.oom_kills", "processes", "line-7"),
      },
    ),
};
