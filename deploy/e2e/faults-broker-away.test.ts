// The broker is away for a minute. Meanwhile one outbox is too small for the minute, one disk is full, and the real agents
// go on sampling: afterwards nothing is lost but what was counted as dropped.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, type AgentId, NoticeList, RangeResult } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Program } from "../demo/program.ts";
import { arrived, arrivedSeconds, flows, statusOf } from "./stack-arrival.ts";
import { faultsOf, holesOf, noFaults } from "./stack-oracle.ts";
import { type RealAgent, startRealAgent } from "./stack-real-agent.ts";
import { type Sender, startSender } from "./stack-sender.ts";
import { type Stored, readStored } from "./stack-stored.ts";
import { type Stack, fillDisk, startStack } from "./stack.ts";
import { makeTraffic } from "./stack-traffic.ts";
import { until } from "./stack-until.ts";

const awayMs = 60_000;
const gauge = "system.cpu.load_average.1m";
const mebibyte = 1_048_576;

let stack: Stack;
/** Makes four records a second, so five times that is the pace of its replay. */
let plain: Sender;
/** Its outbox holds a few seconds. */
let small: Sender;
/** Its outbox is on a disk that is full. */
let cramped: Sender | undefined;
/** Fills a real agent's outbox before that agent starts, as if the host had been cut off for a day. */
let predecessor: Sender;
/** Samples so much that it has to drop what its predecessor left. */
let successor: Program;
let stopTraffic = () => {};
let agent: RealAgent;
/** Everything of it is on a disk that is full. */
let crampedAgent: RealAgent | undefined;

let backAtMs: number;
let readyWhileAway: number;
let connectedWhileAway: boolean;
let readyAgain: number;
let smallAtHub: Dropped;
let successorAtHub: Dropped;
let stored: Stored;

beforeAll(async () => {
  stack = await startStack();
  const hubPid = stack.hub().pid;
  const senderDisk = await stack.mount(join(stack.folder, "sender-disk"), mebibyte);
  const agentDisk = await stack.mount(join(stack.folder, "agent-disk"), mebibyte);
  plain = await startSender(stack, "plain", { salt: 1, everyMs: 250 });
  small = await startSender(stack, "small", { salt: 2, bytesMax: 131_072 });
  if (senderDisk !== undefined)
    cramped = await startSender(stack, "cramped", { salt: 3, outboxDir: senderDisk });
  agent = await startRealAgent(stack, "agent", 1);
  if (agentDisk !== undefined)
    crampedAgent = await startRealAgent(stack, "cramped-agent", 1, agentDisk);
  predecessor = await startSender(stack, "predecessor", {
    salt: 4,
    series: 500,
    ticks: 20,
    everyMs: 200,
    bytesMax: mebibyte,
  });
  await flows(stack, 5_000);

  const awayAtMs = Date.now();
  stack.broker.bar();
  stack.broker.kill();
  const freed = [senderDisk, agentDisk].flatMap((disk) =>
    disk === undefined ? [] : [fillDisk(disk, 16_384)],
  );
  await predecessor.progress(80);
  await predecessor.kill();
  const traffic = join(stack.folder, "proc");
  stopTraffic = makeTraffic(traffic);
  successor = stack.startAgent(predecessor.host, {
    TIDEMARK_AGENT_OUTBOX_BYTES_MAX: `${mebibyte}`,
    TIDEMARK_AGENT_PROC_ROOT: traffic,
    TIDEMARK_AGENT_COLLECTORS: "network,agent",
  });
  await until("the end of the minute", () => Date.now() - awayAtMs >= awayMs, awayMs + 10_000);
  readyWhileAway = (await fetch(`${stack.api.url}/readyz`)).status;
  connectedWhileAway = (await statusOf(stack)).broker.connected;
  backAtMs = Date.now();
  stack.broker.unbar();
  await until("the broker", () => stack.broker.pid() !== undefined);
  await flows(stack, 5_000);
  for (const free of freed) free();
  await settle();
  expect(stack.hub().pid).toBe(hubPid);
  expect(stack.hub().lives).toBe(true);
  readyAgain = (await fetch(`${stack.api.url}/readyz`)).status;
  smallAtHub = await droppedAtHub(small.host.id);
  successorAtHub = await droppedAtHub(predecessor.host.id);
  for (const { program } of agents()) await program().stop();
  await successor.stop();
  await stack.hub().stop();
  stored = await readStored(
    stack,
    senders(),
    agents().map(({ host }) => host.id),
  );
});
afterAll(async () => {
  stopTraffic();
  await stack.stop();
});

const senders = () => [plain, small, predecessor, ...(cramped === undefined ? [] : [cramped])];
const agents = () => [agent, ...(crampedAgent === undefined ? [] : [crampedAgent])];
const patience = { batchTicks: 1, startSeconds: 5 };

async function settle(): Promise<void> {
  const from = Math.floor(Date.now() / 1_000);
  for (const sender of senders().filter((one) => one !== predecessor))
    await arrived(stack, sender.host.id, await sender.finish());
  for (const { host } of agents())
    await until(`a whole row of seconds of ${host.name}`, async () => {
      const seconds = await arrivedSeconds(stack, host.id, gauge, from - 300, from + 300);
      const rows = seconds.map((second) => ({ second, rows: 1, series: 1, wrong: 0 }));
      return (seconds.at(-1) ?? 0) >= from && holesOf(rows, [], patience).length === 0;
    });
  const lastKept = Math.max(...predecessor.journal().kept.keys());
  await arrived(stack, predecessor.host.id, lastKept);
}

