// Runs of several agents: one start, exact shares, one merged result, and every way in which one of them can let the others down.
import { type NewRun, type Run, type RunId, type RunTimeline, newId } from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunControl } from "../src/load/runs.ts";
import { openRunStore } from "../src/store/runs.ts";
import { type LoadAgent, finalOf, intervalOf } from "./load-agent.ts";
import { type LoadHub, startLoadHub } from "./load-hub.ts";
import { until } from "./metrics-source.ts";

let hub: LoadHub;
let runs: RunControl;
let agents: LoadAgent[];
let pool: string;
let pools = 0;

beforeAll(async () => {
  hub = await startLoadHub("embedded");
});
afterAll(() => hub?.stop());
beforeEach(async () => {
  runs = await hub.start();
  pools += 1;
  pool = `p${pools}`;
  agents = [];
  for (let count = 0; count < 3; count += 1) agents.push(await hub.newAgent({ pool }));
});
afterEach(() => runs.stop());

const asked = (change: Partial<NewRun> = {}): NewRun => ({
  agents: agents.map(({ id }) => id),
  target: "http://127.0.0.1:1/x",
  ratePerSecond: 100,
  connections: 8,
  durationSeconds: 3,
  ...change,
});
async function begin(change: Partial<NewRun> = {}): Promise<Run & { id: RunId }> {
  const outcome = await runs.create(asked(change), "ann");
  if (outcome.kind !== "started") throw new Error(outcome.reason);
  return outcome.run as Run & { id: RunId };
}
const inState = (id: RunId, state: Run["state"], waitMs?: number) =>
  until(
    `run ${state}`,
    async () => {
      const run = await runs.get(id);
      return run?.state === state ? run : undefined;
    },
    waitMs,
  );
const nameOf = (agent: LoadAgent | undefined) => hub.records.get(agent!.id)!.name;
const finishAll = (id: RunId, those = agents) =>
  Promise.all(those.map((agent) => agent.final(id, finalOf(0, []))));

test("begins at one instant by every agent's own clock, and merges what they report", async () => {
  const [, b, c] = agents as [LoadAgent, LoadAgent, LoadAgent];
  b.clock = () => ({ ok: true, clockMs: Date.now() + 5_000 });
  c.clock = () => ({ ok: true, clockMs: Date.now() - 3_000 });
  const seen: RunTimeline[] = [];
  runs.onInterval((_, timeline) => seen.push(timeline));
  const run = await begin();
  expect(run.state).toBe("pending");
  expect(run.agents.map(({ share }) => share)).toEqual(
    [0, 1, 2].map((index) => ({ index, of: 3 })),
  );
  expect(run.agents[1]!.clock!.aheadMs).toBeGreaterThan(4_700);
  expect(run.agents[1]!.clock!.aheadMs).toBeLessThan(5_300);

  const tasks = agents.map((agent) => agent.tasksOf("run")[0]!);
  expect(tasks.map(({ plan }) => plan.share)).toEqual(run.agents.map(({ share }) => share));
  // The whole rate and all connections: the shares divide them.
  expect(tasks[2]!.plan).toMatchObject({ connections: 8, pacing: { ratePerSecond: 100 } });
  const starts = tasks.map(({ startAtMs }, at) => startAtMs! - run.agents[at]!.clock!.aheadMs);
  for (const startMs of starts) expect(Math.abs(startMs - starts[0]!)).toBeLessThanOrEqual(1);
  await inState(run.id, "running");

  const firstMs = starts[0]!;
  const ownFirstMs = agents.map((_, at) => Math.round(firstMs + run.agents[at]!.clock!.aheadMs));
  const report = (at: number, index: number, latencies: number[]) =>
    agents[at]!.interval(run.id, intervalOf(index, latencies, ownFirstMs[at]));
  await report(0, 0, [100, 200]);
  await report(1, 0, [300]);
  await report(0, 1, [1_000]);
  await until("two parts", async () =>
    (await runs.get(run.id))?.counts.sent === 4 ? true : undefined,
  );
  expect(seen).toEqual([]);
  await report(2, 0, [400, 500, 600]);
  const [first] = await until("the first second", () => (seen.length > 0 ? seen : undefined));
  expect(first).toMatchObject({ completed: [6], due: [6] });
  expect(Math.abs(first!.times[0]! - firstMs)).toBeLessThanOrEqual(1);
  expect(first!.response.max[0]).toBeCloseTo(600, -1);

  await report(2, 1, [2_000]);
  await report(1, 1, [9_000]);
  const parts = [
    [100, 200, 1_000],
    [300, 9_000],
    [400, 500, 600, 2_000],
  ];
  await Promise.all(
    [1, 2, 0].map((at) =>
      agents[at]!.final(
        run.id,
        finalOf(2, parts[at]!, {
          startedAtMs: ownFirstMs[at]!,
          endedAtMs: ownFirstMs[at]! + 2_000,
          remarks: ["the certificate was not checked", ...(at === 1 ? ["slow disk"] : [])],
        }),
      ),
    ),
  );
  const ended = await inState(run.id, "completed");
  expect(ended).toMatchObject({ cause: "", spoiled: [], achievedPerSecond: 4.5 });
  expect(ended.remarks).toEqual(["the certificate was not checked", `${nameOf(b)}: slow disk`]);
  expect(ended.counts.completed).toBe(9);
  expect(ended.response).toMatchObject({ count: 9, max: expect.closeTo(9_000, -2) });
  expect(Math.abs(ended.startedAtMs! - firstMs)).toBeLessThanOrEqual(1);
  expect(ended.agents.map(({ counts }) => counts.completed)).toEqual([3, 2, 4]);
  expect(seen.map(({ completed }) => completed)).toEqual([[6], [3]]);

  expect(await runs.timeline(run.id)).toMatchObject({ sent: [6, 3], backlog: [0, 3] });
  expect(await runs.timeline(run.id, b.id)).toMatchObject({ sent: [1, 1] });
  const counted = async (agent?: string) =>
    (await runs.spectrum(run.id, agent))!.response.bars.reduce((sum, { count }) => sum + count, 0);
  expect(await counted()).toBe(9);
  expect(await counted(c.id)).toBe(4);
  await expect(runs.timeline(run.id, newId())).rejects.toThrow("no part");

  // What is stored says the same.
  await runs.stop();
  runs = await hub.start();
  const { items } = await runs.list({ agent: b.id });
  expect(items).toEqual([ended]);
  expect(await runs.get(run.id)).toEqual(ended);
});

