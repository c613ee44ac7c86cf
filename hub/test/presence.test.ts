import { createUser } from "@nats-io/nkeys";
import {
  type AgentId,
  type Beat,
  type BootId,
  beatSubject,
  encodeJson,
  newId,
  parseBeatReply,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPresence } from "../src/fleet/presence.ts";
import { type AgentRegistry, openAgents } from "../src/state/agents.ts";
import { type TestBroker, patient, startTestBroker } from "./start-test-broker.ts";

let bench: TestBroker;
let agents: AgentRegistry;
beforeAll(async () => {
  bench = await startTestBroker();
  agents = await openAgents(bench.broker.connection);
});
afterAll(async () => {
  await agents.stop();
  await bench.stop();
});

const lane = { firstSeq: 1, nextSeq: 4, bytes: 900, dropped: 0 };
const beat: Beat = {
  boot: newId<BootId>(),
  version: "0.1.0",
  sentAtMs: 1,
  startedAtMs: 1,
  intervalSeconds: 1,
  lanes: { metrics: lane, events: lane, results: lane },
  clockOffsetMs: -2.5,
  roundTripMs: 0.4,
  activeRuns: [],
  load: { allowed: true, policy: "0123456789abcdef" },
};

function begin() {
  const clock = { nowMs: 1_000_000, look: () => {} };
  const refused: string[] = [];
  const told: string[] = [];
  const presence = startPresence({
    connection: bench.broker.connection,
    agents,
    missingBatches: () => 3,
    now: () => clock.nowMs,
    rejected: (agent, what, reason) => void refused.push(`${agent} ${what}: ${reason}`),
    every: (_ms, look) => {
      clock.look = look;
      return () => {};
    },
  });
  const unlisten = presence.onState(({ id, state }) => told.push(`${id} ${state}`));
  return {
    presence,
    refused,
    told,
    /** Moves the clock and looks, as the timer would. */
    at: (nowMs: number) => {
      clock.nowMs = nowMs;
      clock.look();
    },
    stop: async () => {
      unlisten();
      await presence.stop();
    },
  };
}

async function enrolled() {
  const pair = createUser();
  const record = await agents.create({
    name: "rack-1",
    labels: { role: "rack" },
    publicKey: pair.getPublicKey(),
  });
  const connection = await bench.agentConnection(record.id);
  return { record, connection, subject: beatSubject(record.id) };
}

test("a beat is answered with the hub's clock, and ages into stale and offline", async () => {
  const { presence, told, at, stop } = begin();
  const { record, connection, subject } = await enrolled();
  expect(presence.view(record, 1_000_000)).toMatchObject({
    state: "offline",
    lastSeenMs: null,
    version: null,
    lanes: null,
    loadAllowed: null,
  });
  const heard: AgentId[] = [];
  presence.onBeat((agent) => heard.push(agent));
  const reply = await connection.request(subject, encodeJson(beat), patient);
  expect(parseBeatReply(reply.data)).toEqual({ receivedAtMs: 1_000_000 });
  expect(heard).toEqual([record.id]);
  expect(presence.beatOf(record.id)).toEqual({ beat, receivedAtMs: 1_000_000 });
  expect(presence.view(record, 1_000_000)).toEqual({
    id: record.id,
    name: "rack-1",
    labels: { role: "rack" },
    state: "online",
    enrolledAtMs: record.enrolledAtMs,
    lastSeenMs: 1_000_000,
    version: "0.1.0",
    intervalSeconds: 1,
    clockOffsetMs: -2.5,
    lanes: beat.lanes,
    activeRuns: [],
    loadAllowed: true,
    missingBatches: 3,
  });
  at(1_015_000);
  at(1_015_001);
  at(1_300_000);
  at(1_300_001);
  await connection.request(subject, encodeJson(beat), patient);
  at(1_300_002);
  await agents.update(record.id, { revokedAtMs: 1_300_002 });
  expect(told).toEqual(
    ["online", "stale", "offline", "online", "revoked"].map((state) => `${record.id} ${state}`),
  );
  await stop();
});

test("a beat that does not fit, of a stranger, or of a revoked agent is refused and told", async () => {
  const { presence, refused, stop } = begin();
  const { record, connection, subject } = await enrolled();
  const stranger = newId<AgentId>();
  const asStranger = await bench.agentConnection(stranger);

  connection.publish(subject, "no JSON");
  connection.publish(subject, JSON.stringify({ ...beat, version: 7 }));
  connection.publish(subject, new Uint8Array([0xff, 0xfe]));
  await connection.flush();
  asStranger.publish(beatSubject(stranger), encodeJson(beat));
  await asStranger.flush();
  // A good one last: what came before it has been handled when it is answered.
  await connection.request(subject, encodeJson(beat), patient);
  connection.publish(subject, encodeJson(beat));
  await expect.poll(() => refused.length).toBe(5);
  await agents.update(record.id, { revokedAtMs: 1 });
  connection.publish(subject, encodeJson(beat));
  await expect.poll(() => refused.length).toBe(6);
  expect(refused.toSorted()).toEqual(
    [
      `${record.id} beat: it is not JSON in UTF-8`,
      `${record.id} beat: /version must be string`,
      `${record.id} beat: it is not JSON in UTF-8`,
      `${stranger} beat: no such agent is enrolled`,
      `${record.id} beat: less than 50 ms after the last`,
      `${record.id} beat: the agent is revoked`,
    ].toSorted(),
  );
  expect(presence.beatOf(stranger)).toBeUndefined();
  await stop();
});
