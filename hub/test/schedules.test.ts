// The scheduler on a real broker with a clock in the test's hand.
import { type Firing, type ScheduleSpec } from "@tidemark/proto";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { until } from "./metrics-source.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import { type Hooks, endCampaign, profileId, startParts, valuesOf } from "./schedule-parts.ts";

const hourMs = 3_600_000;
const fromMs = Date.parse("2026-03-02T00:30:00Z");
let nowMs = fromMs;
let broker: PlainBroker;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  broker = await startPlainBroker();
});
afterAll(() => broker.stop());
beforeEach(async () => {
  nowMs = fromMs;
  const manager = await jetstreamManager(broker.connection);
  for await (const name of manager.streams.names())
    if (name.startsWith("KV_")) await manager.streams.delete(name);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A hub with a term of its own; it leads while its `leads` says so. */
async function startHub(hooks: Hooks = {}, term = 1) {
  let tick = () => {};
  const lease = { leads: true };
  const hub = await startParts(
    broker.connection,
    {
      leader: {
        isLeader: () => lease.leads,
        term: () => (lease.leads ? term : undefined),
        onChange: () => () => false,
        current: () => ({ hub: "one", sinceMs: fromMs, term }),
      },
      now: () => nowMs,
      every(_ms, each) {
        tick = each;
        return () => undefined;
      },
    },
    hooks,
  );
  stops.push(hub.stop);
  return { ...hub, lease, tick: () => tick() };
}

const spec = (change: Partial<ScheduleSpec> = {}): ScheduleSpec => ({
  name: "hourly",
  profile: profileId,
  cron: "0 * * * *",
  ...change,
});

type Hub = Awaited<ReturnType<typeof startHub>>;
const firings = ({ shared }: Hub) => valuesOf<Firing>(shared.firings);
const outcomes = async (hub: Hub) =>
  (await firings(hub))
    .toSorted((one, other) => one.dueAtMs - other.dueAtMs)
    .map(({ dueAtMs, outcome }) => `${new Date(dueAtMs).toISOString().slice(11, 16)} ${outcome}`);
/** Ticks until what is recorded is this. */
const comesTo = (hub: Hub, expected: readonly string[]) =>
  until(`${expected.join()}`, async () => {
    hub.tick();
    const got = await outcomes(hub);
    return got.join() === expected.join() || undefined;
  });

test("a clock that jumps an hour ahead and back fires every time once", async () => {
  const hub = await startHub({ isInstant: true });
  await hub.schedules.create(spec({ missed: "latest" }), "ada");
  nowMs = fromMs + hourMs;
  await comesTo(hub, ["01:00 started"]);
  nowMs = fromMs + 2 * hourMs;
  await comesTo(hub, ["01:00 started", "02:00 started"]);
  nowMs = fromMs + hourMs;
  for (let minute = 0; minute < 60; minute += 5) {
    nowMs += 5 * 60_000;
    hub.tick();
  }
  nowMs = fromMs + 3 * hourMs;
  await comesTo(hub, ["01:00 started", "02:00 started", "03:00 started"]);
  expect(await valuesOf(hub.shared.campaigns)).toHaveLength(3);
});

test("two hubs that both believe they lead fire every time once", async () => {
  const [one, other] = [
    await startHub({ isInstant: true }, 1),
    await startHub({ isInstant: true }, 2),
  ];
  await one.schedules.create(spec(), "ada");
  await until("the other to know it", () => other.tables.schedules.size || undefined);
  for (let hour = 1; hour <= 4; hour += 1) {
    nowMs = fromMs + hour * hourMs;
    one.tick();
    other.tick();
    const expected = ["01", "02", "03", "04"].slice(0, hour).map((each) => `${each}:00 started`);
    await comesTo(other, expected);
  }
  expect(await valuesOf(one.shared.campaigns)).toHaveLength(4);
});

test("a leader of a lower term writes nothing any more", async () => {
  const late = await startHub({ isInstant: true }, 1);
  const leader = await startHub({ isInstant: true }, 2);
  const { id } = await late.schedules.create(spec(), "ada");
  await until("the leader to know it", () => leader.tables.schedules.size || undefined);
  nowMs = fromMs + hourMs;
  await comesTo(leader, ["01:00 started"]);
  await until("its end", () => {
    leader.tick();
    return leader.tables.progress.get(id as never)?.open.length === 0 || undefined;
  });
  leader.lease.leads = false;
  nowMs = fromMs + 2 * hourMs;
  for (let times = 0; times < 20; times += 1) {
    late.tick();
    await late.schedules.list();
  }
  expect(await outcomes(leader)).toEqual(["01:00 started"]);
});

test("cancel-old ends the campaign before, queue waits for it", async () => {
  const hub = await startHub();
  await hub.schedules.create(spec({ overlap: "cancel-old" }), "ada");
  nowMs = fromMs + hourMs;
  await comesTo(hub, ["01:00 started"]);
  nowMs = fromMs + 2 * hourMs;
  await comesTo(hub, ["01:00 started", "02:00 started"]);
  const campaigns = await valuesOf<{ endedAtMs: number | null }>(hub.shared.campaigns);
  expect(campaigns.filter(({ endedAtMs }) => endedAtMs === null)).toHaveLength(1);
});

test("a queued firing is recorded as queued, then as started", async () => {
  const hub = await startHub();
  await hub.schedules.create(spec({ overlap: "queue" }), "ada");
  nowMs = fromMs + hourMs;
  await comesTo(hub, ["01:00 started"]);
  nowMs = fromMs + 2 * hourMs;
  await comesTo(hub, ["01:00 started", "02:00 queued"]);
  const [first] = await valuesOf<{ id: string }>(hub.shared.campaigns);
  await endCampaign(hub.shared, first?.id ?? "", nowMs);
  await comesTo(hub, ["01:00 started", "02:00 started"]);
});

test("what cannot start has failed, with its reason, and is told", async () => {
  let refusal: string | undefined = "no agent is online";
  const hub = await startHub({ refusal: () => refusal, isInstant: true });
  const told: string[] = [];
  hub.schedules.onFailed(({ spec: { name } }, { cause }) => told.push(`${name}: ${cause}`));
  await hub.schedules.create(spec(), "ada");
  nowMs = fromMs + hourMs;
  await comesTo(hub, ["01:00 failed"]);
  await until("to be told", () => told.length > 0 || undefined);
  expect(told).toEqual(["hourly: no agent is online"]);
  refusal = undefined;
  nowMs = fromMs + 2 * hourMs;
  await comesTo(hub, ["01:00 failed", "02:00 started"]);
});

test("what throws is tried again", async () => {
  let isAway = true;
  const hub = await startHub({
    isInstant: true,
    beforeStart() {
      if (isAway) throw new Error("the database is away");
    },
  });
  const { id } = await hub.schedules.create(spec(), "ada");
  nowMs = fromMs + hourMs;
  await until("the claim", () => {
    hub.tick();
    return hub.tables.progress.get(id as never)?.open[0]?.state === "claimed" || undefined;
  });
  expect(await outcomes(hub)).toEqual([]);
  isAway = false;
  await comesTo(hub, ["01:00 started"]);
});

test("run now starts once for a key, also while paused", async () => {
  const hub = await startHub();
  const { id } = await hub.schedules.create(spec({ paused: true }), "ada");
  const schedule = id as never;
  const first = await hub.schedules.runNow(schedule, "ada", "deploy 7");
  const again = await hub.schedules.runNow(schedule, "ada", "deploy 7");
  expect(again).toEqual(first);
  expect(first).toMatchObject({ isManual: true, outcome: "started", campaign: first?.id });
  const other = await hub.schedules.runNow(schedule, "ada");
  expect(other?.id).not.toBe(first?.id);
  expect(await valuesOf(hub.shared.campaigns)).toHaveLength(2);
  expect(hub.tables.progress.get(schedule)?.open).toHaveLength(2);
});

test("a new timing, and an end of a pause, count from then on", async () => {
  const hub = await startHub({ isInstant: true });
  const { id } = await hub.schedules.create(spec({ cron: "0 12 * * *" }), "ada");
  nowMs = fromMs + hourMs + 60_000;
  const changed = await hub.schedules.change(id as never, spec({ cron: "0 * * * *" }));
  expect(changed?.words).toBe("every hour at :00");
  hub.tick();
  nowMs = fromMs + 2 * hourMs;
  await comesTo(hub, ["02:00 started"]);
  const paused = await hub.schedules.change(id as never, spec({ paused: true }));
  expect(paused?.nextMs).toEqual([]);
  nowMs = fromMs + 3 * hourMs;
  await comesTo(hub, ["02:00 started", "03:00 skipped-paused"]);
});

test("a schedule that is removed fires no more", async () => {
  const hub = await startHub({ isInstant: true });
  const { id } = await hub.schedules.create(spec(), "ada");
  await hub.schedules.create(spec({ name: "beside", cron: "30 * * * *" }), "ada");
  expect(await hub.schedules.remove(id as never)).toBe(true);
  expect(await hub.schedules.remove(id as never)).toBe(false);
  nowMs = fromMs + hourMs;
  await comesTo(hub, ["01:30 started"]);
});
