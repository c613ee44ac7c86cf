import { expect, test } from "vitest";
import { freezeHost } from "../../test/frozen-host.ts";
import { agent } from "./agent.ts";
import type { Sink } from "./collector.ts";

test("what never happened has no series, what did is counted since the start", () => {
  const frozen = freezeHost("tiny");
  const series: string[] = [];
  const values = new Map<string, number>();
  const sink: Sink = {
    add(metric, labels = {}) {
      return series.push([metric, ...Object.values(labels)].join(" ")) - 1;
    },
    remove: () => undefined,
    set: (slot, value) => values.set(series[slot] ?? "", value),
    leaveOut: () => undefined,
    event: () => undefined,
  };
  try {
    const reader = agent.open(
      {
        ...frozen.host,
        sampling: () => ({
          durationMs: 1,
          latenessMs: 1,
          missed: 0,
          series: 1,
          seriesRefused: 0,
          collectors: [],
        }),
      },
      sink,
    );
    reader.read();
    reader.read();
    reader.close();
  } finally {
    frozen.remove();
  }
  const told = [...values].filter(([name]) => /tasks|load/.test(name));
  expect(told).toEqual([
    ["tidemark.agent.tasks.refused policy", 3],
    ["tidemark.agent.load.started run", 2],
    ["tidemark.agent.load.started try", 1],
  ]);
  expect(new Set(series).size).toBe(series.length);
});
