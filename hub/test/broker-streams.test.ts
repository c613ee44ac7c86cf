import {
  AckPolicy,
  type JetStreamManager,
  StorageType,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { type AgentId, metricsSubject, newId } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureStreams, streamConfig } from "../src/broker/streams.ts";
import { trimStream } from "../src/broker/trimming.ts";
import { type TestBroker, patient, startTestBroker } from "./start-test-broker.ts";

let bench: TestBroker;
let manager: JetStreamManager;
beforeAll(async () => {
  bench = await startTestBroker();
  manager = await jetstreamManager(bench.broker.connection);
});
afterAll(() => bench.stop());

test("a stream with other limits is brought up to date and keeps its messages", async () => {
  const { name } = streamConfig("events");
  await bench.broker.connection.request(`v1.events.${newId<AgentId>()}`, "kept", patient);
  await manager.streams.update(name, { max_age: 3_600e9 });
  await ensureStreams(manager);
  const { config, state } = await manager.streams.info(name);
  expect(config).toMatchObject(streamConfig("events"));
  expect(state.messages).toBe(1);
});

test("a full stream refuses, so that the agent keeps its record", async () => {
  await manager.streams.add({
    name: "SMALL",
    subjects: ["small"],
    storage: StorageType.File,
    discard: streamConfig("metrics").discard!,
    max_msgs: 1,
  });
  const hub = bench.broker.connection;
  await hub.request("small", "1", patient);
  expect((await hub.request("small", "2", patient)).json()).toMatchObject({ error: { code: 503 } });
});

test("trimming takes what every durable consumer has acknowledged, and ids stay known", async () => {
  const agent = newId<AgentId>();
  const asAgent = await bench.agentConnection(agent);
  const publish = async (id: number) => {
    const withId = headers();
    withId.set("Nats-Msg-Id", `${agent}:aaaaaaaaaaaaaaaa:${id}`);
    const ack = await asAgent.request(metricsSubject(agent), "x", {
      headers: withId,
      ...patient,
    });
    return ack.json<{ seq: number; duplicate?: boolean }>();
  };
  for (let id = 1; id <= 5; id += 1) await publish(id);
  expect(await trimStream(manager, "METRICS")).toBe(0);
  await manager.consumers.add("METRICS", {
    durable_name: "ingest",
    ack_policy: AckPolicy.All,
  });
  expect(await trimStream(manager, "METRICS")).toBe(0);
  const consumer = await jetstream(bench.broker.connection).consumers.get("METRICS", "ingest");
  const messages = await consumer.fetch({ max_messages: 3 });
  for await (const message of messages) if (message.seq === 3) await message.ackAck();
  expect(await trimStream(manager, "METRICS")).toBe(3);
  expect((await manager.streams.info("METRICS")).state.first_seq).toBe(4);
  expect(await publish(1)).toMatchObject({ seq: 1, duplicate: true });
});
