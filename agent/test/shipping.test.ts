// Delivery through a real broker that dies, is away, or is full: every record once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentId, type BootId, messageId, newId } from "@tidemark/proto";
import { createUser } from "@nats-io/nkeys";
import { afterEach, expect, test } from "vitest";
import { type Connection, startConnection } from "../src/ship/connection.ts";
import { type Shipping, startShipping } from "../src/ship/lanes.ts";
import { type Outcome, publishRecord } from "../src/ship/publish.ts";
import {
  type TestBroker,
  createStream,
  messagesOf,
  prepareBroker,
  purge,
  until,
} from "./support/broker.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function broker(): Promise<TestBroker> {
  const made = await prepareBroker();
  cleanups.push(() => made.stop());
  return made;
}

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "tidemark-ship-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

interface TestAgent {
  readonly agent: AgentId;
  readonly boot: BootId;
  readonly shipping: Shipping;
  readonly connection: Connection;
  readonly outcomes: Outcome[];
  /** Records in the order of their acknowledgement. */
  readonly acked: string[];
  readonly troubles: string[];
  stop(): Promise<void>;
}

function agentAt(
  url: string,
  options: { agent?: AgentId; directory?: string; metricsPerSecond?: number } = {},
): TestAgent {
  const agent = options.agent ?? newId<AgentId>();
  const boot = newId<BootId>();
  const outcomes: Outcome[] = [];
  const acked: string[] = [];
  const troubles: string[] = [];
  const clocks = { now: Date.now, monotonicMs: () => performance.now() };
  const shipping = startShipping({
    directory: options.directory ?? scratch(),
    boot,
    bytesMax: 64_000_000,
    ageSecondsMax: 86_400,
    metricsPerSecond: options.metricsPerSecond ?? 1,
    ...clocks,
    random: Math.random,
    report: {
      disk: () => undefined,
      dropped: () => undefined,
      refused: () => undefined,
      settled: (_lane, outcome) => outcomes.push(outcome),
    },
  });
  const connection = startConnection({
    agent,
    brokerUrls: [url],
    jwt: () => "none",
    seed: createUser().getSeed(),
    onConnected: (live) =>
      shipping.connected(async (record) => {
        const outcome = await publishRecord(live, agent, record, 5_000);
        if (outcome.kind === "acked") acked.push(Buffer.from(record.body).toString());
        return outcome;
      }),
    onDisconnected: () => shipping.disconnected(),
    onTrouble: (cause) => troubles.push(String(cause)),
    random: Math.random,
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await connection.stop();
    shipping.stop();
  };
  cleanups.push(stop);
  return { agent, boot, shipping, connection, outcomes, acked, troubles, stop };
}

const frame = (text: string) => Buffer.from(text);
const sent = (agent: TestAgent) => agent.shipping.counts("metrics").unsent === 0;

test("delivers every record once while the broker is killed four times under load", async () => {
  const server = await broker();
  await server.start();
  const admin = await server.admin();
  await createStream(admin, "metrics");
  const agent = agentAt(server.url, { metricsPerSecond: 200 });
  await until(() => agent.connection.current() !== undefined, "not connected");
  let made = 0;
  const maker = setInterval(() => {
    for (let count = 0; count < 4; count += 1)
      agent.shipping.lanes.metrics(frame(`${(made += 1)}`));
  }, 10);
  cleanups.push(() => clearInterval(maker));
  for (let round = 1; round <= 4; round += 1) {
    const goal = made + 150;
    await until(() => made >= goal && agent.acked.length > 0, "no records made");
    await server.kill();
    const away = made + 60;
    await until(() => made >= away, "no records made");
    await server.start();
    const before = agent.acked.length;
    await until(() => agent.acked.length > before, "nothing acknowledged after a restart");
  }
  clearInterval(maker);
  await until(() => sent(agent), "records left unsent");
  const messages = await messagesOf(admin, "metrics");
  const ids = messages.map((message) => message.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(
    Array.from({ length: made }, (_, index) =>
      messageId(agent.agent, agent.boot, index + 1),
    ).toSorted(),
  );
  console.log(
    `${made} records over 4 kills, ${agent.outcomes.filter((o) => o.kind === "acked" && o.duplicate).length} duplicates refused`,
  );
});

test("keeps what it makes while the broker is away, and sends fresh records before old ones", async () => {
  const server = await broker();
  const agent = agentAt(server.url);
  for (let index = 1; index <= 12; index += 1) agent.shipping.lanes.metrics(frame(`old ${index}`));
  await until(() => agent.troubles.length > 0, "no trouble told");
  expect(agent.shipping.counts("metrics").unsent).toBe(12);
  await server.start();
  const admin = await server.admin();
  await createStream(admin, "metrics");
  await until(() => agent.acked.length > 0, "nothing replayed");
  agent.shipping.lanes.metrics(frame("fresh"));
  await until(() => sent(agent), "records left unsent");
  expect(agent.acked.indexOf("fresh")).toBeLessThan(11);
  const bodies = (await messagesOf(admin, "metrics")).map((message) => message.body);
  expect(bodies.filter((text) => text !== "fresh")).toEqual(
    Array.from({ length: 12 }, (_, index) => `old ${index + 1}`),
  );
  expect(bodies).toHaveLength(13);
});

test("publishes nothing while disconnected and loses nothing by it", async () => {
  const server = await broker();
  await server.start();
  const admin = await server.admin();
  await createStream(admin, "metrics");
  const agent = agentAt(server.url, { metricsPerSecond: 100 });
  await until(() => agent.connection.current() !== undefined, "not connected");
  agent.shipping.lanes.metrics(frame("1"));
  await until(() => sent(agent), "the first record was not sent");
  await server.kill();
  await until(() => agent.connection.current() === undefined, "still connected");
  const settled = agent.outcomes.length;
  for (let index = 2; index <= 100; index += 1) agent.shipping.lanes.metrics(frame(`${index}`));
  expect(agent.outcomes.length).toBe(settled);
  expect(agent.shipping.counts("metrics").unsent).toBe(99);
  await server.start();
  await until(() => sent(agent), "records left unsent");
  expect(await messagesOf(admin, "metrics")).toHaveLength(100);
  expect(agent.outcomes.filter((outcome) => outcome.kind !== "acked")).toEqual([]);
});

test("keeps records that a full stream refuses, and delivers them once there is room", async () => {
  const server = await broker();
  await server.start();
  const admin = await server.admin();
  await createStream(admin, "metrics", { maxMessages: 5 });
  const agent = agentAt(server.url, { metricsPerSecond: 100 });
  await until(() => agent.connection.current() !== undefined, "not connected");
  for (let index = 1; index <= 8; index += 1) agent.shipping.lanes.metrics(frame(`${index}`));
  await until(
    () => agent.outcomes.some((outcome) => outcome.kind === "refused"),
    "the full stream refused nothing",
  );
  expect(agent.outcomes).toContainEqual({
    kind: "refused",
    reason: "maximum messages exceeded (10077)",
  });
  await until(() => agent.acked.length === 5, "the stream took too few");
  expect(agent.shipping.counts("metrics").unsent).toBe(3);
  await purge(admin, "metrics");
  await until(() => sent(agent), "records left unsent");
  expect(agent.acked.map(Number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("the next life sends what the last one left, under the last one's ids", async () => {
  const server = await broker();
  const directory = scratch();
  const agentId = newId<AgentId>();
  const first = agentAt(server.url, { agent: agentId, directory });
  first.shipping.lanes.metrics(frame("1"));
  first.shipping.lanes.metrics(frame("2"));
  await first.stop();
  await server.start();
  const admin = await server.admin();
  await createStream(admin, "metrics");
  const second = agentAt(server.url, { agent: agentId, directory });
  second.shipping.lanes.metrics(frame("3"));
  await until(() => sent(second), "records left unsent");
  const ids = (await messagesOf(admin, "metrics")).map((message) => message.id);
  expect(ids.toSorted()).toEqual(
    [
      messageId(agentId, first.boot, 1),
      messageId(agentId, first.boot, 2),
      messageId(agentId, second.boot, 1),
    ].toSorted(),
  );
});

test("sends acknowledged records and series tables again when asked", async () => {
  const server = await broker();
  await server.start();
  const admin = await server.admin();
  await createStream(admin, "metrics");
  const agent = agentAt(server.url);
  await until(() => agent.connection.current() !== undefined, "not connected");
  agent.shipping.lanes.series("0123456789abcdef", frame("table"));
  for (let index = 1; index <= 3; index += 1) agent.shipping.lanes.metrics(frame(`${index}`));
  await until(() => sent(agent), "records left unsent");
  // The stream lost everything, its memory of ids too: what a power cut does to a broker that had not synced.
  await admin.request("$JS.API.STREAM.DELETE.METRICS", "", { timeout: 30_000 });
  await createStream(admin, "metrics");
  expect(agent.shipping.replay(agent.boot, 2, 3)).toBe(2);
  expect(agent.shipping.replay(newId<BootId>(), 1, 9)).toBe(0);
  await until(() => sent(agent), "records left unsent");
  expect(agent.shipping.resendTable("0123456789abcdef")).toBe(true);
  expect(agent.shipping.resendTable("ffffffffffffffff")).toBe(false);
  await until(() => sent(agent), "the table was not sent");
  const messages = await messagesOf(admin, "metrics");
  expect(messages.map(({ subject, body }) => [subject, body])).toEqual([
    [`v1.metrics.${agent.agent}`, "1"],
    [`v1.metrics.${agent.agent}`, "2"],
    [`v1.series.${agent.agent}`, "table"],
  ]);
});
