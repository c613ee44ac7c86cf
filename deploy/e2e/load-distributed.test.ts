// Load from several real agents at once: their shares add up to the plan, an agent that dies midway leaves the run degraded and
// not wrong, a cancel reaches all, and agents that lost their hub stop by themselves.
import { Run, RunTimeline, TriedExchange, endStates } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentOf } from "../demo/hub-client.ts";
import type { Program } from "../demo/program.ts";
import { type RealAgent, startRealAgent } from "./stack-real-agent.ts";
import { type Stack, startStack } from "./stack.ts";
import { type CountingTarget, startCountingTarget } from "./stack-target.ts";
import { until } from "./stack-until.ts";

let stack: Stack;
let one: RealAgent;
let other: RealAgent;
let target: CountingTarget;

beforeAll(async () => {
  stack = await startStack();
  target = await startCountingTarget();
  one = await startRealAgent(stack, "rack-1", 1);
  other = await startRealAgent(stack, "rack-2", 1);
  await bothOnline();
});
afterAll(async () => {
  await target?.stop();
  await stack?.stop();
});

const start = (change: object = {}) =>
  stack.api.call("POST", "/runs", Run, {
    selector: "stack=yes",
    target: target.url,
    ratePerSecond: 400,
    connections: 8,
    durationSeconds: 4,
    ...change,
  });
const runOf = (id: string) => stack.api.call("GET", `/runs/${id}`, Run);
const ended = (id: string, timeoutMs = 30_000) =>
  until(
    `the end of run ${id}`,
    async () => {
      const run = await runOf(id);
      return endStates.some((state) => state === run.state) ? run : undefined;
    },
    timeoutMs,
  );
const running = (id: string) =>
  until(`requests of run ${id}`, async () => {
    const run = await runOf(id);
    return run.state === "running" && run.agents.every(({ counts }) => counts.sent > 0);
  });

async function bothOnline(): Promise<void> {
  for (const { host } of [one, other])
    await until(`${host.name} online`, async () => {
      const { state } = await agentOf(stack.api, host.id);
      return state === "online";
    });
}

async function restartHub(): Promise<void> {
  stack.hub().kill("SIGKILL");
  await stack.hub().ended;
  await stack.startHub();
}

test("two agents share one schedule: nothing is sent twice, nothing is left out", async () => {
  const before = target.requests();
  const { id, agents } = await start();
  expect(agents.map(({ share }) => share)).toEqual([
    { index: 0, of: 2 },
    { index: 1, of: 2 },
  ]);
  const run = await ended(id);
  expect(run).toMatchObject({ state: "completed", counts: { due: 1_600 } });
  expect(run.agents.map(({ counts }) => counts.due)).toEqual([800, 800]);
  expect(target.requests() - before).toBe(run.counts.sent);
  expect(run.counts.completed + run.unsent + run.inFlight).toBe(1_600);
  expect(run.response.count).toBe(
    run.agents.reduce((sum, { response }) => sum + response.count, 0),
  );
  for (const { clock } of run.agents) expect(Math.abs(clock?.aheadMs ?? 1e9)).toBeLessThan(250);
  const merged = await stack.api.call("GET", `/runs/${id}/timeline`, RunTimeline);
  expect(merged.due.reduce((sum, due) => sum + due, 0)).toBe(1_600);
  const alone = await stack.api.call(
    "GET",
    `/runs/${id}/timeline?agent=${one.host.id}`,
    RunTimeline,
  );
  expect(alone.due.reduce((sum, due) => sum + due, 0)).toBe(800);
});

test("one request can be tried before, and is not stored", async () => {
  const tried = await stack.api.call("POST", "/runs/try", TriedExchange, {
    agent: one.host.id,
    target: target.url,
  });
  expect(tried).toMatchObject({ status: 200, expected: true, error: null });
  expect(tried.request).toMatch(/^GET \/ HTTP\/1\.1/);
  expect(tried.response).toContain("hello");
});

