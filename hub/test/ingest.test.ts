import { inflateRawSync } from "node:zlib";
import { type AgentId, type BootId, newId, readFrame, writeFrame } from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestBroker, startTestBroker } from "./start-test-broker.ts";
import { type RunningIngest, memoryBucket, memoryFleet, runIngest } from "./ingest-parts.ts";
import { type MetricsSource, gauge, metricsSource, send, until } from "./metrics-source.ts";
import { type OpenedEngine, engines, openEngine } from "./store-engines.ts";
import { jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/transport-node";

const series = [
  gauge("system.cpu.utilization"),
  gauge("system.memory.usage", { "system.memory.state": "used" }, 0),
];

describe.each(engines)("ingest (%s)", (engine) => {
  let opened: OpenedEngine;
  let broker: TestBroker;
  beforeAll(async () => {
    [opened, broker] = await Promise.all([openEngine(engine), startTestBroker()]);
  });
  afterAll(() => Promise.all([opened.stop(), broker.stop()]));

  // One broker and one database for all: each test has its own agent, host and second.
  const agents = Array.from({ length: 24 }, () => newId<AgentId>());
  const fleet = memoryFleet(agents);
  const bucket = memoryBucket();
  let next = 0;
  let running: RunningIngest;
  let agent: AgentId;
  let host: number;
  let connection: NatsConnection;
  let source: MetricsSource;
  let second: number;

  beforeEach(async () => {
    running = await runIngest(broker.broker.connection, opened.database, fleet, bucket);
    agent = agents[next]!;
    host = next + 1;
    next += 1;
    connection = await broker.agentConnection(agent);
    source = metricsSource(agent, series);
    second = Math.floor(Date.now() / 1000) - 600;
  });
  afterEach(() => running.ingest.stop());

  const samples = () =>
    opened.database.query<{ metric: string; t: number; v: number }>(
      `SELECT metric, toUnixTimestamp(t) AS t, v FROM samples INNER JOIN series_def USING (sid)
      WHERE host = {host:UInt32} ORDER BY metric, t, v`,
      { host },
    );
  /** The view's part becomes visible a moment after the table's. */
  const rolledUp = (count: number) =>
    until(`${count} samples in the roll-up`, async () =>
      (await rolled()) === count ? true : undefined,
    );
  const rolled = async () => {
    const [row] = await opened.database.query<{ n: number }>(
      "SELECT sum(n) AS n FROM samples_1m WHERE host = {host:UInt32}",
      { host },
    );
    return row?.n;
  };
  const sampleCount = (count: number) =>
    until(`${count} samples`, async () => ((await samples()).length >= count ? true : undefined));
  const rejectionOf = (what: string) =>
    until(`a rejection of ${what}`, () =>
      running.rejections.list().find((one) => one.what === what && one.agent === agent),
    );

  test("stores every value of a batch under its series, and tells the live stream", async () => {
    await send(connection, source.table());
    await send(
      connection,
      source.batch(second, [
        [0.25, Number.NaN, 0.75],
        [100, 200, 300],
      ]),
    );
    await sampleCount(5);
    expect(await samples()).toEqual([
      { metric: "system.cpu.utilization", t: second, v: 0.25 },
      { metric: "system.cpu.utilization", t: second + 2, v: 0.75 },
      { metric: "system.memory.usage", t: second, v: 100 },
      { metric: "system.memory.usage", t: second + 1, v: 200 },
      { metric: "system.memory.usage", t: second + 2, v: 300 },
    ]);
    await rolledUp(5);
    const batch = await until("the live batch", () =>
      running.stored.find((one) => one.agent === agent),
    );
    expect(batch).toMatchObject({ firstSecond: second, stepSeconds: 1, ticks: 3, series });
    expect(
      await until("no lag", () =>
        running.ingest.stats().lagSeconds === 0 ? running.ingest.stats() : undefined,
      ),
    ).toMatchObject({ samplesTotal: 5, messagesPending: 0 });
  });

  test("stores a record once however often and late it comes again", async () => {
    const batch = source.batch(second, [[1], [1]]);
    await send(connection, source.table());
    await send(connection, batch);
    await sampleCount(2);
    await running.ingest.stop();
    running = await runIngest(broker.broker.connection, opened.database, fleet, bucket);
    expect((await send(connection, batch)).duplicate).toBe(true);
    // The broker forgets ids after a while; the ledger does not.
    const manager = await jetstreamManager(broker.broker.connection);
    const { config } = await manager.streams.info("METRICS");
    await manager.streams.update("METRICS", { ...config, duplicate_window: nanos(100) });
    await until("a copy that the broker takes", async () =>
      (await send(connection, batch)).duplicate ? undefined : true,
    );
    await manager.streams.update("METRICS", { ...config });
    await until("the duplicate", () =>
      running.ingest.stats().duplicatesTotal > 0 ? true : undefined,
    );
    expect(await samples()).toHaveLength(2);
  });

  test("keeps the first value when an agent restarts within a second", async () => {
    await send(connection, source.table());
    await send(
      connection,
      source.batch(second, [
        [1, 2],
        [1, 2],
      ]),
    );
    const restarted = metricsSource(agent, series, newId<BootId>());
    await send(
      connection,
      restarted.batch(second + 1, [
        [7, 8],
        [7, 8],
      ]),
    );
    await sampleCount(6);
    expect((await samples()).filter(({ metric }) => metric === "system.cpu.utilization")).toEqual([
      { metric: "system.cpu.utilization", t: second, v: 1 },
      { metric: "system.cpu.utilization", t: second + 1, v: 2 },
      { metric: "system.cpu.utilization", t: second + 2, v: 8 },
    ]);
    await rolledUp(6);
    expect((await rejectionOf("overlap")).reason).toContain("2 values");
  });

  test("keeps another table of the same seconds when its series are others", async () => {
    const other = metricsSource(agent, [gauge("hw.temperature", { "hw.id": "t0" }, 1)]);
    await send(connection, source.table());
    await send(connection, other.table());
    await send(connection, source.batch(second, [[1], [1]]));
    await send(connection, other.batch(second, [[40]], { stepSeconds: 10 }));
    await sampleCount(3);
    await rolledUp(3);
  });

  test("keeps a batch aside until its series table comes, and asks for it", async () => {
    await send(
      connection,
      source.batch(second, [
        [1, 2],
        [3, 4],
      ]),
    );
    const asked = await until("the question", () =>
      running.asked.find((one) => one.agent === agent),
    );
    expect(asked.hash).toBe(source.hash);
    expect((await rejectionOf("unknown-table")).reason).toContain(source.hash);
    await running.ingest.stop();
    running = await runIngest(broker.broker.connection, opened.database, fleet, bucket);
    await send(connection, source.table());
    await sampleCount(4);
    await rolledUp(4);
    const left = await until("an empty parking table", async () => {
      const rows = await opened.database.query("SELECT id FROM parked WHERE host = {host:UInt32}", {
        host,
      });
      return rows.length === 0 ? rows : undefined;
    });
    expect(left).toEqual([]);
  });

  const flawed: [string, string, RegExp, (good: Uint8Array) => Uint8Array][] = [
    ["truncated", "batch", /truncated|inflate/, (good) => good.subarray(0, good.length - 3)],
    ["of another version", "batch", /version 9/, (good) => good.with(2, 9)],
    ["of another kind", "batch", /frame kind/, (good) => good.with(1, 0x53)],
    ["no frame at all", "batch", /not a Tidemark frame/, () => new TextEncoder().encode("{}")],
    ["empty", "batch", /truncated/, () => new Uint8Array()],
    [
      "corrupt inside",
      "batch",
      /unknown column mode 9/,
      (good) => {
        const body = readFrame("batch", good, (bytes) => inflateRawSync(bytes));
        // After the hash (8), the first second (5), step, ticks and series: the first column's mode.
        return writeFrame("batch", body.with(16, 9));
      },
    ],
  ];
  test.each(flawed)(
    "refuses a batch that is %s and goes on",
    async (_name, what, reason, spoil) => {
      await send(connection, source.table());
      const good = source.batch(second, [
        [1, 2, 3],
        [5, 7, 9],
      ]);
      await send(connection, { ...good, frame: spoil(good.frame) });
      await send(connection, source.batch(second + 10, [[1], [1]]));
      await sampleCount(2);
      expect(await samples()).toHaveLength(2);
      expect((await rejectionOf(what)).reason).toMatch(reason);
    },
  );

  test("refuses a batch whose shape is not its table's", async () => {
    const wider = metricsSource(agent, [...series, gauge("system.uptime")]);
    await send(connection, source.table());
    const bytes = source.batch(second, [[1], [1]]);
    const wide = wider.batch(second, [[1], [1], [1]]);
    await send(connection, { ...wide, frame: renamed(wide.frame, source.hash), id: bytes.id });
    expect((await rejectionOf("batch")).reason).toMatch(/3 series where the table has 2/);
  });

  test("refuses seconds an hour ahead or too far behind, and keeps what is off within bounds", async () => {
    await send(connection, source.table());
    const nowSecond = Math.floor(Date.now() / 1000);
    await send(connection, source.batch(nowSecond + 3_600, [[1], [1]]));
    expect((await rejectionOf("time")).reason).toMatch(/in the future/);
    await send(connection, source.batch(nowSecond - 8 * 86_400, [[1], [1]]));
    await until("the second", () =>
      running.rejections
        .list()
        .find((one) => one.agent === agent && /in the past/.test(one.reason)),
    );
    await send(connection, source.batch(nowSecond + 1_700, [[1], [1]]));
    await sampleCount(2);
  });

  test("refuses what comes from an agent it does not know or has revoked", async () => {
    const stranger = newId<AgentId>();
    const theirs = await broker.agentConnection(stranger);
    await send(theirs, metricsSource(stranger, series).table());
    await until("the stranger", () =>
      running.rejections
        .list()
        .find((one) => one.agent === stranger && one.reason === "unknown agent"),
    );
    fleet.records.set(agent, { ...fleet.get(agent)!, revokedAtMs: Date.now() - 1_000 });
    await send(connection, source.table());
    expect((await rejectionOf("agent")).reason).toBe("revoked agent");
  });

  test("refuses a batch without a message id of its agent", async () => {
    await send(connection, source.table());
    const batch = source.batch(second, [[1], [1]]);
    await send(connection, { ...batch, id: `${newId()}:${newId()}:5` });
    expect((await rejectionOf("message-id")).reason).toMatch(/Nats-Msg-Id/);
  });

  test("refuses a hostile series table and keeps hostile labels as they are", async () => {
    const hostile = metricsSource(agent, [
      gauge(
        "system.uptime",
        { "a.b": "x'); DROP TABLE samples; --", c: "\\' \u{1F4A5} {x:UInt8}" },
        0,
      ),
    ]);
    await send(connection, hostile.table());
    await send(connection, hostile.batch(second, [[1]]));
    await sampleCount(1);
    const [row] = await opened.database.query<{ labels: unknown }>(
      "SELECT labels FROM series_def WHERE sid = (SELECT any(sid) FROM samples WHERE host = {host:UInt32})",
      { host },
    );
    expect(row?.labels).toEqual({
      "a.b": "x'); DROP TABLE samples; --",
      c: "\\' \u{1F4A5} {x:UInt8}",
    });
    const twice = metricsSource(agent, [series[0]!, series[0]!]);
    await send(connection, twice.table());
    expect((await rejectionOf("table")).reason).toMatch(/stands twice/);
  });
});

function renamed(frame: Uint8Array, hash: string): Uint8Array {
  // Small frames are not deflated: the body, whose first 8 bytes are the hash, follows the 5-byte head.
  const copy = frame.slice();
  copy.set(Buffer.from(hash, "hex"), 5);
  return copy;
}