test("says when the first requests were further apart than the clocks explain", async () => {
  const { id } = await begin();
  const { startedAtMs } = finalOf(0, []);
  const [first, ...others] = agents;
  await first!.final(id, finalOf(0, [1], { startedAtMs: startedAtMs + 400 }));
  await finishAll(id, others);
  const { spoiled } = await inState(id, "completed");
  expect(spoiled).toEqual([
    { code: "started-apart", detail: expect.stringMatching(/ (39|40)\d ms apart$/) },
  ]);
});

test("nobody begins when one refuses: the others are told, and the end is stored", async () => {
  const [a, b, c] = agents as [LoadAgent, LoadAgent, LoadAgent];
  b.reply = ({ kind }) =>
    kind === "run" ? { ok: false, code: "policy", reason: "not among the targets" } : { ok: true };
  const reason = `${nameOf(b)}: not among the targets`;
  expect(await runs.create(asked(), "ann")).toMatchObject({ code: "agent-refused", reason });
  for (const agent of [a, c]) expect(agent.tasksOf("cancel")).toHaveLength(1);
  const [run] = (await runs.list({ agent: a.id })).items;
  expect(run).toMatchObject({ state: "refused", cause: reason });
  expect(run!.agents.map(({ state }) => state)).toEqual(["cancelled", "refused", "cancelled"]);
  expect(run!.endedAtMs).not.toBeNull();
  // They end what they had not begun; that changes nothing.
  await a.final(run!.id as RunId, finalOf(0, [], { state: "cancelled", cause: "cancelled" }));
  await until("the final", async () =>
    (await runs.get(run!.id as RunId))?.agents[0]?.cause === "cancelled" ? true : undefined,
  );
  expect((await runs.get(run!.id as RunId))?.state).toBe("refused");
});

test("nobody begins when one is silent, and it is told as well", async () => {
  const [a, b] = agents as [LoadAgent, LoadAgent, LoadAgent];
  b.reply = () => undefined;
  expect(await runs.create(asked(), "ann")).toMatchObject({
    code: "agent-offline",
    reason: expect.stringContaining(`${nameOf(b)}: the agent did not answer`),
  });
  for (const agent of [a, b]) {
    const startAtMs = agent.tasksOf("run")[0]!.startAtMs!;
    expect(agent.tasksOf("cancel")).toHaveLength(1);
    const cancelled = agent.tasks.find(({ task }) => task.kind === "cancel")!;
    expect(cancelled.notBeforeMs).toBeLessThan(startAtMs);
  }
  expect((await runs.list({ agent: a.id })).items).toMatchObject([{ state: "failed" }]);
});

