import {
  type AgentId,
  type CampaignId,
  type ProfileId,
  type RunFinal,
  type RunId,
  type Series,
  type ValidityFinding,
  newId,
} from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RunEvidence } from "../src/evidence/evidence.ts";
import { type Judging, type JudgingDeps, startEvidence } from "../src/evidence/judging.ts";
import { openRunHosts } from "../src/hosts/run-hosts.ts";
import { openTargetHosts } from "../src/hosts/target-hosts.ts";
import { sortedBlock } from "../src/ingest/sorted-block.ts";
import type { MadeRun, RunControl } from "../src/load/runs.ts";
import { insertEvents, openEventQueries } from "../src/store/events.ts";
import { openEvidenceStore } from "../src/store/evidence.ts";
import { defaultRetention } from "../src/store/retention.ts";
import { type SeriesDirectory, openSeries } from "../src/store/series.ts";
import { inventory } from "./inventories.ts";
import { type LoadAgent, finalOf, intervalOf } from "./load-agent.ts";
import { type LoadHub, startLoadHub } from "./load-hub.ts";
import { until } from "./metrics-source.ts";
import { engines, silent } from "./store-engines.ts";

/** 500 latencies around 10 ms, in an order that says nothing, some of them twice as long. */
const usual = Array.from(
  { length: 500 },
  (_, at) => 9_000 + ((at * 7_919) % 2_000) * (at % 50 ? 1 : 5),
);
const slow = usual.map((micros) => micros * 2);

