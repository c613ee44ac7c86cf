import { jetstreamManager } from "@nats-io/jetstream";
import { createUser } from "@nats-io/nkeys";
import type { NatsConnection } from "@nats-io/transport-node";
import { type AgentId, newId, type Role } from "@tidemark/proto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AgentRegistry, openAgents } from "../src/state/agents.ts";
import { openApiTokens } from "../src/state/api-tokens.ts";
import { RevisionConflict, nextNumber, openBucket } from "../src/state/bucket.ts";
import { openEnrolment } from "../src/state/enrolment.ts";
import { openSessions, sessionLimits } from "../src/state/sessions.ts";
import { openState } from "../src/state/state.ts";
import { openUsers } from "../src/state/users.ts";
import { type TestBroker, startTestBroker } from "./start-test-broker.ts";

let bench: TestBroker;
let connection: NatsConnection;
let nowMs = 1_800_000_000_000;
const now = () => nowMs;

beforeAll(async () => {
  bench = await startTestBroker();
  connection = bench.broker.connection;
});
afterAll(() => bench.stop());
beforeEach(async () => {
  const manager = await jetstreamManager(connection);
  for await (const name of manager.streams.names())
    if (name.startsWith("KV_")) await manager.streams.delete(name);
});

const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });
const publicKey = () => createUser().getPublicKey();
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

test("a bucket writes only on the revision it was told", async () => {
  const bucket = await openBucket(connection, "positions");
  expect(await bucket.get("metrics")).toBeUndefined();
  const first = await bucket.put("metrics", Buffer.from("1"), 0);
  await expect(bucket.put("metrics", Buffer.from("2"), 0)).rejects.toThrow(RevisionConflict);
  const second = await bucket.put("metrics", Buffer.from("2"), first);
  await expect(bucket.put("metrics", Buffer.from("3"), first)).rejects.toThrow(RevisionConflict);
  const held = await bucket.get("metrics");
  expect([text(held?.value), held?.revision]).toEqual(["2", second]);
  expect(await bucket.keys()).toEqual(["metrics"]);
  await bucket.remove("metrics");
  expect(await bucket.get("metrics")).toBeUndefined();
  expect(await bucket.keys()).toEqual([]);
  // Removed means "must not exist" holds again.
  await bucket.put("metrics", Buffer.from("4"), 0);
  expect(text((await bucket.get("metrics"))?.value)).toBe("4");
});

test("a counter gives no number twice", async () => {
  const bucket = await openBucket(connection, "counters");
  const numbers = await Promise.all(Array.from({ length: 40 }, () => nextNumber(bucket, "host")));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});

test("agents enrolled at once at two hubs get a host number each, and both hubs see all", async () => {
  const [here, there] = [await openAgents(connection), await openAgents(connection)];
  const made = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      (index % 2 === 0 ? here : there).create({
        name: `host-${index}`,
        labels: {},
        publicKey: publicKey(),
      }),
    ),
  );
  expect(new Set(made.map(({ host }) => host)).size).toBe(30);
  const ids = (registry: AgentRegistry) =>
    registry
      .all()
      .map(({ id }) => id)
      .toSorted();
  await eventually(() => ids(here)).toEqual(made.map(({ id }) => id).toSorted());
  await eventually(() => ids(there)).toEqual(ids(here));
  expect(there.byHost(made[0]!.host)).toEqual(made[0]);
  await Promise.all([here.stop(), there.stop()]);
});

test("an agent is changed, told of, revoked once, and never forgotten", async () => {
  const [here, there] = [await openAgents(connection), await openAgents(connection)];
  const told: string[] = [];
  const unlisten = there.onChange(({ name, revokedAtMs }) => told.push(`${name} ${revokedAtMs}`));
  const key = publicKey();
  const made = await here.create({ name: "a", labels: { zone: "1" }, publicKey: key });
  expect(await here.create({ name: "other", labels: {}, publicKey: key })).toEqual(made);
  // Two hubs change different fields at once: neither change is lost.
  await Promise.all([
    here.update(made.id, { name: "b" }),
    there.update(made.id, { labels: { zone: "2" } }),
  ]);
  await here.update(made.id, { revokedAtMs: 5 });
  await here.update(made.id, { revokedAtMs: 9 });
  await eventually(() => there.get(made.id)).toEqual({
    ...made,
    name: "b",
    labels: { zone: "2" },
    revokedAtMs: 5,
  });
  expect(told[0]).toBe("a null");
  expect(told.at(-1)).toBe("b 5");
  await expect(here.create({ name: "c", labels: {}, publicKey: key })).rejects.toMatchObject({
    code: "revoked",
  });
  await expect(there.update(newId<AgentId>(), { name: "x" })).rejects.toMatchObject({
    code: "unknown",
  });
  unlisten();
  await Promise.all([here.stop(), there.stop()]);
});