test.each<[string, (agent: LoadAgent) => void, string]>([
  [
    "far off",
    (agent) => (agent.clock = () => ({ ok: true, clockMs: Date.now() + 3_600_000 })),
    "its clock is 3600 s ahead",
  ],
  [
    "known too roughly",
    (agent) =>
      (agent.clock = () =>
        new Promise((resolve) =>
          setTimeout(() => resolve({ ok: true, clockMs: Date.now() }), 600),
        )),
    "its clock is known to",
  ],
  ["not told", (agent) => (agent.clock = () => undefined), "did not answer"],
])("asks nobody to run when a clock is %s", async (_, spoil, reason) => {
  spoil(agents[2]!);
  const outcome = await runs.create(asked(), "ann");
  expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringContaining(reason) });
  expect(agents.flatMap((agent) => agent.tasksOf("run"))).toEqual([]);
  const [run] = (await runs.list({ agent: agents[0]!.id })).items;
  expect(["refused", "failed"]).toContain(run!.state);
});

test("an agent lost midway makes the run degraded, keeps its counts, and its late final still counts", async () => {
  const { id } = await begin({ durationSeconds: 30 });
  const [a, b, c] = agents as [LoadAgent, LoadAgent, LoadAgent];
  await inState(id, "running");
  for (const agent of agents) await agent.interval(id, intervalOf(0, [100, 100]));
  b.reply = () => ({ ok: false, code: "unknown-run", reason: "not here" });
  const degraded = await until("the loss", async () => {
    const run = await runs.get(id);
    return run?.spoiled.some(({ code }) => code === "agents-lost") ? run : undefined;
  });
  expect(degraded.state).toBe("running");
  const { detail } = degraded.spoiled.find(({ code }) => code === "agents-lost")!;
  expect(detail).toContain(nameOf(b));
  expect(detail).toContain("2 requests until then are counted");
  await a.final(id, finalOf(1, [100, 100]));
  await c.final(id, finalOf(1, [100, 100]));
  const ended = await inState(id, "completed");
  expect(ended.counts.completed).toBe(6);
  expect(ended.response.count).toBe(6);

  await b.final(id, finalOf(1, [100, 100, 100], { state: "lease-lapsed", cause: "no hub" }));
  const late = await until("the late final", async () => {
    const run = await runs.get(id);
    return run?.counts.completed === 7 ? run : undefined;
  });
  expect(late).toMatchObject({ state: "completed", response: { count: 7 } });
  expect(late.spoiled.map(({ code }) => code)).toEqual(["agents-lost"]);
});

test("tells a second without the agent that does not report it, after a bounded wait", async () => {
  const { id } = await begin();
  await inState(id, "running");
  const seen: RunTimeline[] = [];
  runs.onInterval((_, timeline) => seen.push(timeline));
  await agents[0]!.interval(id, intervalOf(0, [1]));
  await agents[1]!.interval(id, intervalOf(0, [1]));
  await until("the second", () => seen[0]);
  expect(seen).toMatchObject([{ completed: [2] }]);
  await finishAll(id);
  await inState(id, "completed");
});

test("a hub that is started anew takes up every agent's part", async () => {
  const { id } = await begin({ durationSeconds: 30 });
  await inState(id, "running");
  await agents[0]!.interval(id, intervalOf(0, [100]));
  await agents[1]!.interval(id, intervalOf(0, [200]));
  await until("both", async () => ((await runs.get(id))?.counts.sent === 2 ? true : undefined));
  await runs.stop();
  await agents[2]!.interval(id, intervalOf(0, [300]));
  const before = agents.map((agent) => agent.tasksOf("lease").length);
  runs = await hub.start();
  await until("every lease", () =>
    agents.every((agent, at) => agent.tasksOf("lease").length > before[at]!) ? true : undefined,
  );
  await until("all", async () => ((await runs.get(id))?.response.count === 3 ? true : undefined));
  await Promise.all(agents.map((agent, at) => agent.final(id, finalOf(1, [100 * (at + 1)]))));
  const run = await inState(id, "completed");
  expect(run).toMatchObject({ counts: { completed: 3 }, response: { count: 3 }, spoiled: [] });
});

