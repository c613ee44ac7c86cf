// Profiles at a real broker: two hubs, races between them, and what a death between two writes leaves behind.
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type ProfileId, type ProfileSpec, newId, profileLimits } from "@tidemark/proto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { RequestRefused } from "../src/errors.ts";
import { openBucket } from "../src/state/bucket.ts";
import { unfinishedMs } from "../src/state/profile-revisions.ts";
import { type Profiles, openProfiles } from "../src/state/profiles.ts";
import { type TestBroker, startTestBroker } from "./start-test-broker.ts";

let bench: TestBroker;
let connection: NatsConnection;
let nowMs = 1_800_000_000_000;
const now = () => nowMs;
let here: Profiles;
let there: Profiles;

beforeAll(async () => {
  bench = await startTestBroker();
  connection = bench.broker.connection;
});
afterAll(() => bench.stop());
beforeEach(async () => {
  const manager = await jetstreamManager(connection);
  for await (const name of manager.streams.names())
    if (name.startsWith("KV_")) await manager.streams.delete(name);
  here = await openProfiles(connection, { now });
  there = await openProfiles(connection, { now });
  return async () => {
    await Promise.all([here.stop(), there.stop()]);
  };
});

const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });
const revisionBucket = () => openBucket(connection, "profile-revisions");
const spec = (name: string, more: Partial<ProfileSpec> = {}): ProfileSpec => ({
  name,
  load: { target: "http://127.0.0.1:8080/", ratePerSecond: 100, durationSeconds: 30 },
  placement: { selector: "role=rack" },
  ...more,
});
const refusal = async (what: Promise<unknown>) => {
  const cause = await what.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(cause).toBeInstanceOf(RequestRefused);
  return cause as RequestRefused;
};

test("a profile is made, revised, read at every revision, and known to the other hub", async () => {
  const made = await here.create(spec("Machine list"), "ann");
  expect(made).toMatchObject({ revision: 1, createdBy: "ann", archivedAtMs: null });
  nowMs += 5;
  const later = spec("Machine list", { variants: [{ labels: { release: "3.6" } }] });
  const revised = await here.revise(made.id as ProfileId, { revision: 1, spec: later }, "bob");
  expect(revised).toEqual({
    ...made,
    revision: 2,
    spec: later,
    revisedAtMs: nowMs,
    revisedBy: "bob",
  });
  expect(await there.revision(made.id as ProfileId)).toEqual(revised);
  expect(await there.revision(made.id as ProfileId, 1)).toEqual(made);
  expect(await there.revision(made.id as ProfileId, 3)).toBeUndefined();
  await eventually(() => there.get(made.id as ProfileId)).toMatchObject({
    revision: 2,
    name: "Machine list",
    driver: "http1",
    shape: "100/s for 30 s",
    variants: [{ release: "3.6" }],
    revisions: [
      { atMs: nowMs - 5, by: "ann" },
      { atMs: nowMs, by: "bob" },
    ],
  });
});

test("of two hubs that edit one revision at once, one gets through and the other is told", async () => {
  const { id } = await here.create(spec("a"), "ann");
  for (let revision = 1; revision <= 8; revision += 1) {
    const outcomes = await Promise.allSettled(
      [here, there, here, there].map((hub, at) =>
        hub.revise(
          id as ProfileId,
          { revision, spec: spec("a", { description: `by ${at}` }) },
          `user-${at}`,
        ),
      ),
    );
    const won = outcomes.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(won).toHaveLength(1);
    expect(await here.revision(id as ProfileId)).toEqual(won[0]);
    expect(await there.revision(id as ProfileId, revision + 1)).toEqual(won[0]);
    for (const each of outcomes)
      if (each.status === "rejected") {
        expect(each.reason).toBeInstanceOf(RequestRefused);
        expect(each.reason.message).toContain(`revision ${revision + 1}`);
        expect(each.reason.message).toContain(won[0]!.revisedBy);
      }
  }
});

test("a stale edit is told which revision is newer and who made it", async () => {
  const { id } = await here.create(spec("a"), "ann");
  await here.revise(id as ProfileId, { revision: 1, spec: spec("a") }, "bob");
  const stale = await refusal(
    there.revise(id as ProfileId, { revision: 1, spec: spec("b") }, "ann"),
  );
  expect([stale.code, stale.field]).toEqual(["conflict", "/revision"]);
  expect(stale.message).toContain("revision 2 was made by bob");
  const ahead = await refusal(
    there.revise(id as ProfileId, { revision: 7, spec: spec("b") }, "ann"),
  );
  expect(ahead.message).toContain("the latest is 2");
});

