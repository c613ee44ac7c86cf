// A search for the highest rate, led by the hub over real runs on agents that answer by the rate they are asked for.
import { type NewRun, type Run, type RunId, type Task, peakPerSecond } from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunControl } from "../src/load/runs.ts";
import { type LoadAgent, finalOf } from "./load-agent.ts";
import { type LoadHub, startLoadHub } from "./load-hub.ts";
import { until } from "./metrics-source.ts";

let hub: LoadHub;
let runs: RunControl;
let agent: LoadAgent;

beforeAll(async () => {
  hub = await startLoadHub("embedded");
});
afterAll(() => hub?.stop());
beforeEach(async () => {
  runs = await hub.start();
  agent = await hub.newAgent();
});
afterEach(() => runs.stop());

const search = (change: Partial<NewRun> = {}): NewRun => ({
  agent: agent.id,
  name: "how much",
  target: "http://127.0.0.1:1/",
  headers: [{ name: "Authorization", value: "s3cret" }],
  pacing: {
    kind: "search",
    objective: { percentile: 99, responseMs: 20, errorRatioMax: 0.01 },
    fromPerSecond: 100,
    toPerSecond: 1_000,
    stepSeconds: 1,
    toleranceRatio: 0.1,
  },
  connections: 4,
  ...change,
});

/** Ends each run at once: 1 ms up to the limit, 50 ms beyond it. */
function answerUpTo(limitPerSecond: number): void {
  agent.reply = (task) => {
    if (task.kind === "run") {
      const rate = peakPerSecond(task.plan.pacing) ?? 0;
      const micros = rate <= limitPerSecond ? 1_000 : 50_000;
      void agent.final(task.run as RunId, finalOf(0, Array(10).fill(micros)));
    }
    return { ok: true };
  };
}
const ended = (id: RunId) =>
  until(
    "the search's end",
    async () => {
      const run = await runs.get(id);
      return run?.state === "running" || run?.state === "pending" ? undefined : run;
    },
    30_000,
  );
async function begin(): Promise<Run & { id: RunId }> {
  const outcome = await runs.create(search(), "ann");
  if (outcome.kind !== "started") throw new Error(outcome.reason);
  return outcome.run as Run & { id: RunId };
}
const isRun = (task: Task) => task.kind === "run";

test("finds the highest rate, step by step, and shows the evidence", async () => {
  answerUpTo(450);
  const { id, pacing, agents } = await begin();
  expect(pacing).toMatchObject({ kind: "search", toPerSecond: 1_000 });
  expect(agents).toMatchObject([
    { agent: agent.id, agentName: hub.records.get(agent.id)!.name, state: "running" },
  ]);
  expect(agents[0]).toMatchObject({ share: { index: 0, of: 1 }, counts: { due: 0 } });
  const run = await ended(id);
  expect(run).toMatchObject({ state: "completed", cause: "" });
  const { steps, answer, answerPerSecond } = run.search!;
  expect(answerPerSecond).toBeGreaterThan(400);
  expect(answerPerSecond).toBeLessThanOrEqual(450);
  expect(answer).toContain("p99 ≤ 20 ms");
  expect(steps[0]).toMatchObject({ ratePerSecond: 100, holds: true, errorRatio: 0 });
  for (const { ratePerSecond, holds, evidence } of steps) {
    expect(holds).toBe(ratePerSecond <= 450);
    expect(evidence).toContain("p99");
  }
  const sent = agent.tasksOf("run");
  expect(sent.map(({ run: step }) => step)).toEqual(steps.map(({ run: step }) => step));
  expect(sent.at(-1)?.plan.headers).toEqual([{ name: "Authorization", value: "s3cret" }]);

  // Steps are runs of their own, seen when asked for.
  const listed = await runs.list({ agent: agent.id });
  expect(listed.items).toMatchObject([{ id, agents: [{ agent: agent.id }] }]);
  const { items } = await runs.list({ partOf: id, limit: 100 });
  expect(items.map((one) => one.id).sort()).toEqual(steps.map(({ run: step }) => step).sort());
  expect(items[0]).toMatchObject({ partOf: id, search: null });

  await runs.stop();
  runs = await hub.start();
  expect(await runs.get(id)).toEqual(run);
});

test("a step that its agent refuses at the start is the search's refusal", async () => {
  agent.reply = () => ({ ok: false, code: "policy", reason: "not among the targets" });
  expect(await runs.create(search(), "ann")).toMatchObject({
    code: "agent-refused",
    reason: "not among the targets",
  });
  const { items } = await runs.list({ agent: agent.id });
  expect(items).toMatchObject([{ state: "refused", cause: "not among the targets" }]);
  expect(items[0]!.search!.steps).toMatchObject([{ holds: false }]);
});

test("cancelling the search ends its step, and keeps others off its agent until then", async () => {
  const { id } = await begin();
  expect(await runs.create(search({ pacing: undefined!, ratePerSecond: 1 }), "ann")).toMatchObject({
    code: "conflict",
    field: "/agent",
    reason: `run ${id} is under way on ${hub.records.get(agent.id)!.name}`,
  });
  agent.reply = (task) => {
    if (task.kind === "cancel")
      void agent.final(task.run as RunId, finalOf(0, [], { state: "cancelled", cause: "asked" }));
    return { ok: true };
  };
  await runs.cancel(id, "ann");
  const run = await ended(id);
  expect(run).toMatchObject({ state: "cancelled" });
  const [step] = run.search!.steps;
  expect((await runs.get(step!.run as RunId))?.state).toBe("cancelled");
  expect(agent.tasks.filter(({ task }) => isRun(task))).toHaveLength(1);
});

test("a search whose hub was started anew has failed, and its step is ended", async () => {
  const { id } = await begin();
  await runs.stop();
  runs = await hub.start();
  expect(await runs.get(id)).toMatchObject({
    state: "failed",
    cause: expect.stringContaining("started anew"),
  });
  const step = agent.tasksOf("run")[0]!.run;
  expect(agent.tasksOf("cancel")).toMatchObject([{ run: step }]);
  await agent.final(step as RunId, finalOf(0, [], { state: "cancelled", cause: "asked" }));
  await ended(step as RunId);
});
