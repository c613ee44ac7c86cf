import { type AgentId, type Series, newId } from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sortedBlock } from "../src/ingest/sorted-block.ts";
import { defaultRetention } from "../src/store/retention.ts";
import { rollHour, touchedHours } from "../src/store/rollup.ts";
import { type SampleQueries, openSampleQueries } from "../src/store/samples.ts";
import { type SeriesDirectory, openSeries } from "../src/store/series.ts";
import { openUsageQueries } from "../src/store/usage.ts";
import { type OpenedEngine, engines, openEngine } from "./store-engines.ts";

const hour = 3_600;
/** A whole hour, two hours ago. */
const start = Math.floor(Date.now() / 1000 / hour) * hour - 2 * hour;
const ids = Array.from({ length: 3 }, () => newId<AgentId>());
const records = ids.map((id, at) => ({
  id,
  name: `host-${at + 1}`,
  revokedAtMs: at === 2 ? 1 : null,
}));
const byHost = (host: number) => records[host - 1];
const hosts = (...numbers: number[]) => new Map(numbers.map((host) => [ids[host - 1]!, host]));

const cpu: Series = {
  metric: "system.cpu.utilization",
  labels: {},
  unit: "1",
  kind: "gauge",
  decimals: 4,
};
const io = (device: string, direction: string): Series => ({
  metric: "system.disk.io",
  labels: { "system.device": device, "disk.io.direction": direction },
  unit: "By",
  kind: "rate",
  decimals: 0,
});
const pressure = (resource: string, type: string): Series => ({
  metric: `system.${resource}.linux.pressure.total`,
  labels: { "system.pressure.stall_type": type },
  unit: "s",
  kind: "rate",
  decimals: 4,
});

