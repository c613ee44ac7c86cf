import {
  type AgentEvent,
  type AgentId,
  encodeJson,
  eventsSubject,
  messageId,
  newId,
} from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEvents } from "../src/ingest/events.ts";
import { createRejections } from "../src/ingest/rejections.ts";
import { openEventQueries } from "../src/store/events.ts";
import { memoryBucket, memoryFleet } from "./ingest-parts.ts";
import { send, until } from "./metrics-source.ts";
import { type TestBroker, startTestBroker } from "./start-test-broker.ts";
import { type OpenedEngine, engines, openEngine, silent } from "./store-engines.ts";

const inventory = {
  hostname: "rack-1",
  os: { platform: "linux", distro: "Debian", release: "12", kernel: "6.1", arch: "x64" },
  cpu: { vendor: "v", model: "m", logicalCores: 2, physicalCores: 1, sockets: 1, speedGhz: 2.5 },
  memoryBytes: 1,
  swapBytes: 0,
  virtualisation: null,
  system: { manufacturer: "x", model: "y" },
  disks: [],
  interfaces: [],
  nodeVersion: "26",
  agentVersion: "1",
};

describe.each(engines)("events (%s)", (engine) => {
  let opened: OpenedEngine;
  let broker: TestBroker;
  beforeAll(async () => {
    [opened, broker] = await Promise.all([openEngine(engine), startTestBroker()]);
  });
  afterAll(() => Promise.all([opened.stop(), broker.stop()]));

  test("stores inventory, processes and notices once, over a restart, and refuses what is none", async () => {
    const agent = newId<AgentId>();
    const boot = newId();
    const fleet = memoryFleet([agent]);
    const bucket = memoryBucket();
    const rejections = createRejections(Date.now, () => undefined);
    const deps = {
      connection: broker.broker.connection,
      database: opened.database,
      bucket,
      agents: fleet,
      rejected: rejections.rejected,
      laneEnded: () => undefined,
      log: silent,
    };
    const queries = openEventQueries(opened.database);
    const connection = await broker.agentConnection(agent);
    const atMs = Date.now() - 60_000;
    const row = {
      pid: 7,
      name: "postgres: 'x'\\",
      user: "db",
      cpu: 0.5,
      residentBytes: 9,
      threads: 1,
      ageSeconds: 3,
    };
    const publish = (seq: number, event: AgentEvent) =>
      send(connection, {
        subject: eventsSubject(agent),
        frame: encodeJson(event),
        id: messageId(agent, boot, seq),
      });

    const first = await startEvents(deps);
    await publish(1, { kind: "inventory", atMs, inventory });
    await publish(2, { kind: "processes", atMs, byCpu: [row], byMemory: [] });
    await publish(3, { kind: "notice", atMs, code: "agent-started", detail: "it's up" });
    await until("the notice", async () =>
      (await queries.noticesOf(1, 10)).length === 1 ? true : undefined,
    );
    await first.stop();
    // As after a crash between storing and moving the position: everything comes again.
    bucket.entries.clear();
    const second = await startEvents(deps);
    await publish(4, { kind: "notice", atMs: atMs + 1, code: "agent-stopped", detail: "" });
    await send(connection, {
      subject: eventsSubject(agent),
      frame: new TextEncoder().encode('{"kind":"notice"}'),
      id: messageId(agent, boot, 5),
    });
    await send(connection, {
      subject: eventsSubject(agent),
      frame: encodeJson({ kind: "notice", atMs: 5, code: "agent-stopped", detail: "" }),
      id: messageId(agent, boot, 6),
    });
    await until("two notices", async () =>
      (await queries.noticesOf(1, 10)).length === 2 ? true : undefined,
    );
    await until("two refusals", () => (rejections.total() >= 2 ? true : undefined));
    await second.stop();

    expect(await queries.noticesOf(1, 10)).toEqual([
      { atMs: atMs + 1, code: "agent-stopped", detail: "" },
      { atMs, code: "agent-started", detail: "it's up" },
    ]);
    expect(await queries.inventoryOf(1)).toEqual({ atMs, inventory });
    expect(await queries.processesOf(1, Date.now())).toEqual({ atMs, byCpu: [row], byMemory: [] });
    expect(await queries.processesOf(1, atMs - 1)).toBeUndefined();
    expect(await queries.inventoryOf(2)).toBeUndefined();
    expect(
      rejections
        .list()
        .map(({ what }) => what)
        .sort(),
    ).toEqual(["event", "time"]);
  });

  test("a fault, or another hub at the same stream, ends the lane and tells; a stop does not", async () => {
    const agent = newId<AgentId>();
    const connection = await broker.agentConnection(agent);
    const bucket = memoryBucket();
    const fleet = memoryFleet([agent]);
    const ended: string[] = [];
    const start = (get: typeof fleet.get) =>
      startEvents({
        connection: broker.broker.connection,
        database: opened.database,
        bucket,
        agents: { ...fleet, get },
        rejected: () => undefined,
        laneEnded: (lane, cause) => ended.push(`${lane}: ${String(cause)}`),
        log: silent,
      });
    const publish = (seq: number) =>
      send(connection, {
        subject: eventsSubject(agent),
        frame: encodeJson({ kind: "notice", atMs: Date.now(), code: "agent-started", detail: "" }),
        id: messageId(agent, newId(), seq),
      });

    const faulty = await start(() => {
      throw new Error("broken");
    });
    await publish(1);
    await until("the lane's end", () => ended[0]);
    await faulty.stop();
    const one = await start(fleet.get);
    const other = await start(fleet.get);
    await publish(2);
    await until("the second end", () => ended[1]);
    await Promise.all([one.stop(), other.stop()]);
    expect(ended).toEqual([
      "events: Error: broken",
      expect.stringContaining("events: PositionTaken"),
    ]);
  });
});