interface Dropped {
  readonly inBeat: number;
  readonly notices: readonly string[];
  /** The highest rate in the agent's own series, 0 when it has none. */
  readonly perSecond: number;
}

async function droppedAtHub(agent: AgentId): Promise<Dropped> {
  const { lanes } = await stack.api.call("GET", `/agents/${agent}`, Agent);
  const { items } = await stack.api.call("GET", `/agents/${agent}/notices`, NoticeList);
  const query = new URLSearchParams({
    agent,
    metric: "tidemark.agent.outbox.dropped",
    label: "lane=metrics",
    from: `${Math.floor(Date.now() / 1_000) - 300}`,
    to: `${Math.floor(Date.now() / 1_000) + 1}`,
    resolution: "raw",
  });
  const { series } = await stack.api.call("GET", `/query/range?${query.toString()}`, RangeResult);
  return {
    inBeat: lanes?.metrics.dropped ?? 0,
    notices: items.filter(({ code }) => code === "outbox-dropped").map(({ detail }) => detail),
    perSecond: Math.max(0, ...(series[0]?.mean ?? []).map((value) => value ?? 0)),
  };
}

test("the hub says that it is not ready while the broker is away, and is again", () => {
  expect(readyWhileAway).toBe(503);
  expect(connectedWhileAway).toBe(false);
  expect(readyAgain).toBe(200);
});

test("a minute without the broker loses nothing", () => {
  expect(faultsOf(plain, stored)).toEqual(noFaults);
  const seconds = stored.seconds.get(agent.host.id) ?? [];
  expect(seconds.length).toBeGreaterThan(awayMs / 1_000);
  expect(holesOf(seconds, [], patience)).toEqual([]);
  expect(seconds.filter(({ rows, series }) => rows !== series)).toEqual([]);
  expect(stored.samples.repeated).toBe(0);
  expect(stored.minutes).toEqual({ all: expect.any(Number), wrong: 0 });
  expect(stored.parked).toBe(0);
});

test("what waited is replayed behind live data, at a pace", () => {
  const records = [...plain.journal().kept.values()];
  const waited = records
    .filter(({ keptAtMs }) => keptAtMs > backAtMs - awayMs && keptAtMs < backAtMs)
    .map(({ ackedAtMs }) => ackedAtMs ?? Number.NaN)
    .sort((a, b) => a - b);
  expect(waited.length).toBeGreaterThan(200);
  // Twenty a second, give or take half, and what may be in flight.
  const within = waited.map(
    (ackedAtMs) => waited.filter((other) => other >= ackedAtMs && other < ackedAtMs + 1_000).length,
  );
  expect(Math.max(...within)).toBeLessThanOrEqual(45);
  const fresh = records.filter(
    ({ keptAtMs }) => keptAtMs > waited[0]! && keptAtMs < waited.at(-1)!,
  );
  expect(fresh.length).toBeGreaterThan(20);
  const delays = fresh.map(({ keptAtMs, ackedAtMs }) => (ackedAtMs ?? Number.NaN) - keptAtMs);
  // The backlog takes a dozen seconds; none of this waited for it.
  expect(Math.max(...delays)).toBeLessThan(4_000);
});

test("an outbox that is too small drops its oldest, says how many, and the rest arrives once", () => {
  const { lost, invented, spoilt } = faultsOf(small, stored);
  expect({ invented, spoilt }).toEqual({ invented: [], spoilt: [] });
  const [first = 0] = lost;
  expect(lost.length).toBeGreaterThan(100);
  // The oldest that waited, one row: whatever of it did arrive was sent again before its segment had to go.
  const rescued = [...small.journal().kept]
    .filter(([second]) => second > first && second < (lost.at(-1) ?? 0))
    .filter(([second]) => !lost.includes(second))
    .map(([, { ackedAtMs }]) => ackedAtMs ?? Number.NaN);
  expect(rescued.filter((ackedAtMs) => !(ackedAtMs >= backAtMs))).toEqual([]);
  // Records on their way when the broker died may have arrived and count as dropped too.
  expect(smallAtHub.inBeat - lost.length).toBeGreaterThanOrEqual(0);
  expect(smallAtHub.inBeat - lost.length).toBeLessThanOrEqual(64);
  expect(smallAtHub.notices.join()).toMatch(/metrics: \d+ records, the outbox was full/);
});

test("a real agent drops, counts and tells in the same way", () => {
  const { lost, invented, spoilt } = faultsOf(predecessor, stored);
  expect({ invented, spoilt }).toEqual({ invented: [], spoilt: [] });
  expect(lost.length).toBeGreaterThan(0);
  expect(successorAtHub.inBeat - lost.length).toBeGreaterThanOrEqual(0);
  expect(successorAtHub.inBeat - lost.length).toBeLessThanOrEqual(64);
  expect(successorAtHub.perSecond).toBeGreaterThan(0);
  expect(successorAtHub.notices.join()).toMatch(/metrics: \d+ records, the outbox was full/);
});

test("on a full disk the agent goes on in memory, tells, loses nothing and recovers", (context) => {
  if (cramped === undefined || crampedAgent === undefined)
    return context.skip("a tmpfs cannot be mounted here");
  expect(faultsOf(cramped, stored)).toEqual(noFaults);
  const seconds = stored.seconds.get(crampedAgent.host.id) ?? [];
  expect(holesOf(seconds, [], patience)).toEqual([]);
  for (const name of ["cramped", "cramped-agent"]) {
    const log = readFileSync(join(stack.folder, "logs", `${name}.log`), "utf8");
    expect(log).toContain("outbox disk refused, keeping records in memory");
    expect(log).toContain("outbox disk is back");
  }
});