describe.each(engines)("queries over samples (%s)", (engine) => {
  let opened: OpenedEngine;
  let series: SeriesDirectory;
  let queries: SampleQueries;
  let blocks = 0;

  /** One value a second (or step) of one series of one host. */
  async function store(
    host: number,
    one: Series,
    firstSecond: number,
    values: readonly number[],
    stepSeconds = 1,
  ) {
    const sid = series.intern(one);
    const batch = {
      host,
      sids: Uint32Array.of(sid),
      firstSecond,
      stepSeconds,
      ticks: values.length,
      values: Float64Array.from(values),
    };
    blocks += 1;
    await opened.database.insertNative("samples", sortedBlock([batch])!.block, `q${blocks}`);
  }

  beforeAll(async () => {
    opened = await openEngine(engine);
    series = await openSeries(opened.database);
    queries = openSampleQueries({
      database: opened.database,
      series,
      retention: defaultRetention,
      now: Date.now,
    });
    await store(
      1,
      cpu,
      start,
      Array.from({ length: 120 }, (_, at) => at / 100),
    );
    await store(2, cpu, start, [0.9, Number.NaN, 0.7]);
    await store(3, cpu, start, [5, 5, 5]);
    await store(1, io("sda", "read"), start, [10, 20]);
    await store(1, io("sda", "write"), start, [1, 2]);
    await store(1, io("sdb", "read"), start, [100]);
    await opened.database.insertRows("series_def", series.takeUnsaved());
  });
  afterAll(() => opened.stop());

  test("raw seconds come as they are, with null where there is none", async () => {
    const result = await queries.range(
      { agent: [], metric: [cpu.metric], from: start, to: start + 4 },
      hosts(1, 2),
    );
    expect(result).toMatchObject({ resolution: "raw", stepSeconds: 1, truncated: false });
    expect(result.times).toEqual([start, start + 1, start + 2, start + 3]);
    expect(result.series).toEqual([
      {
        agent: ids[0],
        metric: cpu.metric,
        labels: {},
        unit: "1",
        kind: "gauge",
        mean: [0, 0.01, 0.02, 0.03],
      },
      {
        agent: ids[1],
        metric: cpu.metric,
        labels: {},
        unit: "1",
        kind: "gauge",
        mean: [0.9, null, 0.7, null],
      },
    ]);
  });

  test("fewer points hold mean, minimum and maximum of aligned steps", async () => {
    const result = await queries.range(
      { agent: [], metric: [cpu.metric], from: start + 1, to: start + 60, points: 6 },
      hosts(1),
    );
    expect(result).toMatchObject({ resolution: "raw", stepSeconds: 10 });
    expect(result.times[0]).toBe(start);
    expect(result.series[0]?.min?.[1]).toBe(0.1);
    expect(result.series[0]?.max?.[1]).toBe(0.19);
    expect(result.series[0]?.mean[1]).toBeCloseTo(0.145);
  });

  test.each(["1m", "1h"] as const)(
    "the %s roll-up says the same as the raw samples",
    async (resolution) => {
      const [sid] = series.ofMetric(cpu.metric);
      const touched = {
        kind: "hour",
        host: 0,
        key: String(start),
        firsts: [],
        lasts: [],
        block: 3,
        at: start,
      };
      await opened.database.insertRows("ledger", [touched]);
      // A second run writes the same hour again: nothing doubles.
      for (const { hour: at, block } of [
        ...(await touchedHours(opened.database)),
        { hour: start, block: 4 },
      ])
        await rollHour(opened.database, at, block, start);
      expect(await touchedHours(opened.database)).toEqual([]);
      const result = await queries.range(
        { agent: [], metric: [cpu.metric], from: start, to: start + hour, points: 60, resolution },
        hosts(1),
      );
      expect(result).toMatchObject({ resolution, stepSeconds: resolution === "1m" ? 60 : hour });
      const [one] = result.series;
      expect(one?.min?.[0]).toBe(0);
      expect(one?.max?.[0]).toBe(resolution === "1m" ? 0.59 : 1.19);
      expect(one?.mean[0]).toBeCloseTo(resolution === "1m" ? 0.295 : 0.595);
      expect(sid).toBeDefined();
    },
  );

  test("labels select series; a key alone selects any value of it", async () => {
    const range = (label: string[]) =>
      queries.range(
        { agent: [], metric: ["system.disk.io"], label, from: start, to: start + 2 },
        hosts(1),
      );
    expect((await range(["system.device=sda"])).series).toHaveLength(2);
    expect(
      (await range(["system.device=sda", "disk.io.direction=read"])).series.map(({ mean }) => mean),
    ).toEqual([[10, 20]]);
    expect((await range(["system.device"])).series).toHaveLength(3);
    expect((await range(["system.device=' OR 1"])).series).toEqual([]);
    expect((await range(["constructor"])).series).toEqual([]);
  });

  test("several metrics come in the order they were asked for; unknown ones are absent", async () => {
    const result = await queries.range(
      { agent: [], metric: ["system.disk.io", "no.such", cpu.metric], from: start, to: start + 2 },
      hosts(1),
    );
    expect(result.series.map(({ metric }) => metric)).toEqual([
      ...Array.from({ length: 3 }, () => "system.disk.io"),
      cpu.metric,
    ]);
  });

  test("the top is by mean or maximum, one entry a host, without revoked agents", async () => {
    const top = (by: "mean" | "max", n = 10) =>
      queries.top({ metric: cpu.metric, from: start, to: start + 120, by, n }, { byHost });
    expect((await top("mean")).items).toEqual([
      { agent: ids[1], name: "host-2", labels: {}, mean: expect.closeTo(0.8), max: 0.9 },
      { agent: ids[0], name: "host-1", labels: {}, mean: expect.closeTo(0.595), max: 1.19 },
    ]);
    expect((await top("max", 1)).items.map(({ agent }) => agent)).toEqual([ids[0]]);
    const disks = await queries.top(
      { metric: "system.disk.io", from: start, to: start + 3_600 },
      { byHost },
    );
    expect(disks).toMatchObject({
      unit: "By",
      items: [{ agent: ids[0], labels: { "system.device": "sdb" }, mean: 100 }],
    });
  });

  test("the fleet's numbers sum devices, take the worst pressure and leave out stacked devices", async () => {
    const now = Math.floor(Date.now() / 60_000) * 60 + 30;
    await store(1, cpu, now - 60, [0.25]);
    await store(1, cpu, now - 5, [0.5]);
    await store(1, io("sda", "read"), now - 5, [10]);
    await store(1, io("sda", "write"), now - 5, [5]);
    await store(1, io("dm-0", "read"), now - 5, [1_000]);
    await store(1, pressure("io", "some"), now - 5, [0.3]);
    await store(1, pressure("cpu", "some"), now - 5, [0.1]);
    await store(1, pressure("io", "full"), now - 5, [0.9]);
    await store(1, { ...cpu, unit: "By" }, now - 5, [9e9]);
    const { times, hosts: found } = await queries.sparklines([1, 2], now);
    expect(times.at(-1)).toBe(now - 30);
    expect(times).toHaveLength(30);
    const numbers = found.get(1);
    expect(numbers).toMatchObject({
      cpu: 0.5,
      memory: null,
      disk: 15,
      network: null,
      fullest: null,
      pressure: 0.3,
    });
    expect(numbers?.sparklines.cpu.slice(-2)).toEqual([0.25, 0.5]);
    expect(numbers?.sparklines.disk.at(-1)).toBe(15);
    expect(numbers?.sparklines.memory.every((value) => value === null)).toBe(true);
  });

  test("a directory opened again numbers series as before", async () => {
    await opened.database.insertRows("series_def", series.takeUnsaved());
    const again = await openSeries(opened.database);
    expect(again.size).toBe(series.size);
    expect(again.find(io("sdb", "read"))).toBe(series.find(io("sdb", "read")));
    expect(again.intern({ ...cpu, labels: { new: "1" } })).toBe(series.size + 1);
  });

  test("usage tells rows and bytes", async () => {
    const usage = await openUsageQueries(opened.database).storage();
    expect(usage.engine).toMatch(engine === "embedded" ? /^chdb \d/ : /^clickhouse \d/);
    expect(usage.samplesRows).toBeGreaterThan(120);
    expect(usage.bytesOnDisk).toBeGreaterThan(0);
  });
});
