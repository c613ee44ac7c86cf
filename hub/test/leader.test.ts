// One leader among hubs that share a real broker.
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Leader, startLeader } from "../src/leader/leader.ts";
import { openBucket } from "../src/state/bucket.ts";
import { until } from "./metrics-source.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";

let broker: PlainBroker;
let running: Leader[] = [];
beforeAll(async () => {
  broker = await startPlainBroker();
});
afterAll(() => broker.stop());
beforeEach(async () => {
  await Promise.all(running.map((leader) => leader.stop()));
  running = [];
});

async function start(hub: string, monotonic?: () => number): Promise<Leader> {
  const options = { hub, now: () => 1_800_000_000_000, ...(monotonic && { monotonic }) };
  const leader = await startLeader(broker.connection, options);
  running.push(leader);
  return leader;
}
const leading = () => running.filter((leader) => leader.isLeader());

test("a hub that is alone leads from the start, and another beside it does not", async () => {
  const first = await start("one");
  expect(first.isLeader()).toBe(true);
  const second = await start("two");
  expect(second.isLeader()).toBe(false);
  expect(second.term()).toBeUndefined();
  expect(second.current()).toMatchObject({ hub: "one", term: first.term() });
});

test("of many that start at once one leads", async () => {
  await Promise.all(["a", "b", "c", "d", "e"].map((hub) => start(hub)));
  expect(leading()).toHaveLength(1);
});

test("a leader that stops hands over at once, with a higher term", async () => {
  const first = await start("one");
  const second = await start("two");
  const changes: boolean[] = [];
  second.onChange((leads) => changes.push(leads));
  const before = first.term() ?? Number.NaN;
  await first.stop();
  expect(first.isLeader()).toBe(false);
  // Well before the lease of 10 s would have run out.
  await until("the second to lead", () => second.isLeader() || undefined, 9_000);
  expect(second.term()).toBe(before + 1);
  expect(changes).toEqual([true]);
});

test("a leader whose clock says that it is late leads no more, and finds out that another does", async () => {
  let skippedMs = 0;
  const frozen = await start("frozen", () => performance.now() + skippedMs);
  const changes: boolean[] = [];
  frozen.onChange((leads) => changes.push(leads));
  const term = frozen.term() ?? Number.NaN;
  skippedMs = 8_000;
  expect(frozen.isLeader()).toBe(false);
  const other = await start("other", () => performance.now() + skippedMs);
  // It saw the lease at its start only, and waits out its whole length.
  skippedMs += 10_000;
  const leader = await until("a leader", () => leading()[0]);
  expect([frozen, other]).toContain(leader);
  expect(leader.term()).toBe(term + 1);
  expect(changes[0]).toBe(false);
});

test("a leader whose lease another wrote over steps down", async () => {
  const leader = await start("one");
  const bucket = await openBucket(broker.connection, "leader");
  const held = await bucket.get("lease");
  const lease = JSON.parse(new TextDecoder().decode(held?.value));
  await bucket.put(
    "lease",
    new TextEncoder().encode(JSON.stringify({ ...lease, hub: "other", term: lease.term + 1 })),
  );
  await until("it to step down", () => !leader.isLeader() || undefined);
  await until("it to see the other", () => leader.current()?.hub === "other" || undefined);
});

test("a leader that cannot reach the broker steps down by itself", async () => {
  const own = await startPlainBroker();
  const connection = await connect({ servers: own.url, maxReconnectAttempts: -1 });
  const leader = await startLeader(connection, { hub: "cut off", now: Date.now });
  expect(leader.isLeader()).toBe(true);
  await own.stop();
  await until("it to step down", () => !leader.isLeader() || undefined);
  await connection.close();
  await leader.stop();
});