test("of two hubs that make profiles of one name at once, one succeeds", async () => {
  const outcomes = await Promise.allSettled(
    [here, there, here, there].map((hub, at) =>
      hub.create(spec(at % 2 === 0 ? "Machine  List" : "machine list"), "ann"),
    ),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const other = await refusal(there.create(spec("MACHINE LIST"), "bob"));
  expect([other.code, other.field]).toEqual(["conflict", "/name"]);
});

test("an archived profile frees its name, cannot be edited, and comes back unless its name is taken", async () => {
  const { id } = await here.create(spec("a"), "ann");
  const first = id as ProfileId;
  const archived = await here.archive(first);
  nowMs += 1_000;
  expect(await there.archive(first)).toEqual(archived);
  const edit = await refusal(here.revise(first, { revision: 1, spec: spec("a") }, "ann"));
  expect([edit.code, edit.message]).toEqual(["conflict", expect.stringContaining("archived")]);
  const second = await there.create(spec("A"), "bob");
  expect((await refusal(here.restore(first))).message).toContain("another profile is called a");
  await there.revise(second.id as ProfileId, { revision: 1, spec: spec("b") }, "bob");
  expect(await here.restore(first)).toMatchObject({ archivedAtMs: null, name: "a" });
  const taken = await refusal(
    there.revise(second.id as ProfileId, { revision: 2, spec: spec("a") }, "bob"),
  );
  expect(taken.field).toBe("/spec/name");
});

test("an archived profile that is restored while another takes its name has it, or has it not", async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id } = await here.create(spec(`round ${round}`), "ann");
    await here.archive(id as ProfileId);
    const outcomes = await Promise.allSettled([
      here.restore(id as ProfileId),
      there.create(spec(`Round ${round}`), "bob"),
    ]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  }
});

test("a revision whose hub died before the head named it is written over, once it is surely nobody's", async () => {
  const { id } = await here.create(spec("a"), "ann");
  const left = { spec: spec("left behind"), atMs: nowMs, by: "eve" };
  await (await revisionBucket()).put(`${id}.2`, Buffer.from(JSON.stringify(left)), 0);
  expect(await there.revision(id as ProfileId)).toMatchObject({ revision: 1, spec: spec("a") });
  expect(await there.revision(id as ProfileId, 2)).toBeUndefined();
  const edit = { revision: 1, spec: spec("a", { description: "mine" }) };
  const early = await refusal(there.revise(id as ProfileId, edit, "bob"));
  expect(early.message).toContain("eve is saving revision 2");
  nowMs += unfinishedMs;
  expect(await there.revise(id as ProfileId, edit, "bob")).toMatchObject({ revision: 2 });
  expect((await here.revision(id as ProfileId))?.spec.description).toBe("mine");
});

test("what a profile left that never came to be is swept away, and its name is free", async () => {
  const id = newId<ProfileId>();
  const bucket = await revisionBucket();
  const left = { spec: spec("a"), atMs: nowMs, by: "eve" };
  await bucket.put(`${id}.1`, Buffer.from(JSON.stringify(left)), 0);
  const names = await openBucket(connection, "profile-names");
  const claim = JSON.stringify({ profile: id, atMs: nowMs });
  await names.put(Buffer.from("a").toString("base64url"), Buffer.from(claim), 0);
  await refusal(here.create(spec("a"), "ann"));
  await (await openProfiles(connection, { now })).stop();
  expect(await bucket.keys()).toEqual([`${id}.1`]);
  nowMs += unfinishedMs;
  const kept = await here.create(spec("a"), "ann");
  await (await openProfiles(connection, { now })).stop();
  expect(await bucket.keys()).toEqual([`${kept.id}.1`]);
});

test("a full store of revisions is said, and nothing is half made", async () => {
  await Promise.all([here.stop(), there.stop()]);
  const manager = await jetstreamManager(connection);
  await manager.streams.delete("KV_profile-revisions");
  here = await openProfiles(connection, { now, revisionBytesMax: 20_000 });
  there = await openProfiles(connection, { now, revisionBytesMax: 20_000 });
  const { id } = await here.create(spec("small"), "ann");
  const large = spec("small", { load: { ...spec("").load, body: "x".repeat(30_000) } });
  const full = await refusal(here.revise(id as ProfileId, { revision: 1, spec: large }, "ann"));
  expect([full.code, full.message]).toEqual(["conflict", expect.stringContaining("20000 bytes")]);
  expect(await here.revision(id as ProfileId)).toMatchObject({ revision: 1 });
});

test("past its bound a profile has no more revisions", async () => {
  const { id } = await here.create(spec("a"), "ann");
  const heads = await openBucket(connection, "profiles");
  const held = await heads.get(id);
  const head = JSON.parse(Buffer.from(held!.value).toString());
  const made = head.revisions[0];
  const revision = profileLimits.revisionsMax;
  const revisions = Array.from({ length: revision }, () => made);
  await heads.put(id, Buffer.from(JSON.stringify({ ...head, revision, revisions })));
  const refused = await refusal(here.revise(id as ProfileId, { revision, spec: spec("a") }, "ann"));
  expect(refused.message).toContain(`${revision} revisions`);
});

test("a profile as large as may be is kept whole", async () => {
  const labels = Object.fromEntries(
    Array.from({ length: 7 }, (_, at) => [`label-${at}-`.padEnd(32, "x"), "ü".repeat(64)]),
  );
  const body = "y".repeat(850_000 - 64 * 1_700);
  const variants = Array.from({ length: 64 }, (_, at) => ({
    labels: { ...labels, release: String(at) },
  }));
  const large = spec("large", { variants, load: { ...spec("").load, body } });
  const { id } = await here.create(large, "ann");
  expect((await there.revision(id as ProfileId))?.spec).toEqual(large);
});

test("nobody's profile is not found", async () => {
  const id = newId<ProfileId>();
  expect(await here.revision(id)).toBeUndefined();
  const edit = { revision: 1, spec: spec("a") };
  for (const what of [here.revise(id, edit, "ann"), here.archive(id), here.restore(id)])
    expect((await refusal(what)).code).toBe("not-found");
});
