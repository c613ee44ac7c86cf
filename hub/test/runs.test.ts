import { inflateSync } from "node:zlib";
import {
  decodeHistogram,
  type Run,
  type RunId,
  type RunTimeline,
  newId,
  runIntervalSubject,
} from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runLimits } from "../src/load/limits.ts";
import type { RunControl } from "../src/load/runs.ts";
import { type LoadAgent, finalOf, intervalOf } from "./load-agent.ts";
import { type LoadHub, startLoadHub } from "./load-hub.ts";
import { until } from "./metrics-source.ts";
import { engines } from "./store-engines.ts";

describe.each(engines)("runs (%s)", (engine) => {
  let hub: LoadHub;
  let runs: RunControl;
  let agent: LoadAgent;
  const asked = (change: object = {}) => ({
    agent: agent.id,
    name: "first try",
    target: "http://127.0.0.1:1/x",
    headers: [{ name: "Authorization", value: "Bearer s3cret" }],
    body: "b0dy",
    method: "POST" as const,
    ratePerSecond: 3,
    connections: 2,
    durationSeconds: 3,
    ...change,
  });
  const begin = async (): Promise<Run & { id: RunId }> => {
    const outcome = await runs.create(asked(), "ann");
    if (outcome.kind !== "started") throw new Error(outcome.reason);
    return outcome.run as Run & { id: RunId };
  };
  const ended = (id: RunId) =>
    until("the run's end", async () => {
      const run = await runs.get(id);
      return run === undefined || run.state === "running" || run.state === "pending"
        ? undefined
        : run;
    });

  beforeAll(async () => {
    hub = await startLoadHub(engine);
  });
  afterAll(() => hub?.stop());
  beforeEach(async () => {
    agent = await hub.newAgent();
    runs = await hub.start();
  });
  afterEach(() => runs.stop());

  test("signs a run, stores its intervals and shows its final", async () => {
    const timelines: RunTimeline[] = [];
    const states: string[] = [];
    runs.onInterval((_, timeline) => timelines.push(timeline));
    runs.onRun(({ state }) => states.push(state));
    const { id, state, agents } = await begin();
    expect({ state, agents }).toMatchObject({
      state: "running",
      agents: [{ agentName: hub.records.get(agent.id)?.name, share: { index: 0, of: 1 } }],
    });
    expect(agent.tasks[0]).toMatchObject({
      agent: agent.id,
      task: {
        kind: "run",
        run: id,
        plan: { method: "POST", body: "b0dy", headers: [{ value: "Bearer s3cret" }] },
      },
    });

    await agent.interval(id, intervalOf(0, [100, 200, 300]));
    await agent.interval(id, intervalOf(1, [1_000, 2_000, 3_000]));
    const live = await until("two intervals", async () => {
      const run = await runs.get(id);
      return run?.counts.sent === 6 ? run : undefined;
    });
    expect(live).toMatchObject({
      state: "running",
      unsent: 1,
      achievedPerSecond: 3,
      agents: [{ generator: null }],
    });
    expect(live.response).toMatchObject({ count: 6, max: expect.closeTo(3_000, -1) });

    await agent.final(id, finalOf(3, [100, 200, 300, 1_000, 2_000, 3_000, 9_000]));
    const run = await ended(id);
    expect(run).toMatchObject({
      state: "completed",
      cause: "",
      headerNames: ["Authorization"],
      bodyBytes: 4,
    });
    expect(run.counts.completed).toBe(7);
    expect(run.response.count).toBe(7);
    expect(run.spoiled).toEqual([
      { code: "intervals-missing", detail: "1 of 3 intervals have not arrived" },
    ]);
    expect(timelines.map(({ completed }) => completed)).toEqual([[3], [3]]);
    expect(states.at(-1)).toBe("completed");

    // The missing interval was only slow: it fills the hole.
    await agent.interval(id, intervalOf(2, [9_000]));
    await until("the hole filled", async () =>
      (await runs.get(id))?.spoiled.length === 0 ? true : undefined,
    );

    const timeline = await runs.timeline(id);
    expect(timeline).toMatchObject({
      due: [3, 3, 1],
      sent: [3, 3, 1],
      errors: [0, 0, 0],
      backlog: [0, 1, 2],
    });
    expect(timeline?.response.p50.map((micros) => Math.round((micros ?? 0) / 100) * 100)).toEqual([
      200, 2_000, 9_000,
    ]);
    const spectrum = await runs.spectrum(id);
    expect(spectrum?.response.bars.reduce((sum, { count }) => sum + count, 0)).toBe(7);
    const decoded = decodeHistogram(
      Buffer.from(spectrum?.encoded.response ?? "", "base64"),
      (bytes) => inflateSync(bytes),
    );
    expect(decoded.total).toBe(7);

    const stored = JSON.stringify(await hub.opened.database.query("SELECT * FROM runs LIMIT 100"));
    expect(stored).not.toContain("s3cret");
    expect(stored).not.toContain("b0dy");
  });

  test("counts each interval once, whatever is delivered again, also over a restart", async () => {
    const { id } = await begin();
    const first = intervalOf(0, [100]);
    await agent.interval(id, first);
    await agent.interval(id, first);
    await until("the interval", async () =>
      (await runs.get(id))?.counts.sent === 1 ? true : undefined,
    );
    await runs.stop();
    await agent.interval(id, first);
    await agent.interval(id, intervalOf(1, [100]));
    runs = await hub.start();
    await until("both", async () => ((await runs.get(id))?.counts.sent === 2 ? true : undefined));
    // Taken up again after the restart: its lease is renewed.
    const leases = () =>
      agent.tasks.filter(({ task }) => task.kind === "lease" && task.run === id).length;
    const before = leases();
    await until("a lease", () => (leases() > before ? true : undefined));
    await agent.final(id, finalOf(2, [100, 100]));
    await agent.final(id, finalOf(2, [1, 2, 3]));
    expect((await ended(id)).counts.completed).toBe(2);
    expect((await runs.timeline(id))?.sent).toEqual([1, 1]);
  });

  test("refuses a result of an unknown run, of another agent's run, and what is malformed", async () => {
    const { id } = await begin();
    const other = await hub.newAgent();
    const refused = (what: string) =>
      until(`refusal ${what}`, () =>
        hub.rejections.list().find((entry) => entry.agent === other.id && entry.what === what),
      );
    await other.interval(id, intervalOf(0, [1]));
    expect((await refused("run")).reason).toContain("not this agent's");
    await other.final(id, finalOf(0, []));
    await other.interval(newId<RunId>(), intervalOf(0, [1]));
    await other.raw(runIntervalSubject(other.id, id), Buffer.from("{"));
    expect((await refused("run-interval")).reason).toContain("JSON");
    const bomb = {
      ...intervalOf(0, [1]),
      histograms: { response: "AAAA", service: "", lateness: "" },
    };
    await other.raw(runIntervalSubject(other.id, id), Buffer.from(JSON.stringify(bomb)));
    await until("all refused", () => (hub.rejections.total() >= 5 ? true : undefined));
    const run = await runs.get(id);
    expect(run).toMatchObject({ state: "running" });
    expect(run?.counts.sent).toBe(0);
    await agent.final(id, finalOf(0, []));
    await ended(id);
  });

  test("a fault ends the lane and tells; a stop does not", async () => {
    expect(hub.endedLanes).toEqual([]);
    const { id } = await begin();
    const get = hub.records.get.bind(hub.records);
    hub.records.get = () => {
      throw new Error("broken");
    };
    try {
      await agent.interval(id, intervalOf(0, [1]));
      await until("the lane's end", () => hub.endedLanes[0]);
    } finally {
      hub.records.get = get;
    }
    expect(hub.endedLanes.splice(0)).toEqual(["results"]);
    await runs.stop();
    runs = await hub.start();
    await agent.final(id, finalOf(1, [1]));
    await ended(id);
  });

  test("cancels, and answers with the end when the agent is quick", async () => {
    const { id } = await begin();
    agent.reply = (task) => {
      if (task.kind === "cancel")
        void agent.final(id, finalOf(0, [], { state: "cancelled", cause: "cancelled by the hub" }));
      return { ok: true };
    };
    expect(await runs.cancel(id, "ann")).toMatchObject({ state: "cancelled" });
    expect(await runs.cancel(id, "ann")).toMatchObject({ state: "cancelled" });
    expect(await runs.cancel(newId<RunId>(), "ann")).toBeUndefined();
  });

  test("a cancel holds over a restart: the lease lapses", async () => {
    const { id } = await begin();
    await runs.cancel(id, "ann");
    await runs.stop();
    const before = agent.tasks.length;
    runs = await hub.start();
    expect((await runs.get(id))?.state).toBe("running");
    // Another agent's leases are the clock.
    const other = await hub.newAgent();
    expect(
      (await runs.create(asked({ agent: other.id, target: "http://127.0.0.1:2/" }), "ann")).kind,
    ).toBe("started");
    const leases = () => other.tasks.filter(({ task }) => task.kind === "lease").length;
    await until("two leases of the other", () => (leases() >= 2 ? true : undefined));
    expect(agent.tasks.slice(before)).toEqual([]);
    await agent.final(id, finalOf(0, [], { state: "lease-lapsed", cause: "its hub went away" }));
    await ended(id);
    const [otherRun] = other.tasks.flatMap(({ task }) => (task.kind === "run" ? [task.run] : []));
    await other.final(otherRun as RunId, finalOf(0, []));
    await ended(otherRun as RunId);
  });

  test.each(["answers", "is silent"])(
    "revoking an agent that %s cancels its run first, and ends it as failed",
    async (how) => {
      const { id } = await begin();
      if (how === "is silent") agent.reply = () => undefined;
      const seen: unknown[] = [];
      await runs.revoke(agent.id, "ann", async () => {
        seen.push(agent.tasks.at(-1)?.task, (await runs.get(id))?.state);
        hub.records.set(agent.id, { ...hub.records.get(agent.id)!, revokedAtMs: Date.now() });
      });
      expect(seen).toEqual([{ kind: "cancel", run: id }, "running"]);
      const end = { state: "failed", cause: "the agent was revoked" };
      expect(await runs.get(id)).toMatchObject(end);
      await runs.stop();
      runs = await hub.start();
      expect(await runs.get(id)).toMatchObject(end);
    },
  );

  test("a run whose agent was revoked while the hub was away has failed", async () => {
    const { id } = await begin();
    await runs.stop();
    hub.records.set(agent.id, { ...hub.records.get(agent.id)!, revokedAtMs: Date.now() });
    runs = await hub.start();
    expect(await runs.get(id)).toMatchObject({ state: "failed", cause: "the agent was revoked" });
  });

  test("passes the agent's refusal on, and stores it as the run's end", async () => {
    agent.reply = () => ({ ok: false, code: "policy", reason: "not among the targets" });
    const outcome = await runs.create(asked(), "ann");
    expect(outcome).toMatchObject({
      kind: "refused",
      code: "agent-refused",
      reason: "not among the targets",
    });
    const { items } = await runs.list({ agent: agent.id });
    expect(items).toMatchObject([
      { state: "refused", cause: "not among the targets", createdBy: "ann" },
    ]);
  });

  test("says so at once when nobody listens, when there is no such agent and when the plan is faulty", async () => {
    const absent = hub.addRecord().id;
    const startedMs = performance.now();
    expect(await runs.create(asked({ agent: absent }), "ann")).toMatchObject({
      code: "agent-offline",
    });
    // Told by the broker, and not by the deadline of an answer.
    expect(performance.now() - startedMs).toBeLessThan(runLimits.startAnswerMs / 2);
    expect(await runs.create(asked({ agent: newId() }), "ann")).toMatchObject({
      code: "not-found",
      field: "/agent",
    });
    expect(await runs.create(asked({ target: "ftp://x" }), "ann")).toMatchObject({
      code: "invalid-request",
      field: "/target",
    });
    const { id } = await begin();
    expect(await runs.create(asked(), "ann")).toMatchObject({ code: "conflict" });
    await agent.final(id, finalOf(0, []));
    await ended(id);
  });

  test("gives up a run that its agent no longer knows, and still takes the final that comes late", async () => {
    const { id } = await begin();
    agent.reply = () => ({ ok: false, code: "unknown-run", reason: "not here" });
    const lost = await until(
      "the run given up",
      async () => {
        const run = await runs.get(id);
        return run?.state === "failed" ? run : undefined;
      },
      25_000,
    );
    expect(lost.cause).toContain("no longer has the run");
    await agent.final(id, finalOf(1, [5], { state: "lease-lapsed", cause: "the hub went away" }));
    await until("the late final", async () =>
      (await runs.get(id))?.state === "lease-lapsed" ? true : undefined,
    );
  }, 40_000);

  test("lists newest first, page by page", async () => {
    agent.reply = () => ({ ok: false, code: "policy", reason: "no" });
    for (let count = 0; count < 5; count += 1)
      await runs.create(asked({ name: `run ${count}` }), "ann");
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await runs.list({ agent: agent.id, limit: 2, ...(cursor && { cursor }) });
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect([...names].sort()).toEqual(["run 0", "run 1", "run 2", "run 3", "run 4"]);
    expect(names[0]).toBe("run 4");
    await expect(runs.list({ cursor: "x' OR 1" })).rejects.toThrow("cursor");
  });
});