test("a hub that stopped between the last part's end and the run's own finds the end", async () => {
  const { id } = await begin();
  await inState(id, "running");
  await runs.stop();
  const store = openRunStore(hub.opened.database, Date.now);
  const { assignments } = (await store.find(id))!;
  const ended = { state: "failed", cause: "gone", endedAtMs: Date.now() } as const;
  await store.save(
    undefined,
    assignments.map((assignment) => ({ ...assignment, ...ended })),
  );
  runs = await hub.start();
  expect(await runs.get(id)).toMatchObject({
    state: "failed",
    cause: `${nameOf(agents[0])}: gone (and 2 more)`,
  });
});

test("what two hubs store of the same results counts once", async () => {
  const { id } = await begin();
  await inState(id, "running");
  const second = await hub.start();
  for (const agent of agents) await agent.interval(id, intervalOf(0, [100, 200]));
  await Promise.all(agents.map((agent) => agent.final(id, finalOf(1, [100, 200]))));
  for (const one of [runs, second])
    await until("the end", async () => {
      const run = await one.get(id);
      return run?.state === "completed" || hub.endedLanes.length > 0 ? true : undefined;
    });
  await Promise.all([runs.stop(), second.stop()]);
  hub.endedLanes.splice(0);
  runs = await hub.start();
  const run = await inState(id, "completed");
  expect(run).toMatchObject({ counts: { completed: 6 }, response: { count: 6 }, spoiled: [] });
  expect(await runs.timeline(id)).toMatchObject({ sent: [6] });
  expect((await runs.spectrum(id))!.response.bars.reduce((sum, { count }) => sum + count, 0)).toBe(
    6,
  );
});

test("a cancel reaches all at once, whoever does not answer", async () => {
  const { id } = await begin({ durationSeconds: 30 });
  await inState(id, "running");
  let silentAt = Number.NaN;
  agents[0]!.reply = ({ kind }) => {
    if (kind === "cancel") silentAt = performance.now();
    return undefined;
  };
  const arrivals: number[] = [];
  for (const agent of agents.slice(1))
    agent.reply = ({ kind }) => {
      if (kind === "cancel") {
        arrivals.push(performance.now());
        void agent.final(id, finalOf(0, [], { state: "cancelled", cause: "cancelled by the hub" }));
      }
      return { ok: true };
    };
  const cancelled = await runs.cancel(id, "ann");
  // In turn the others would have heard of it when the silent one's two seconds were over.
  expect(arrivals).toHaveLength(2);
  for (const at of arrivals) expect(Math.abs(at - silentAt)).toBeLessThan(1_000);
  expect(cancelled!.agents.map(({ state }) => state)).toEqual([
    "running",
    "cancelled",
    "cancelled",
  ]);
  // Without a lease it ends by itself, and says so.
  await agents[0]!.final(id, finalOf(0, [], { state: "lease-lapsed", cause: "no lease" }));
  await inState(id, "cancelled");
});

test("a cancel that overtakes the start reaches who took the run after it", async () => {
  const [first] = agents as [LoadAgent];
  let answer = (): void => undefined;
  first.reply = async ({ kind }) => {
    if (kind === "run") await new Promise<void>((resolve) => (answer = resolve));
    return { ok: true };
  };
  const starting = begin({ agents: [first.id], durationSeconds: 30 });
  const { run } = await until("the task", () => first.tasksOf("run")[0]);
  const cancelling = runs.cancel(run as RunId, "ann");
  await until("the early cancel", () => first.tasksOf("cancel")[0]);
  answer();
  const started = await starting;
  expect(first.tasksOf("cancel")).toHaveLength(2);
  await first.final(started.id, finalOf(0, [], { state: "cancelled", cause: "cancelled" }));
  await cancelling;
  await inState(started.id, "cancelled");
});

test("revoking one agent ends its part alone", async () => {
  const { id } = await begin({ durationSeconds: 30 });
  await inState(id, "running");
  const [a, b, c] = agents as [LoadAgent, LoadAgent, LoadAgent];
  await runs.revoke(b.id, "ann", async () => {
    hub.records.set(b.id, { ...hub.records.get(b.id)!, revokedAtMs: Date.now() });
  });
  expect(b.tasksOf("cancel")).toHaveLength(1);
  const run = await runs.get(id);
  expect(run!.state).toBe("running");
  expect(run!.agents[1]).toMatchObject({ state: "failed", cause: "the agent was revoked" });
  await finishAll(id, [a, c]);
  const ended = await inState(id, "completed");
  expect(ended.spoiled.map(({ code }) => code)).toEqual(["agents-lost"]);
});

