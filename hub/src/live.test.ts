import { newId, type AgentId, LiveSamples, parser } from "@tidemark/proto";
import { expect, test } from "vitest";
import type { StoredBatch } from "./ingest/ingest.ts";
import { createLive } from "./live.ts";

const nowMs = 1_800_000_000_000;
const agent = newId<AgentId>();
const parse = parser(LiveSamples, "live samples");

const batch = (change: Partial<StoredBatch> = {}): StoredBatch => ({
  agent,
  firstSecond: nowMs / 1_000 - 2,
  stepSeconds: 1,
  ticks: 2,
  series: [
    { metric: "system.cpu.utilization", labels: {}, unit: "1", kind: "gauge", decimals: 4 },
    {
      metric: "system.disk.io",
      labels: { "system.device": "sda" },
      unit: "By",
      kind: "rate",
      decimals: 0,
    },
  ],
  values: Float64Array.of(0.25, Number.NaN, 10, 20),
  ...change,
});

function watch(agents: readonly string[], metrics?: readonly string[]) {
  const live = createLive(() => nowMs);
  const got: { event: string; json: string }[] = [];
  const unwatch = live.subscribe(
    { agents: new Set(agents), metrics: metrics && new Set(metrics) },
    (event, json) => got.push({ event, json }),
  );
  return { live, got, unwatch };
}

test("sends the chosen metrics of a watched agent, a missing value as null", () => {
  const { live, got } = watch([agent], ["system.cpu.utilization"]);
  live.stored(batch());
  expect(got.map(({ event, json }) => [event, parse(JSON.parse(json))])).toEqual([
    [
      "samples",
      {
        agent,
        times: [nowMs / 1_000 - 2, nowMs / 1_000 - 1],
        series: [
          {
            metric: "system.cpu.utilization",
            labels: {},
            unit: "1",
            kind: "gauge",
            values: [0.25, null],
          },
        ],
      },
    ],
  ]);
});

test("sends every metric when none is chosen", () => {
  const { live, got } = watch([agent]);
  live.stored(batch());
  expect(parse(JSON.parse(got[0]!.json)).series.map(({ values }) => values)).toEqual([
    [0.25, null],
    [10, 20],
  ]);
});

test.each([
  ["an agent nobody watches", [newId()], undefined, {}],
  ["a batch without the chosen metrics", [agent], ["system.uptime"], {}],
  ["a replay of what is long past", [agent], undefined, { firstSecond: nowMs / 1_000 - 600 }],
])("sends nothing for %s", (_what, agents, metrics, change) => {
  const { live, got } = watch(agents, metrics);
  live.stored(batch(change));
  expect(got).toEqual([]);
});

test("sends nothing more after the watch ended", () => {
  const { live, got, unwatch } = watch([agent]);
  unwatch();
  live.stored(batch());
  expect(got).toEqual([]);
  expect(live.watchers()).toBe(0);
});

test("encodes once for all who chose alike", () => {
  const live = createLive(() => nowMs);
  const got: string[] = [];
  for (let watcher = 0; watcher < 3; watcher += 1)
    live.subscribe(
      { agents: new Set([agent]), metrics: new Set(["system.disk.io"]) },
      (_event, json) => got.push(json),
    );
  const series = batch().series;
  let reads = 0;
  const counting = new Proxy(series, {
    get(target, key, receiver) {
      if (key === "entries") reads += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  live.stored(batch({ series: counting }));
  expect(got).toHaveLength(3);
  expect(reads).toBe(1);
});
