import { jetstreamManager } from "@nats-io/jetstream";
import {
  AuthorizationError,
  type NatsConnection,
  PermissionViolationError,
  connect,
  headers,
} from "@nats-io/transport-node";
import {
  type AgentId,
  beatSubject,
  eventsSubject,
  inboxPrefix,
  metricsSubject,
  newId,
  replySubject,
  tasksSubject,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestBroker, patient, startTestBroker } from "./start-test-broker.ts";

let bench: TestBroker;
let hub: NatsConnection;
const alice = newId<AgentId>();
const bob = newId<AgentId>();
let asAlice: NatsConnection;

beforeAll(async () => {
  bench = await startTestBroker();
  hub = bench.broker.connection;
  asAlice = await bench.agentConnection(alice);
});
afterAll(() => bench.stop());

test("a connection without credentials is refused", async () => {
  await expect(connect({ servers: bench.url, reconnect: false })).rejects.toThrow(
    AuthorizationError,
  );
});

test("an agent's record is stored once, and acknowledged to its own inbox", async () => {
  const publish = async () => {
    const withId = headers();
    withId.set("Nats-Msg-Id", `${alice}:aaaaaaaaaaaaaaaa:1`);
    const ack = await asAlice.request(metricsSubject(alice), "record", {
      headers: withId,
      ...patient,
    });
    return ack.json<{ stream: string; seq: number; duplicate?: boolean }>();
  };
  const first = await publish();
  expect(first).toMatchObject({ stream: "METRICS" });
  expect(await publish()).toMatchObject({ seq: first.seq, duplicate: true });
});

const foreign = [
  ["another agent's metrics", metricsSubject(bob)],
  ["another agent's events", eventsSubject(bob)],
  ["another agent's beats", beatSubject(bob)],
  ["another agent's results", replySubject(bob, "nonce")],
  ["another agent's tasks", tasksSubject(bob, "cancel")],
  ["its own tasks", tasksSubject(alice, "cancel")],
  ["JetStream's API", "$JS.API.STREAM.NAMES"],
  ["a key-value bucket", "$KV.users.admin"],
  ["the system account", "$SYS.REQ.SERVER.PING"],
  ["the hub's inbox", "_INBOX.hub.x"],
];

test.each(foreign)("an agent cannot publish to %s", async (_what, subject) => {
  const refused = nextViolation(asAlice);
  asAlice.publish(subject, "x");
  expect(await refused).toMatchObject({ operation: "publish", subject });
});

test.each([
  ["another agent's tasks", `v1.tasks.${bob}.>`],
  ["everybody's tasks", "v1.tasks.>"],
  ["another agent's inbox", `${inboxPrefix(bob)}.>`],
  ["every inbox", "_INBOX.>"],
  ["the hub's inbox", "_INBOX.hub.>"],
  ["metrics", "v1.metrics.>"],
  ["everything", ">"],
])("an agent cannot subscribe to %s", async (_what, subject) => {
  const refused = new Promise((resolve) => {
    asAlice.subscribe(subject, { callback: (cause) => resolve(cause) });
  });
  await expect(refused).resolves.toBeInstanceOf(PermissionViolationError);
});

test("a reply subject cannot turn JetStream's acknowledgement into a purge, a key or a task", async () => {
  const manager = await jetstreamManager(hub);
  const before = await manager.streams.info("METRICS");
  const arrived: string[] = [];
  const everything = hub.subscribe(">", {
    callback: (_cause, message) => void arrived.push(message.subject),
  });
  await hub.flush();
  const replies = [
    "$JS.API.STREAM.PURGE.METRICS",
    "$KV.users.admin",
    tasksSubject(bob, "run"),
    metricsSubject(bob),
  ];
  for (const reply of replies) asAlice.publish(metricsSubject(alice), "x", { reply });
  // Its own record comes last, so all of the above have been handled when it is acknowledged.
  await asAlice.request(metricsSubject(alice), "last", patient);
  everything.unsubscribe();
  expect(arrived.filter((subject) => replies.includes(subject))).toEqual([]);
  const after = await manager.streams.info("METRICS", { subjects_filter: ">" });
  expect(after.state.messages).toBe(before.state.messages + replies.length + 1);
  expect(Object.keys(after.state.subjects ?? {})).toEqual([metricsSubject(alice)]);
});

test("a task reaches its agent alone, and the answer comes back on the reply subject", async () => {
  const asBob = await bench.agentConnection(bob);
  const seenByBob: string[] = [];
  asBob.subscribe(`v1.tasks.${bob}.>`, {
    callback: (_cause, message) => void seenByBob.push(message.subject),
  });
  asAlice.subscribe(`v1.tasks.${alice}.>`, {
    callback: (_cause, message) => void message.respond("done"),
  });
  await Promise.all([asBob.flush(), asAlice.flush()]);
  const reply = await hub.request(tasksSubject(alice, "cancel"), "task", {
    ...patient,
    noMux: true,
    reply: replySubject(alice, "nonce"),
  });
  expect(reply.string()).toBe("done");
  await asBob.flush();
  expect(seenByBob).toEqual([]);
});

test("a task for an agent that is away is refused at once", async () => {
  const absent = newId<AgentId>();
  const asked = hub.request(tasksSubject(absent, "cancel"), "task", {
    timeout: 5_000,
    noMux: true,
    reply: replySubject(absent, "nonce"),
  });
  await expect(asked).rejects.toThrow("no responders");
});

test("a message over the limit is refused", async () => {
  const limit = asAlice.info?.max_payload;
  expect(limit).toBe(1_048_576);
  expect(() => asAlice.publish(metricsSubject(alice), new Uint8Array(1_048_577))).toThrow();
});

/** The next publish or subscribe that the broker refuses on this connection. */
async function nextViolation(connection: NatsConnection): Promise<unknown> {
  for await (const status of connection.status())
    if (status.type === "error" && status.error instanceof PermissionViolationError)
      return status.error;
  return undefined;
}
