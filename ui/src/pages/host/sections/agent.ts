import { drawn, linesBy, single } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

export const agent: Section = {
  id: "agent",
  title: "The agent itself",
  expected: 3,
  absent: "No readings of the agent within this window.",
  metrics: [
    "tidemark.agent.cpu.time",
    "tidemark.agent.memory.rss",
    "tidemark.agent.tick.duration",
    "tidemark.agent.tick.lateness",
    "tidemark.agent.collector.duration",
    "tidemark.agent.outbox.records",
    "tidemark.agent.outbox.dropped",
    "tidemark.agent.load.started",
    "tidemark.agent.tasks.refused",
    "system.clock.hub_offset",
  ],
  charts: (frame) =>
    drawn(
      {
        key: "cpu",
        title: "CPU",
        help: "Share of one core",
        unit: "percent",
        top: 0.02,
        lines: single(frame, "tidemark.agent.cpu.time", "used", "line-1", { filled: true }),
      },
      {
        key: "memory",
        title: "Memory",
        unit: "bytes",
        lines: single(frame, "tidemark.agent.memory.rss", "resident", "line-1", { filled: true }),
      },
      {
        key: "tick",
        title: "Sampling",
        help: "Time one tick took, and how late it began",
        unit: "millis",
        lines: [
          ...single(frame, "tidemark.agent.tick.duration", "tick", "line-1"),
          ...single(frame, "tidemark.agent.tick.lateness", "began late by", "line-2"),
        ],
      },
      {
        key: "outbox",
        title: "Waiting for the hub",
        unit: "count",
        lines: linesBy(frame, "tidemark.agent.outbox.records", "lane", [
          "metrics",
          "events",
          "results",
        ]),
      },
      {
        key: "dropped",
        title: "Dropped from the outbox",
        unit: "rate",
        lines: linesBy(frame, "tidemark.agent.outbox.dropped", "lane", [
          "metrics",
          "events",
          "results",
        ]),
      },
      {
        key: "load",
        title: "Load tests since its start",
        unit: "count",
        lines: linesBy(frame, "tidemark.agent.load.started", "kind", ["run", "try"]),
      },
      {
        key: "refused",
        title: "Refused tasks since its start, by why",
        unit: "count",
        lines: linesBy(frame, "tidemark.agent.tasks.refused", "code"),
      },
      {
        key: "clock",
        title: "Clock: hub minus host",
        unit: "millis",
        lines: single(frame, "system.clock.hub_offset", "offset"),
      },
    ),
};