test("runs never share an agent or a target, unless both may", async () => {
  const { agents: _, ...base } = asked({ target: "http://192.0.2.1/", mayShare: true });
  const first = await begin({ ...base, agents: [agents[0]!.id] });
  const create = (change: Partial<NewRun>) => runs.create({ ...base, ...change }, "ann");
  expect(await create({ agents: [agents[1]!.id, agents[0]!.id], mayShare: false })).toMatchObject({
    code: "conflict",
    field: "/agents",
    reason: `run ${first.id} is under way on ${nameOf(agents[0])}`,
  });
  expect(
    await create({ agent: agents[1]!.id, target: "http://192.0.2.1:80/other", mayShare: false }),
  ).toMatchObject({
    code: "conflict",
    field: "/target",
    reason: `run ${first.id} is under way against the same target`,
  });
  const second = await create({ agent: agents[1]!.id });
  expect(second.kind).toBe("started");
  await agents[0]!.final(first.id, finalOf(0, []));
  await agents[1]!.final((second as { run: Run }).run.id as RunId, finalOf(0, []));
  await inState(first.id, "completed");
});

test("a selector means who is online and says whom it left out; a named agent must be there", async () => {
  const [a, b, c] = agents as [LoadAgent, LoadAgent, LoadAgent];
  hub.away.add(b.id);
  const { agents: _, ...base } = asked({ selector: `pool=${pool}` });
  const { id, remarks, agents: parts } = await begin({ ...base, agents: undefined! });
  expect(parts.map(({ agent }) => agent)).toEqual([a.id, c.id]);
  expect(remarks).toEqual([`left out of pool=${pool}: ${nameOf(b)} is offline`]);
  await finishAll(id, [a, c]);
  await inState(id, "completed");
  expect(await runs.create({ ...base, selector: "pool=none" }, "ann")).toMatchObject({
    code: "invalid-request",
    field: "/selector",
  });
  expect(await runs.create(asked(), "ann")).toMatchObject({
    code: "agent-offline",
    field: "/agents/1",
    reason: `${nameOf(b)} is offline`,
  });
});

test("refuses a plan that no message can carry, naming what is large", async () => {
  const outcome = await runs.create(asked({ body: "x".repeat(900_000), method: "POST" }), "ann");
  expect(outcome).toMatchObject({ code: "invalid-request", field: "/body" });
  expect(agents.flatMap(({ tasks }) => tasks)).toEqual([]);
});

const exchange = {
  request: "GET / HTTP/1.1",
  response: "HTTP/1.1 200 OK",
  truncated: false,
  status: 200,
  expected: true,
  error: null,
  timings: { connectedMs: 1, tlsMs: null, firstByteMs: 2, endMs: 3 },
  address: "127.0.0.1:1",
  tls: null,
  remarks: [],
};

test("tries one request from one agent and stores nothing", async () => {
  const [a] = agents as [LoadAgent];
  const { agents: all, ...base } = asked({ headers: [{ name: "a", value: "s3cret" }] });
  a.reply = () => ({ ok: true, exchange });
  expect(await runs.try({ ...base, agent: a.id })).toEqual({
    kind: "tried",
    agent: a.id,
    exchange,
  });
  expect(a.tasksOf("try")).toMatchObject([{ plan: { headers: [{ value: "s3cret" }] } }]);
  expect((await runs.list({ agent: a.id })).items).toEqual([]);
  a.reply = () => ({ ok: false, code: "policy", reason: "not among the targets" });
  expect(await runs.try({ ...base, agent: a.id })).toMatchObject({
    code: "agent-refused",
    reason: "not among the targets",
  });
  a.reply = () => ({ ok: true });
  expect(await runs.try({ ...base, agent: a.id })).toMatchObject({ code: "agent-refused" });
  expect(await runs.try({ ...base, agents: all! })).toMatchObject({
    code: "invalid-request",
    field: "/agents",
  });
  const absent = hub.addRecord();
  expect(await runs.try({ ...base, agent: absent.id })).toMatchObject({ code: "agent-offline" });
});