test("a table is whole again after the broker was killed", async () => {
  const [here, there] = [await openAgents(connection), await openAgents(connection)];
  const before = await here.create({ name: "before", labels: {}, publicKey: publicKey() });
  const back = (async () => {
    for await (const status of connection.status()) if (status.type === "reconnect") return;
  })();
  process.kill(bench.broker.serverPid()!, "SIGKILL");
  await back;
  const after = await here.create({ name: "after", labels: {}, publicKey: publicKey() });
  await here.update(before.id, { name: "renamed" });
  await eventually(() =>
    there
      .all()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(["after", "renamed"]);
  expect(after.host).not.toBe(before.host);
  await Promise.all([here.stop(), there.stop()]);
});

test("a record that cannot be read stops the start, and says which it is", async () => {
  const bucket = await openBucket(connection, "agents");
  await bucket.put("bbbbbbbbbbbbbbbb", Buffer.from('{"id":"bbbbbbbbbbbbbbbb"}'));
  await expect(openAgents(connection)).rejects.toThrow(/bbbbbbbbbbbbbbbb of bucket agents/);
});

test("a record written wrongly later is told and leaves the one before", async () => {
  const troubles: string[] = [];
  const agents = await openAgents(connection, { troubled: (what) => void troubles.push(what) });
  const made = await agents.create({ name: "a", labels: {}, publicKey: publicKey() });
  const bucket = await openBucket(connection, "agents");
  await bucket.put(made.id, Buffer.from("not JSON"));
  await eventually(() => troubles).toEqual([made.id]);
  expect(agents.get(made.id)).toEqual(made);
  await agents.stop();
});

test("of two that redeem one enrolment token at once, one gets in", async () => {
  const here = await openEnrolment(connection, { now });
  const there = await openEnrolment(connection, { now });
  for (let round = 0; round < 5; round += 1) {
    const { token, expiresAtMs } = await here.create({
      labels: { role: "rack" },
      ttlSeconds: 3_600,
      createdBy: "admin",
    });
    expect(expiresAtMs).toBe(nowMs + 3_600_000);
    const outcomes = await Promise.all(
      [here, there, here, there].map((tokens) => tokens.redeem(token)),
    );
    expect(outcomes.filter(({ kind }) => kind === "redeemed")).toEqual([
      { kind: "redeemed", labels: { role: "rack" } },
    ]);
    expect(await there.redeem(token)).toMatchObject({ reason: /used already/ });
  }
});

test("an enrolment token that is unknown or expired is refused, and only its hash is kept", async () => {
  const tokens = await openEnrolment(connection, { now });
  const { token } = await tokens.create({ labels: {}, ttlSeconds: 60, createdBy: "admin" });
  const keys = await (await openBucket(connection, "enrolment")).keys();
  expect(keys).toHaveLength(1);
  expect(token).not.toContain(keys[0]);
  expect(await tokens.redeem(`${token}x`)).toMatchObject({ reason: /no such/ });
  nowMs += 60_000;
  expect(await tokens.redeem(token)).toMatchObject({ kind: "refused", reason: /expired/ });
  await expect(
    tokens.create({ labels: {}, ttlSeconds: 86_401, createdBy: "admin" }),
  ).rejects.toThrow(RangeError);
});

test("an enrolment token is listed while it is good, and void when removed", async () => {
  const tokens = await openEnrolment(connection, { now });
  const make = async (zone: string) =>
    (await tokens.create({ labels: { zone }, ttlSeconds: 60, createdBy: "lister" })).token;
  const zones = async () =>
    (await tokens.list())
      .filter(({ createdBy }) => createdBy === "lister")
      .map(({ labels }) => labels["zone"]);
  const used = await make("used");
  nowMs += 1;
  const removed = await make("removed");
  nowMs += 1;
  await make("kept");
  expect(await zones()).toEqual(["kept", "removed", "used"]);
  expect(JSON.stringify(await tokens.list())).not.toContain(removed);
  await tokens.redeem(used);
  const { id } = (await tokens.list()).find(({ labels }) => labels["zone"] === "removed")!;
  expect(await tokens.remove(id)).toBe(true);
  expect(await tokens.remove(id)).toBe(false);
  expect(await tokens.redeem(removed)).toMatchObject({ reason: /no such/ });
  expect(await zones()).toEqual(["kept"]);
  nowMs += 60_000;
  expect(await zones()).toEqual([]);
});

test("an API token works until it expires or is removed, at every hub", async () => {
  const here = await openApiTokens(connection, { now, roleOf: async () => "admin" });
  const there = await openApiTokens(connection, { now, roleOf: async () => "admin" });
  const { token, secret } = await here.create({
    name: "ci",
    role: "operator",
    createdBy: "ann",
    expiresInDays: 1,
  });
  expect(secret).toMatch(/^tm_[\w-]{43}$/);
  expect(await there.verify(secret)).toEqual({ user: "ann", role: "operator" });
  expect(await here.verify(`${secret}x`)).toBeUndefined();
  expect(await here.verify("tm_")).toBeUndefined();
  const usedAtMs = nowMs;
  await eventually(async () => (await here.list())[0]?.lastUsedAtMs).toBe(usedAtMs);
  nowMs += 59_999;
  await here.verify(secret);
  nowMs += 1;
  await here.verify(secret);
  await eventually(async () => (await there.list())[0]?.lastUsedAtMs).toBe(usedAtMs + 60_000);
  nowMs += 86_400_000;
  expect(await here.verify(secret)).toBeUndefined();
  expect(await there.remove(token.id)).toBe(true);
  expect(await there.remove(token.id)).toBe(false);
  await eventually(() => here.list()).toEqual([]);
  await Promise.all([here.stop(), there.stop()]);
});

test("an API token never has more than its user has now", async () => {
  const state = await openState(connection);
  const secretOf = async (createdBy: string, role: Role) =>
    (await state.apiTokens.create({ name: "ci", role, createdBy, expiresInDays: null })).secret;
  await state.users.ensure("eve", "correct horse", "operator");
  const high = await secretOf("eve", "admin");
  const low = await secretOf("eve", "viewer");
  expect(await state.apiTokens.verify(high)).toEqual({ user: "eve", role: "operator" });
  expect(await state.apiTokens.verify(low)).toEqual({ user: "eve", role: "viewer" });
  await state.users.ensure("eve", "correct horse", "viewer");
  await eventually(() => state.apiTokens.verify(high)).toEqual({ user: "eve", role: "viewer" });
  expect(await state.apiTokens.verify(await secretOf("nobody", "viewer"))).toBeUndefined();
  // Made by the owner of the hub's machine.
  const ofOwner = await state.apiTokens.verify(await secretOf("local", "admin"));
  expect(ofOwner).toEqual({ user: "local", role: "admin" });
  await state.stop();
});

test("a user signs in with the right password only, and a changed one ends the sessions", async () => {
  const state = await openState(connection);
  await state.users.ensure("ann@example.org", "correct horse", "admin");
  expect(await state.users.verify("ann@example.org", "correct horse")).toEqual({
    user: "ann@example.org",
    role: "admin",
  });
  expect(await state.users.verify("ann@example.org", "wrong")).toBeUndefined();
  expect(await state.users.verify("bob", "correct horse")).toBeUndefined();
  const { secret } = await state.sessions.create("ann@example.org", "admin");
  await state.users.ensure("ann@example.org", "correct horse", "admin");
  expect(await state.sessions.verify(secret)).toBeDefined();
  await state.users.ensure("ann@example.org", "battery staple", "admin");
  expect(await state.sessions.verify(secret)).toBeUndefined();
  expect(await state.users.verify("ann@example.org", "correct horse")).toBeUndefined();
  await state.stop();
});

test("an unknown user costs as much time as a wrong password", async () => {
  const users = await openUsers(connection);
  await users.ensure("ann", "correct horse", "viewer");
  const fastest = { ann: Infinity, nobody: Infinity };
  // In turns, and by the fastest: other work on the machine must not decide.
  for (let round = 0; round < 9; round += 1)
    for (const user of ["ann", "nobody"] as const) {
      const startedMs = performance.now();
      await users.verify(user, "wrong");
      fastest[user] = Math.min(fastest[user], performance.now() - startedMs);
    }
  expect(fastest.nobody / fastest.ann).toBeGreaterThan(0.5);
  expect(fastest.nobody / fastest.ann).toBeLessThan(2);
  await users.stop();
});

test("a session slides while it is used, ends when idle, and never outlives a week", async () => {
  const sessions = await openSessions(connection, { now });
  const { secret, expiresAtMs } = await sessions.create("ann", "viewer");
  const beganMs = nowMs;
  expect(expiresAtMs).toBe(beganMs + sessionLimits.idleMs);
  expect(await sessions.verify(secret)).toEqual({ user: "ann", role: "viewer", expiresAtMs });
  expect(await sessions.verify("made up")).toBeUndefined();
  while (nowMs + sessionLimits.idleMs / 2 < beganMs + sessionLimits.ageMs) {
    nowMs += sessionLimits.idleMs / 2;
    const expected = Math.min(nowMs + sessionLimits.idleMs, beganMs + sessionLimits.ageMs);
    expect(await sessions.verify(secret)).toBeDefined();
    await eventually(async () => (await sessions.verify(secret))?.expiresAtMs).toBe(expected);
  }
  nowMs = beganMs + sessionLimits.ageMs;
  expect(await sessions.verify(secret)).toBeUndefined();

  const idle = await sessions.create("ann", "viewer");
  nowMs += sessionLimits.idleMs;
  expect(await sessions.verify(idle.secret)).toBeUndefined();

  const out = await sessions.create("ann", "viewer");
  await sessions.remove(out.secret);
  expect(await sessions.verify(out.secret)).toBeUndefined();
  await sessions.stop();
});
