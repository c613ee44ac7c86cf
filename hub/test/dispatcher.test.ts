import { createPublicKey, verify } from "node:crypto";
import {
  type AgentId,
  type RunId,
  encodeJson,
  newId,
  parseSignedTask,
  parseTaskEnvelope,
  tasksSubject,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBucket } from "../src/state/bucket.ts";
import { type OpenDispatcher, openDispatcher } from "../src/tasks/dispatcher.ts";
import { type TestBroker, startTestBroker } from "./start-test-broker.ts";

let broker: TestBroker;
let dispatcher: OpenDispatcher;
const open = async () =>
  openDispatcher({
    connection: broker.broker.connection,
    bucket: await openBucket(broker.broker.connection, "tasks"),
    now: Date.now,
  });

beforeAll(async () => {
  broker = await startTestBroker();
  dispatcher = await open();
});
afterAll(() => broker.stop());

test("keeps its key over restarts, and two hubs that start at once agree on one", async () => {
  expect(Buffer.from(dispatcher.publicKey, "base64")).toHaveLength(32);
  const others = await Promise.all([open(), open()]);
  for (const { publicKey } of others) expect(publicKey).toBe(dispatcher.publicKey);
  const fresh = await openBucket(broker.broker.connection, "fresh-tasks");
  const racing = await Promise.all(
    [1, 2, 3].map(() =>
      openDispatcher({ connection: broker.broker.connection, bucket: fresh, now: Date.now }),
    ),
  );
  expect(new Set(racing.map(({ publicKey }) => publicKey)).size).toBe(1);
});

test("signs each task for one agent, with a nonce of its own, and brings the answer back", async () => {
  const agent = newId<AgentId>();
  const connection = await broker.agentConnection(agent);
  const nonces = new Set<string>();
  const x = Buffer.from(dispatcher.publicKey, "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  connection.subscribe(tasksSubject(agent, "*"), {
    callback(_, message) {
      const envelope = parseTaskEnvelope(message.data);
      const payload = Buffer.from(envelope.payload, "base64");
      expect(verify(null, payload, key, Buffer.from(envelope.signature, "base64"))).toBe(true);
      payload[payload.length - 2]! ^= 1;
      expect(verify(null, payload, key, Buffer.from(envelope.signature, "base64"))).toBe(false);
      const signed = parseSignedTask(Buffer.from(envelope.payload, "base64"));
      expect(signed.agent).toBe(agent);
      expect(signed.expiresMs - signed.notBeforeMs).toBeLessThanOrEqual(600_000);
      nonces.add(signed.nonce);
      message.respond(encodeJson({ ok: false, code: "unknown-run", reason: "none" }));
    },
  });
  await connection.flush();
  for (let count = 0; count < 3; count += 1)
    expect(await dispatcher.send(agent, { kind: "cancel", run: newId<RunId>() })).toEqual({
      kind: "answered",
      reply: { ok: false, code: "unknown-run", reason: "none" },
    });
  expect(nonces.size).toBe(3);
});

test("an agent that is not there is offline at once; one that is silent or talks nonsense, too", async () => {
  const run = newId<RunId>();
  // Told by the broker, long before the deadline of an answer.
  const startedMs = performance.now();
  const deadline = { timeoutMs: 60_000 };
  expect(await dispatcher.send(newId<AgentId>(), { kind: "cancel", run }, deadline)).toEqual({
    kind: "offline",
  });
  expect(performance.now() - startedMs).toBeLessThan(30_000);

  const agent = newId<AgentId>();
  const connection = await broker.agentConnection(agent);
  const silent = connection.subscribe(tasksSubject(agent, "*"));
  await connection.flush();
  expect(await dispatcher.send(agent, { kind: "cancel", run }, { timeoutMs: 50 })).toEqual({
    kind: "offline",
  });
  silent.unsubscribe();
  connection.subscribe(tasksSubject(agent, "*"), {
    callback: (_, message) => void message.respond("nonsense"),
  });
  await connection.flush();
  expect(await dispatcher.send(agent, { kind: "cancel", run })).toEqual({ kind: "offline" });
});
