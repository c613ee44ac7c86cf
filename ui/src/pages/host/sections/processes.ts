import { drawn, linesBy, single } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

export const processes: Section = {
  id: "processes",
  title: "Processes",
  expected: 3,
  absent: "No process counts within this window.",
  metrics: [
    "system.process.count",
    "system.process.threads",
    "system.process.created",
    "system.process.runnable",
    "system.process.blocked",
    "system.linux.file_handles",
  ],
  charts: (frame) =>
    drawn(
      {
        key: "states",
        title: "By state",
        unit: "count",
        lines: linesBy(frame, "system.process.count", "process.state", [
          "running",
          "sleeping",
          "blocked",
          "zombies",
          "stopped",
        ]),
      },
      {
        key: "queue",
        title: "Running and blocked threads",
        unit: "count",
        lines: [
          ...single(frame, "system.process.runnable", "runnable", "line-1"),
          ...single(frame, "system.process.blocked", "blocked", "line-2"),
        ],
      },
      {
        key: "created",
        title: "Processes started",
        unit: "rate",
        lines: single(frame, "system.process.created", "started", "line-1", { filled: true }),
      },
      {
        key: "threads",
        title: "Threads",
        unit: "count",
        lines: single(frame, "system.process.threads", "threads"),
      },
      {
        key: "handles",
        title: "Open file handles",
        unit: "count",
        lines: single(frame, "system.linux.file_handles", "handles"),
      },
    ),
};
