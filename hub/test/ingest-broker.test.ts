// Ingest beside a broker that dies, and beside another hub.
import { type AgentId, newId } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBucket } from "../src/state/bucket.ts";
import { memoryFleet, runIngest } from "./ingest-parts.ts";
import { gauge, metricsSource, send, until } from "./metrics-source.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import { type OpenedEngine, openEngine } from "./store-engines.ts";

let opened: OpenedEngine;
let broker: PlainBroker;
beforeAll(async () => {
  [opened, broker] = await Promise.all([openEngine("embedded"), startPlainBroker()]);
});
afterAll(() => Promise.all([opened.stop(), broker.stop()]));

const agents = [newId<AgentId>(), newId<AgentId>()] as const;
const fleet = memoryFleet(agents);
const second = Math.floor(Date.now() / 1000) - 3_000;
const countOf = async (host: number) => {
  const [row] = await opened.database.query<{ rows: number; rolled: number }>(
    "SELECT count() AS rows, (SELECT sum(n) FROM samples_1m WHERE host = {host:UInt32}) AS rolled FROM samples WHERE host = {host:UInt32}",
    { host },
  );
  return row;
};

test("goes on after kill -9 of the broker, and every acknowledged sample is there once", async () => {
  const { ingest, ended } = await runIngest(
    broker.connection,
    opened.database,
    fleet,
    await openBucket(broker.connection, "first"),
  );
  const source = metricsSource(agents[0], [gauge("system.uptime", {}, 0)]);
  /** As an agent does: again until it is acknowledged. */
  const ship = (message: ReturnType<typeof source.table>) =>
    until("an acknowledgement", () =>
      send(broker.connection, message, 500).then(
        () => true,
        () => undefined,
      ),
    );
  await ship(source.table());
  let at = 0;
  for (let crashes = 0; crashes < 3; crashes += 1) {
    const shipping = (async () => {
      for (let batches = 0; batches < 40; batches += 1, at += 5)
        await ship(source.batch(second + at, [[1, 2, 3, 4, 5]]));
    })();
    await broker.crash();
    await shipping;
  }
  await until("all samples", async () => ((await countOf(1))?.rolled === 600 ? true : undefined));
  expect(await countOf(1)).toEqual({ rows: 600, rolled: 600 });
  expect(ingest.failure()).toBeUndefined();
  await ingest.stop();
  expect(ended).toEqual([]);
});

test("of two hubs at one stream one stops by itself, and nothing is stored twice", async () => {
  const bucket = await openBucket(broker.connection, "second");
  const one = await runIngest(broker.connection, opened.database, fleet, bucket);
  const other = await runIngest(broker.connection, opened.database, fleet, bucket);
  const source = metricsSource(agents[1], [gauge("system.uptime", {}, 0)]);
  await send(broker.connection, source.table());
  for (let at = 0; at < 20; at += 1)
    await send(broker.connection, source.batch(second + at, [[at]]));
  const failure = await until(
    "one of them to end",
    () => one.ingest.failure() ?? other.ingest.failure(),
  );
  expect(failure).toMatchObject({ code: "position-taken" });
  await until("all samples", async () => ((await countOf(2))?.rolled === 20 ? true : undefined));
  expect([one, other].filter(({ ingest }) => ingest.failure() !== undefined)).toHaveLength(1);
  expect([...one.ended, ...other.ended]).toEqual(["metrics"]);
  expect(await countOf(2)).toEqual({ rows: 20, rolled: 20 });
  await Promise.all([one.ingest.stop(), other.ingest.stop()]);
});