describe.each(engines)("judging runs (%s)", (engine) => {
  let hub: LoadHub;
  let runs: RunControl;
  let agent: LoadAgent;
  let series: SeriesDirectory;
  let blocks = 0;
  const started: Judging[] = [];

  beforeAll(async () => {
    hub = await startLoadHub(engine);
    series = await openSeries(hub.opened.database);
  });
  afterAll(() => hub?.stop());
  beforeEach(async () => {
    agent = await hub.newAgent();
    runs = await hub.start();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((judging) => judging.stop()));
    await runs.stop();
  });

  const byHost = (host: number) => [...hub.records.values()].find((record) => record.host === host);
  const store = () => openEvidenceStore(hub.opened.database, Date.now);
  const events = () => openEventQueries(hub.opened.database);
  const counts = { judged: 0, retried: 0, left: 0 };

  async function judge(change: Partial<JudgingDeps> = {}): Promise<Judging> {
    const judging = await startEvidence({
      runs,
      database: hub.opened.database,
      series,
      events: events(),
      targetHosts: openTargetHosts(events()),
      store: store(),
      agents: { get: (id: AgentId) => hub.records.get(id), byHost },
      telemetry: {
        judged: () => (counts.judged += 1),
        retried: () => (counts.retried += 1),
        left: () => (counts.left += 1),
      },
      now: Date.now,
      log: silent,
      settleMs: 60_000,
      ...change,
    });
    started.push(judging);
    return judging;
  }

  async function begin(change: object = {}, made?: MadeRun): Promise<RunId> {
    const request = {
      agent: agent.id,
      name: "list machines",
      target: "http://127.0.0.1:1/x",
      ratePerSecond: 500,
      connections: 8,
      durationSeconds: 3,
      // Runs of other tests may still be under way against the same address.
      mayShare: true,
      ...change,
    };
    const outcome = await runs.create(request, "ann", made);
    if (outcome.kind !== "started") throw new Error(outcome.reason);
    return outcome.run.id as RunId;
  }

  /** Runs to its end: an interval for each entry, all of them in the final. */
  async function carryOut(
    id: RunId,
    seconds: readonly (readonly number[])[],
    change: Partial<RunFinal> = {},
  ) {
    for (const [index, latencies] of seconds.entries())
      await agent.interval(id, intervalOf(index, latencies));
    await agent.final(id, finalOf(seconds.length, seconds.flat(), change));
    await until("the run's end", async () => {
      const run = await runs.get(id);
      return run?.state === "completed" ? run : undefined;
    });
  }

  const rulesOf = ({ validity }: RunEvidence) => validity.findings.map(({ rule }) => rule);
  const toldOf = (judging: Judging, id: RunId) => {
    const told: RunEvidence[] = [];
    judging.onJudged((evidence) => {
      if (evidence.run === id) told.push(evidence);
    });
    return told;
  };

  test("a run that has ended is judged, stored, told and shown", async () => {
    const judging = await judge();
    const host = hub.records.get(agent.id)!.host;
    await insertEvents(hub.opened.database, [
      { host, boot: "b", seq: 1, event: { kind: "inventory", atMs: Date.now(), inventory } },
    ]);
    const id = await begin();
    const told = toldOf(judging, id);
    await carryOut(id, [usual, usual, usual]);
    const evidence = await judging.judged(id);
    expect(evidence).toMatchObject({
      run: id,
      name: "list machines",
      origin: undefined,
      key: {
        load: "500/s constant",
        loop: "open",
        connections: "8",
        agents: "1",
        generator: "tidemark",
        hardware: "2 × AMD EPYC 7B13, 24 GiB",
      },
      environment: {
        target: "http://127.0.0.1:1",
        kernel: "6.1.0-18-amd64",
        generator: "tidemark test",
      },
      validity: { level: "valid", findings: [{ rule: "tail", level: "noted" }] },
      figures: { requests: 1_500, p95: null, p99: null, errorRatio: 0, capacityPerSecond: null },
    });
    expect(evidence?.figures.p50).toBeCloseTo(10_000, -2);
    expect(told).toEqual([evidence]);
    expect((await store().byRuns([id]))[0]).toEqual(evidence);
    expect((await runs.get(id))?.validity).toEqual(evidence?.validity);
  });

  test("what arrives late is judged again, and told when it changed something", async () => {
    const judging = await judge();
    const id = await begin();
    const told = toldOf(judging, id);
    await agent.interval(id, intervalOf(0, usual));
    await agent.final(id, finalOf(2, [...usual, ...usual]));
    const [first] = await until("a judgement", () => (told.length > 0 ? told : undefined));
    expect(rulesOf(first!)).toEqual(["incomplete", "tail"]);
    await agent.interval(id, intervalOf(1, usual));
    const [, second] = await until("another one", () => (told.length > 1 ? told : undefined));
    expect(rulesOf(second!)).toEqual(["tail"]);
    expect((await runs.get(id))?.validity).toEqual(second!.validity);
    await runs.rename(id, "another name");
    const [, , third] = await until("a third", () => (told.length > 2 ? told : undefined));
    expect(third).toEqual({ ...second, name: "another name" });
  });

  test("what ended while nobody judged is judged at the next start", async () => {
    const id = await begin();
    await carryOut(id, [usual]);
    expect((await runs.get(id))?.validity).toBeNull();
    // The hub was killed there. Another one knows nothing but what is stored.
    await runs.stop();
    runs = await hub.start();
    const judging = await judge();
    expect(await judging.judged(id)).toMatchObject({ run: id, figures: { requests: 500 } });
    await until("the run's validity", async () => (await runs.get(id))?.validity ?? undefined);
  });

  test("a database that fails is asked again, and a listener that fails is no reason to", async () => {
    const kept = store();
    let failures = 2;
    const judging = await judge({
      store: {
        ...kept,
        save: async (evidence) => {
          if (failures-- > 0) throw new Error("the database is away");
          await kept.save(evidence);
        },
      },
    });
    const { retried } = counts;
    const id = await begin();
    judging.onJudged(() => {
      throw new Error("a listener's own");
    });
    const told = toldOf(judging, id);
    await carryOut(id, [usual]);
    expect(await judging.judged(id)).toMatchObject({ run: id });
    expect(counts.retried - retried).toBe(2);
    expect(told).toHaveLength(1);
  });

  test("a judging that stops keeps nobody waiting", async () => {
    const judging = await judge();
    const id = await begin();
    await judging.stop();
    await carryOut(id, [usual]);
    expect(await judging.judged(id)).toBeUndefined();
    expect(await judging.judged(newId<RunId>())).toBeUndefined();
  });

  test("a search is judged by its answer, and its steps are not", async () => {
    const judging = await judge();
    agent.reply = (task) => {
      if (task.kind === "run")
        setTimeout(() => {
          void (async () => {
            await agent.interval(task.run as RunId, intervalOf(0, usual));
            await agent.final(task.run as RunId, finalOf(1, usual));
          })();
        }, 10);
      return { ok: true };
    };
    const id = await begin({
      ratePerSecond: undefined,
      durationSeconds: undefined,
      pacing: {
        kind: "search",
        objective: { percentile: 99, responseMs: 60_000, errorRatioMax: 0.1 },
        fromPerSecond: 100,
        toPerSecond: 101,
        stepSeconds: 1,
        toleranceRatio: 0.1,
      },
    });
    const evidence = await judging.judged(id);
    expect(evidence).toMatchObject({
      validity: { level: "valid", findings: [] },
      figures: { p50: null, capacityPerSecond: 101 },
      key: { generator: "tidemark" },
    });
    expect(evidence?.key["load"]).toContain("search 100 to 101/s");
    const steps = (await runs.get(id))?.search?.steps.map(({ run }) => run as RunId) ?? [];
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) expect((await runs.get(step))?.validity).toBeNull();
    expect(await judging.judged(steps[0]!)).toBeUndefined();
  });

  describe("samples of the hosts", () => {
    const one = (
      metric: string,
      labels: Record<string, string>,
      unit: string,
      kind: Series["kind"],
    ): Series => ({ metric, labels, unit, kind, decimals: 4 });
    const cores = one("system.cpu.logical.count", {}, "{cpu}", "gauge");
    const steal = one("system.cpu.time", { "cpu.mode": "steal" }, "s", "rate");
    const iowait = one("system.cpu.time", { "cpu.mode": "iowait" }, "s", "rate");
    const swapIn = one(
      "system.paging.operations",
      { "system.paging.direction": "in" },
      "{operation}",
      "rate",
    );
    const throttled = one(
      "container.cpu.throttled",
      { "cgroup.name": "tidemark-agent.service", "cgroup.kind": "service" },
      "s",
      "rate",
    );
    const others = one(
      "container.cpu.throttled",
      { "cgroup.name": "another.service", "cgroup.kind": "service" },
      "s",
      "rate",
    );
    const offset = one("system.clock.offset", {}, "ms", "gauge");

    async function publish(
      host: number,
      samples: readonly (readonly [Series, readonly number[]])[],
      firstSecond: number,
    ) {
      const batches = samples.map(([each, values]) => ({
        host,
        sids: Uint32Array.of(series.intern(each)),
        firstSecond,
        stepSeconds: 1,
        ticks: values.length,
        values: Float64Array.from(values),
      }));
      await hub.opened.database.insertRows("series_def", series.takeUnsaved());
      for (const batch of batches) {
        blocks += 1;
        await hub.opened.database.insertNative(
          "samples",
          sortedBlock([batch])!.block,
          `j${engine}${blocks}`,
        );
      }
    }

    /** When a run that is told by `intervalOf` begins. */
    const startedAtMs = finalOf(1, [1]).startedAtMs;
    const seconds = Array.from({ length: 8 }, () => usual);
    // What the generator saw itself would come first.
    const generator = { ...finalOf(1, [1]).generator, hostSteal: null };
    const publishFor = (samples: readonly (readonly [Series, readonly number[]])[]) =>
      publish(hub.records.get(agent.id)!.host, samples, startedAtMs / 1_000 + 1);

    const flat = (value: number) => Array.from({ length: 8 }, () => value);
    const others8 = [cores, flat(2)] as const;

    test.each<
      [string, readonly (readonly [Series, readonly number[]])[], Partial<ValidityFinding>, RegExp]
    >([
      [
        "CPU stolen",
        [others8, [steal, flat(0.06)]],
        { rule: "host", level: "flagged" },
        /3 % .*more than 1 %/,
      ],
      [
        "CPU stolen in one slice",
        [others8, [steal, [0, 0, 0, 0.12, 0, 0, 0, 0]]],
        { rule: "host", level: "flagged" },
        /6 % .*worst slice/,
      ],
      [
        "most of the CPU stolen",
        [others8, [steal, flat(0.5)]],
        { rule: "host", level: "invalid" },
        /25 %/,
      ],
      ["pages swapped in", [[swapIn, flat(40)]], { rule: "host", level: "flagged" }, /40 pages/],
      [
        "an agent throttled",
        [
          [throttled, flat(0.2)],
          [others, flat(0.9)],
        ],
        { rule: "host", level: "flagged" },
        /20 % of the time/,
      ],
      [
        "a clock that was stepped",
        [[offset, [0.01, 0.02, 0.01, 0.01, 8.5, 8.4, 8.4, 8.4]]],
        { rule: "clock", level: "flagged" },
        /8\.49 ms/,
      ],
    ])("%s", async (_, samples, finding, detail) => {
      const judging = await judge();
      const id = await begin();
      await publishFor(samples);
      await carryOut(id, seconds, { generator });
      const { validity } = (await judging.judged(id))!;
      const other = validity.findings.filter(({ rule }) => rule !== "tail");
      expect(other).toEqual([{ ...finding, detail: expect.stringMatching(detail) }]);
    });

    test("are waited for: a run is judged again when they should be there", async () => {
      // Long enough to store them, on a busy machine too.
      const judging = await judge({ settleMs: 6_000 });
      const id = await begin();
      const told = toldOf(judging, id);
      await carryOut(id, seconds, { generator });
      await until("a judgement", () => (told.length > 0 ? told : undefined));
      await publishFor([[swapIn, flat(40)]]);
      await until("another one", () => (told.length > 1 ? told : undefined));
      expect(told.map(rulesOf)).toEqual([["tail"], ["host", "tail"]]);
    });

    test("are the means that are shown beside the run", async () => {
      const id = await begin();
      await carryOut(id, [usual, usual]);
      const run = await runs.get(id);
      const host = hub.records.get(agent.id)!.host;
      const first = Math.floor(run!.startedAtMs! / 1_000) + 1;
      await publish(
        host,
        [
          [cores, [2, 2, 2]],
          [steal, [0.2, 0.4, 2]],
          [iowait, [0.1, 0.1, 2]],
        ],
        first,
      );
      const target = await hub.newAgent();
      const figures = openRunHosts({
        source: {
          database: hub.opened.database,
          series,
          retention: defaultRetention,
          now: Date.now,
        },
        runs,
        agents: { get: (one) => hub.records.get(one), byHost },
        targetHosts: async () => [hub.records.get(target.id)!.host],
      });
      const found = await figures([id, newId<RunId>()]);
      expect([...found.keys()]).toEqual([id]);
      // The target's address is loopback: it is the generator itself.
      expect(found.get(id)).toEqual([
        {
          agent: agent.id,
          agentName: hub.records.get(agent.id)!.name,
          role: "both",
          means: {
            "cpu stolen": expect.closeTo(0.15, 6),
            "cpu waiting for io": expect.closeTo(0.05, 6),
          },
        },
      ]);
      const elsewhere = await begin({ target: "http://192.0.2.9:1/" });
      await carryOut(elsewhere, [usual]);
      expect((await figures([elsewhere])).get(elsewhere)?.map(({ role }) => role)).toEqual([
        "generator",
        "target",
      ]);
    });
  });

  test("a target's host is found by its address or its name", async () => {
    const { host } = hub.addRecord();
    const at = { ...inventory, hostname: `rack-${host}` };
    const [first] = inventory.interfaces;
    const interfaces = [
      { ...first!, addresses: ["192.0.2.77", "2001:db8::77"], virtual: false },
      { ...first!, name: "docker0", addresses: ["172.17.0.1"], virtual: true },
    ];
    await insertEvents(hub.opened.database, [
      {
        host,
        boot: "b",
        seq: 1,
        event: { kind: "inventory", atMs: Date.now(), inventory: { ...at, interfaces } },
      },
    ]);
    const targetHosts = openTargetHosts(events());
    for (const address of ["192.0.2.77", "2001:db8::77", `RACK-${host}`])
      expect(await targetHosts(address)).toEqual([host]);
    for (const address of ["172.17.0.1", "192.0.2.7", "127.0.0.1", "localhost", "::1", ""])
      expect(await targetHosts(address)).toEqual([]);
  });

  test("a run far from its history is suspect", async () => {
    const judging = await judge();
    const profile = { id: newId<ProfileId>(), revision: 1, name: "list" };
    const origin = (release: string) => ({
      profile,
      variant: { release, dataset: "10" },
      campaign: newId<CampaignId>(),
    });
    const made = (release: string): MadeRun => ({ id: newId<RunId>(), origin: origin(release) });
    const first = await begin({}, made("3.5"));
    await carryOut(first, [usual, usual]);
    const evidence = (await judging.judged(first))!;
    for (let at = 0; at < 9; at += 1)
      await store().save({
        ...evidence,
        run: newId<RunId>(),
        createdAtMs: evidence.createdAtMs - 1_000 * at - 1_000,
        figures: { ...evidence.figures, p50: 10_000 + 30 * (at % 5) },
      });
    const again = await begin({}, made("3.6"));
    await carryOut(again, [usual, usual]);
    expect(rulesOf((await judging.judged(again))!)).toEqual(["tail"]);
    const regressed = await begin({}, made("3.6"));
    await carryOut(regressed, [slow, slow]);
    const { validity } = (await judging.judged(regressed))!;
    expect(validity.findings.at(-1)).toMatchObject({
      rule: "suspect",
      level: "flagged",
      detail: expect.stringMatching(
        /^p50 .* its 11 earlier runs foretell 9\.\d+ ms to 10\.\d+ ms$/,
      ),
    });
    // Another load is another history.
    const other = await begin({ connections: 9 }, made("3.6"));
    await carryOut(other, [slow, slow]);
    expect(rulesOf((await judging.judged(other))!)).toEqual(["tail"]);
  });
});
