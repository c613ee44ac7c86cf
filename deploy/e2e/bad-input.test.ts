// An agent with good credentials and bad messages, end to end: each is refused, counted, shown with its reason, and harms
// neither the hub nor another agent's data.
import { type Server, createServer } from "node:http";
import { deflateRawSync, deflateSync } from "node:zlib";
import {
  type BootId,
  ByteWriter,
  Histogram,
  RangeResult,
  Run,
  type RunId,
  type RunInterval,
  type Series,
  beatSubject,
  emptyCounts,
  encodeBatch,
  encodeHistogram,
  encodeSeriesTable,
  eventsSubject,
  isRunId,
  messageId,
  metricsSubject,
  newId,
  runIntervalSubject,
  seriesSubject,
  tableHash,
  wireLimits,
  writeFrame,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { arrived, flows, rejectionsOf, statusOf } from "./stack-arrival.ts";
import { type Intruder, startIntruder } from "./stack-intruder.ts";
import { faultsOf, noFaults } from "./stack-oracle.ts";
import { type Sender, startSender } from "./stack-sender.ts";
import { readStored } from "./stack-stored.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./stack-until.ts";
import { madeUpFrames } from "./stack-values.ts";

const deflate = (body: Uint8Array) => deflateRawSync(body, { level: 1 });
const nowSeconds = () => Math.floor(Date.now() / 1_000);

let stack: Stack;
let neighbour: Sender;
let bad: Intruder;
let hubPid: number | undefined;
/** What the intruder is: its table is known to the hub, so that its batches are looked into. */
const frames = madeUpFrames(9, 3);

beforeAll(async () => {
  stack = await startStack();
  hubPid = stack.hub().pid;
  neighbour = await startSender(stack, "neighbour", { salt: 1 });
  bad = await startIntruder(await stack.enrol("intruder"));
  expect(await bad.send(seriesSubject(bad.host.id), frames.table.bytes)).toContain("METRICS");
  await flows(stack, 1_000);
});
afterAll(async () => {
  await bad?.connection.close();
  await stack?.stop();
});

interface Refusal {
  /** Nobody when the broker does not say who; the intruder unless given. */
  readonly agent?: null;
  readonly what: string;
  readonly reason: RegExp;
}

/** Runs `act`; afterwards the refusal has been counted once more, and stands in the list with its reason. */
async function expectRefused({ what, reason, agent }: Refusal, act: () => Promise<unknown>) {
  const before = await counted(what);
  await act();
  await until(
    `a refused ${what}: ${reason}`,
    async () => {
      const items = await rejectionsOf(stack);
      const found = items.find((item) => item.what === what && reason.test(item.reason));
      return (
        found !== undefined &&
        found.agent === (agent === null ? null : bad.host.id) &&
        (await counted(what)) > before
      );
    },
    10_000,
  );
}

async function counted(what: string): Promise<number> {
  const headers = { authorization: `Bearer ${stack.token}` };
  const response = await fetch(`${stack.api.url}/metrics`, { headers });
  const line = new RegExp(`^tidemark_hub_rejections_total\\{what="${what}"\\} (\\d+)$`, "m");
  return Number(line.exec(await response.text())?.[1] ?? 0);
}

const onMetrics = (frame: Uint8Array, id?: string) =>
  bad.send(metricsSubject(bad.host.id), frame, id);
const onSeries = (frame: Uint8Array) => bad.send(seriesSubject(bad.host.id), frame);
const goodBatch = () => frames.batch(nowSeconds() - 60, 30);
/** Repeats itself, so that it is deflated on the wire. */
const deflatedBatch = () =>
  encodeBatch(
    {
      tableHash: frames.table.hash,
      firstSecond: nowSeconds() - 600,
      stepSeconds: 1,
      ticks: 600,
      values: Float64Array.from({ length: 1_800 }, (_, at) => at % 7),
    },
    { decimals: [3, 3, 3] },
    deflate,
  );

/** A body as no encoder of ours writes it. */
function handmadeBatch(ticks: number, columns: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  writer.raw(frames.table.hash);
  for (const number of [nowSeconds(), 1, ticks, 3]) writer.varint(number);
  columns(writer);
  return writeFrame("batch", writer.bytes(), deflate);
}

function damaged(frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  copy.fill(0xff, 8, 24);
  return copy;
}

function withVersion(frame: Uint8Array, version: number): Uint8Array {
  const copy = Uint8Array.from(frame);
  copy[2] = version;
  return copy;
}

const aSeries = (index: number): Series => ({
  metric: "tidemark.test.flood",
  labels: { index: `${index}` },
  unit: "1",
  kind: "gauge",
  decimals: 0,
});

/** A table's frame around any JSON. */
const tableFrame = (value: unknown) =>
  writeFrame("series", new TextEncoder().encode(JSON.stringify(value)), deflate);

/** JSON of that many tiny series. */
const flood = (count: number) =>
  writeFrame(
    "series",
    Buffer.from(`{"series":[${Array.from({ length: count }, () => "{}").join()}]}`),
    deflate,
  );

const batches: [string, Refusal, () => Promise<unknown>][] = [
  [
    "of an unknown series table",
    { what: "unknown-table", reason: /series table [0-9a-f]{16} is not here yet/ },
    () => onMetrics(madeUpFrames(9, 4).batch(nowSeconds())),
  ],
  [
    "that is truncated",
    { what: "batch", reason: /a body of \d+ bytes where \d+ were announced/ },
    () =>
      onMetrics(
        handmadeBatch(1, (writer) => writer.raw(Uint8Array.of(7, 1, 8, 2))).subarray(0, -5),
      ),
  ],
  [
    "whose deflated body is truncated",
    { what: "batch", reason: /does not inflate/ },
    () => onMetrics(deflatedBatch().subarray(0, -5)),
  ],
  [
    "that is damaged",
    { what: "batch", reason: /does not inflate/ },
    () => onMetrics(damaged(deflatedBatch())),
  ],
  ["that is empty", { what: "batch", reason: /truncated|end/ }, () => onMetrics(new Uint8Array())],
  [
    "that is no frame",
    { what: "batch", reason: /not a Tidemark frame/ },
    () => onMetrics(Buffer.from("GET / HTTP/1.1\r\n\r\n")),
  ],
  [
    "of a later version",
    { what: "batch", reason: /version 2/ },
    () => onMetrics(withVersion(goodBatch(), 2)),
  ],
  [
    "that is a series table",
    { what: "batch", reason: /expected a batch frame/ },
    () => onMetrics(frames.table.bytes),
  ],
  [
    "with more series than its table",
    { what: "batch", reason: /4 series where the table has 3/ },
    () =>
      onMetrics(
        encodeBatch(
          {
            tableHash: frames.table.hash,
            firstSecond: nowSeconds(),
            stepSeconds: 1,
            ticks: 1,
            values: new Float64Array(4),
          },
          { decimals: [3, 3, 3, 3] },
          deflate,
        ),
      ),
  ],
  [
    "with a value that no number of ours is",
    { what: "batch", reason: /is not within ±\(2\^52 - 1\)/ },
    () =>
      onMetrics(
        handmadeBatch(2, (writer) => {
          // Dense: two deltas whose sum is past what a double holds exactly.
          for (let column = 0; column < 3; column += 1) {
            writer.u8(1);
            writer.zigzag(wireLimits.scaledMax);
            writer.zigzag(wireLimits.scaledMax);
          }
        }),
      ),
  ],
  [
    "that asks for far more memory than it has bytes",
    { what: "batch", reason: /tick count 4000000000 is not 1 … 600|values in one batch/ },
    () => onMetrics(handmadeBatch(4_000_000_000, (writer) => writer.u8(3))),
  ],
  [
    "of two hours ahead",
    { what: "time", reason: /72\d\d s in the future: the agent's clock is wrong/ },
    () => onMetrics(frames.batch(nowSeconds() + 7_205)),
  ],
  [
    "of eight days ago",
    { what: "time", reason: /69\d{4} s in the past/ },
    () => onMetrics(frames.batch(nowSeconds() - 8 * 86_400)),
  ],
  [
    "without a message id",
    { what: "message-id", reason: /without the agent's own Nats-Msg-Id/ },
    () => onMetrics(goodBatch(), ""),
  ],
  [
    "under another agent's message id",
    { what: "message-id", reason: /without the agent's own Nats-Msg-Id/ },
    () => onMetrics(goodBatch(), messageId(neighbour.host.id, newId<BootId>(), 1)),
  ],
];
test.each(batches)("a batch %s is refused", (_, refusal, act) => expectRefused(refusal, act));

test("seconds that a clock stepped back measures again are stored once", async () => {
  const second = nowSeconds() - 3_600;
  await onMetrics(frames.batch(second, 10));
  await expectRefused(
    { what: "overlap", reason: /15 values of seconds that an earlier batch covers/ },
    () => onMetrics(frames.batch(second + 5, 10)),
  );
});

const tables: [string, Refusal, () => Promise<unknown>][] = [
  [
    "of a million series",
    { what: "table", reason: /1000000 series, more than 10000/ },
    () => onSeries(flood(1_000_000)),
  ],
  [
    "that inflates to more than a frame may",
    { what: "table", reason: /bytes, more than 8388608/ },
    () => onSeries(flood(4_000_000)),
  ],
  [
    "of ten thousand and one",
    { what: "table", reason: /10001 series, more than 10000/ },
    () =>
      onSeries(
        tableFrame({ series: Array.from({ length: 10_001 }, (_, index) => aSeries(index)) }),
      ),
  ],
  [
    "that is not JSON",
    { what: "table", reason: /not JSON/ },
    () => onSeries(writeFrame("series", Buffer.from("{"), deflate)),
  ],
  [
    "with a series twice",
    { what: "table", reason: /stands twice/ },
    () => onSeries(tableFrame({ series: [aSeries(1), aSeries(1)] })),
  ],
  [
    "with a control character in a label",
    { what: "table", reason: /\/series\/0\/labels/ },
    () => onSeries(tableFrame({ series: [{ ...aSeries(1), labels: { index: "\u001b[2J" } }] })),
  ],
  [
    "with a key that is a trap",
    { what: "table", reason: /\/series\/0\/labels/ },
    () =>
      onSeries(
        writeFrame(
          "series",
          Buffer.from(JSON.stringify({ series: [aSeries(1)] }).replace('"index"', '"__proto__"')),
          deflate,
        ),
      ),
  ],
  [
    "with too long a label",
    { what: "table", reason: /\/series\/0\/labels/ },
    () => onSeries(tableFrame({ series: [{ ...aSeries(1), labels: { index: "x".repeat(257) } }] })),
  ],
  [
    "with too many labels",
    { what: "table", reason: /\/series\/0\/labels/ },
    () =>
      onSeries(
        tableFrame({
          series: [
            {
              ...aSeries(1),
              labels: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, ""])),
            },
          ],
        }),
      ),
  ],
];
test.each(tables)("a series table %s is refused", (_, refusal, act) => expectRefused(refusal, act));

test("labels that look like SQL, markup or a path are kept as they are", async () => {
  const label = `'); DROP TABLE samples; -- <img src=x onerror=alert(1)> ../../etc/passwd \u202e`;
  const series = [{ ...aSeries(0), metric: "tidemark.test.hostile", labels: { index: label } }];
  const table = encodeSeriesTable({ series }, deflate);
  expect(tableHash(new TextEncoder().encode(JSON.stringify({ series })))).toEqual(table.hash);
  await onSeries(table.bytes);
  const firstSecond = nowSeconds();
  await onMetrics(
    encodeBatch(
      { tableHash: table.hash, firstSecond, stepSeconds: 1, ticks: 1, values: Float64Array.of(7) },
      { decimals: [0] },
      deflate,
    ),
  );
  const query = new URLSearchParams({
    agent: bad.host.id,
    metric: "tidemark.test.hostile",
    from: `${firstSecond}`,
    to: `${firstSecond + 1}`,
  });
  query.set("label", `index=${label}`);
  const found = await until("the hostile series", async () => {
    const { series: some } = await stack.api.call(
      "GET",
      `/query/range?${query.toString()}`,
      RangeResult,
    );
    return some[0];
  });
  expect(found.labels).toEqual({ index: label });
  expect(found.mean).toEqual([7]);
});

test("more series than one agent may bring are left out, and the rest is stored", async () => {
  const table = (part: number) =>
    encodeSeriesTable(
      { series: Array.from({ length: 9_999 }, (_, index) => aSeries(part * 10_000 + index)) },
      deflate,
    );
  await expectRefused(
    { what: "series", reason: /\d+ series past the limit of the agent or the fleet/ },
    async () => {
      for (const part of [1, 2, 3]) await onSeries(table(part).bytes);
    },
  );
});

const others: [string, Refusal, () => Promise<unknown>][] = [
  [
    "an event that is not JSON",
    { what: "event", reason: /JSON/ },
    () => bad.send(eventsSubject(bad.host.id), "{"),
  ],
  [
    "an event of no kind",
    { what: "event", reason: /./ },
    () => bad.send(eventsSubject(bad.host.id), `{"kind":"shutdown"}`),
  ],
  [
    "an event from next year",
    { what: "time", reason: /an event \d+ s away from its arrival/ },
    () =>
      bad.send(
        eventsSubject(bad.host.id),
        JSON.stringify({
          kind: "notice",
          atMs: Date.now() + 366 * 86_400_000,
          code: "agent-started",
          detail: "",
        }),
      ),
  ],
  ["an oversized beat", { what: "beat", reason: /./ }, () => publishBeat("x".repeat(1_000_000))],
  ["a beat of another shape", { what: "beat", reason: /./ }, () => publishBeat("0.1")],
  [
    "a result of a run that is not",
    { what: "run", reason: /there is no run/ },
    () => sendInterval(newId<RunId>()),
  ],
];
test.each(others)("%s is refused", (_, refusal, act) => expectRefused(refusal, act));

async function publishBeat(version: string): Promise<void> {
  bad.connection.publish(beatSubject(bad.host.id), JSON.stringify({ version }));
  await bad.connection.flush();
}

function sendInterval(run: RunId): Promise<string> {
  const empty = Buffer.from(encodeHistogram(new Histogram(), deflateSync)).toString("base64");
  const interval: RunInterval = {
    index: 0,
    startedAtMs: Date.now(),
    durationMs: 1_000,
    counts: emptyCounts(),
    backlog: 0,
    inFlight: 0,
    histograms: { response: empty, service: empty, lateness: empty },
  };
  return bad.send(runIntervalSubject(bad.host.id, run), JSON.stringify(interval));
}

test("a result for another agent's run is refused, and that run stays as it was", async () => {
  const target = await listen();
  const agent = await stack.enrol("loader");
  stack.startAgent(agent);
  const run = await until("a run", () =>
    stack.api.call("POST", "/runs", Run, {
      agent: agent.id,
      target: target.url,
      ratePerSecond: 20,
      connections: 2,
      durationSeconds: 1,
    }),
  );
  const id = run.id;
  if (!isRunId(id)) throw new Error(`${id} is no run id`);
  // Also while it is under way: it counts what its own agent sends.
  await expectRefused({ what: "run", reason: /is not this agent's/ }, () => sendInterval(id));
  const over = await until("the run's end", async () => {
    const now = await stack.api.call("GET", `/runs/${id}`, Run);
    return now.state === "completed" && now;
  });
  await expectRefused({ what: "run", reason: /is not this agent's/ }, () => sendInterval(id));
  expect(await stack.api.call("GET", `/runs/${id}`, Run)).toEqual(over);
  expect(over).toMatchObject({ agents: [{ agent: agent.id }], counts: { due: 20 } });
  await target.stop();
});

test("the broker refuses a foreign subject and an oversize message, and the hub says so", async () => {
  await expectRefused({ what: "broker", reason: /not publish to v1\.metrics/ }, async () => {
    bad.connection.publish(metricsSubject(neighbour.host.id), goodBatch());
    await bad.connection.flush();
  });
  expect(bad.connection.isClosed()).toBe(false);
  await expectRefused(
    { what: "broker", agent: null, reason: /a message of \d+ bytes, more than 1048576/ },
    async () => {
      const { info } = bad.connection;
      if (info === undefined) throw new Error("connected");
      // The client would refuse by itself.
      info.max_payload = 100_000_000;
      bad.connection.publish(
        metricsSubject(bad.host.id),
        new Uint8Array(wireLimits.messageBytesMax + 1),
      );
    },
  );
});

test("after all that the hub is the same process, is ready, and the neighbour's data is whole", async () => {
  await arrived(stack, neighbour.host.id, await neighbour.finish());
  expect(stack.hub().pid).toBe(hubPid);
  expect(stack.hub().lives).toBe(true);
  expect((await fetch(`${stack.api.url}/readyz`)).status).toBe(200);
  const { ingest } = await statusOf(stack);
  expect(ingest.rejectedTotal).toBeGreaterThan(batches.length + tables.length);
  await stack.hub().stop();
  const stored = await readStored(stack, [neighbour], [bad.host.id]);
  expect(faultsOf(neighbour, stored)).toEqual(noFaults);
  expect(stored.samples.repeated).toBe(0);
  expect(stored.minutes.wrong).toBe(0);
  // Ten seconds, five more behind the overlap, and the hostile label's one.
  expect(stored.seconds.get(bad.host.id)).toHaveLength(16);
});

async function listen(): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createServer((_, response) => response.end("ok"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