test("a cancel reaches every agent within a second", async () => {
  const { id } = await start({ durationSeconds: 60 });
  await running(id);
  const askedMs = performance.now();
  await stack.api.call("POST", `/runs/${id}/cancel`, Run);
  // The last request the target sees tells, whatever the hub says.
  expect(target.lastMs() - askedMs).toBeLessThan(1_000);
  const run = await ended(id);
  expect(run.state).toBe("cancelled");
  expect(run.agents.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  const seen = target.requests();
  await until("a quiet moment", () => performance.now() - target.lastMs() > 500);
  expect(target.requests()).toBe(seen);
});

test("two runs share no agent unless both say so", async () => {
  const { id } = await start({ durationSeconds: 60, agent: one.host.id, selector: undefined });
  await running(id);
  await expect(start({ agent: one.host.id, selector: undefined })).rejects.toThrow(/409|conflict/);
  await stack.api.call("POST", `/runs/${id}/cancel`, Run);
  await ended(id);
});

test("an agent lost midway leaves the run degraded and visible, not wrong", async () => {
  const { id } = await start({ durationSeconds: 8 });
  await running(id);
  const lost: Program = other.program();
  lost.kill("SIGKILL");
  const run = await ended(id, 120_000);
  expect(run.state).toBe("completed");
  expect(run.spoiled.map(({ code }) => code)).toContain("agents-lost");
  const [first, second] = run.agents;
  expect(first).toMatchObject({ state: "completed", counts: { due: 1_600 } });
  expect(second?.state).toBe("failed");
  expect(run.counts.due).toBe(1_600 + (second?.counts.due ?? Number.NaN));
  await other.killAndStart();
  await bothOnline();
});

test("a hub killed under a run takes it up, and no second of it is missing", async () => {
  const before = target.requests();
  const { id } = await start({ durationSeconds: 12 });
  await running(id);
  await restartHub();
  const run = await ended(id, 60_000);
  // Where the machine is so busy that the leases lapsed first, the agents stopped by themselves.
  expect(["completed", "lease-lapsed"]).toContain(run.state);
  expect(run.agents.map(({ generator }) => generator !== null)).toEqual([true, true]);
  expect(run.spoiled.map(({ code }) => code)).not.toContain("intervals-missing");
  expect(run.counts.sent).toBe(target.requests() - before);
  const { sent } = await stack.api.call("GET", `/runs/${id}/timeline`, RunTimeline);
  expect(sent.reduce((sum, each) => sum + each, 0)).toBe(run.counts.sent);
});

test("a search whose hub is killed has failed, and its step is ended", async () => {
  await bothOnline();
  const { id } = await start({
    ratePerSecond: undefined,
    pacing: {
      kind: "search",
      objective: { percentile: 99, responseMs: 1_000, errorRatioMax: 0.1 },
      fromPerSecond: 50,
      toPerSecond: 100,
      stepSeconds: 60,
      toleranceRatio: 0.1,
    },
    durationSeconds: undefined,
  });
  const { search, agents } = await runOf(id);
  expect(agents.map(({ agentName }) => agentName)).toEqual(["rack-1", "rack-2"]);
  const [step] = search?.steps ?? [];
  if (step === undefined) throw new Error("the search has no step");
  await running(step.run);
  await restartHub();
  expect(await ended(id)).toMatchObject({
    state: "failed",
    cause: expect.stringContaining("started anew"),
  });
  expect(["cancelled", "lease-lapsed"]).toContain((await ended(step.run, 60_000)).state);
});

test("agents whose hub is gone stop when their lease lapses", async () => {
  await bothOnline();
  const { id } = await start({ durationSeconds: 120, agent: one.host.id, selector: undefined });
  await running(id);
  stack.hub().kill("SIGKILL");
  await stack.hub().ended;
  await until("silence", () => performance.now() - target.lastMs() > 1_000, 20_000);
  await stack.startHub();
  const run = await ended(id, 60_000);
  expect(run.state).toBe("lease-lapsed");
});
