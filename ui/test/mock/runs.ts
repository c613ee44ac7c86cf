// The life of a mock load test: made of what was asked, second by second on each of its agents, and ended with a result.
import {
  addCounts,
  driverForScheme,
  emptyCounts,
  withPreset,
  type Agent,
  type Counts,
  type NewRun,
  type Run,
  type RunAgent,
  type RunTimeline,
} from "@tidemark/proto";
import { ratePerSecondAt } from "../../src/pages/run/shape.ts";
import { idOf } from "./fleet.ts";
import { chance, seedOf } from "./noise.ts";
import {
  emptySummary,
  mergeHistograms,
  newHistograms,
  summaryOf,
  type Histograms,
} from "./run-latencies.ts";
import { emptyTimeline, entryOf, joined, type Second } from "./run-timeline.ts";

/** One agent's part. */
export interface MockPart {
  agent: RunAgent;
  timeline: RunTimeline;
  readonly histograms: Histograms;
}

export interface MockRun {
  run: Run;
  /** By how much its latencies differ from the usual ones. */
  readonly speed: number;
  timeline: RunTimeline;
  readonly histograms: Histograms;
  readonly parts: readonly MockPart[];
}

const nothingYet = {
  startedAtMs: null,
  endedAtMs: null,
  counts: emptyCounts(),
  unsent: 0,
  inFlight: 0,
  achievedPerSecond: null,
  response: emptySummary,
  service: emptySummary,
  lateness: emptySummary,
  spoiled: [],
  remarks: [],
} satisfies Partial<Run>;

export function newMockRun(
  input: NewRun,
  agents: readonly Pick<Agent, "id" | "name">[],
  user: string,
  nowMs: number,
  id = idOf(`run ${nowMs}`),
  speed = 1,
): MockRun {
  const asked = withPreset(input);
  const ratePerSecond = asked.ratePerSecond ?? 500;
  const parts = agents.map((agent, index): MockPart => {
    const seed = seedOf(agent.id);
    return {
      agent: {
        agent: agent.id,
        agentName: agent.name,
        share: { index, of: agents.length },
        state: "pending",
        cause: "",
        clock: { aheadMs: chance(seed, 8) * 6 - 2, uncertaintyMs: 0.2 + chance(seed, 9) * 0.4 },
        ...nothingYet,
        generator: null,
        source: null,
      },
      timeline: emptyTimeline(),
      histograms: newHistograms(),
    };
  });
  const run: Run = {
    id,
    name: input.name ?? "",
    agents: parts.map(({ agent }) => agent),
    driver: asked.driver ?? driverForScheme(new URL(input.target).protocol) ?? "http1",
    target: input.target,
    method: asked.method ?? "GET",
    pacing: asked.pacing ?? { kind: "constant", ratePerSecond },
    connections: asked.connections ?? 8,
    streams: asked.streams ?? 1,
    workers: asked.workers ?? 1,
    warmupSeconds: asked.warmupSeconds ?? 0,
    durationSeconds: asked.durationSeconds ?? 10,
    timeoutMs: asked.timeoutMs ?? 5_000,
    precision: asked.precision ?? "precise",
    headerNames: (asked.headers ?? []).map((header) => header.name),
    bodyBytes: (asked.body ?? "").length,
    options: [],
    state: "pending",
    cause: "",
    createdBy: user,
    createdAtMs: nowMs,
    ...nothingYet,
    search: null,
    partOf: null,
    profile: null,
    variant: {},
    campaign: null,
    validity: null,
  };
  return { run, speed, parts, timeline: emptyTimeline(), histograms: newHistograms() };
}

/** All agents begin. */
export function beginRun(mock: MockRun, startedAtMs: number): void {
  for (const part of mock.parts) part.agent = { ...part.agent, state: "running", startedAtMs };
  mock.run = { ...mock.run, state: "running", startedAtMs, agents: agentsOf(mock) };
}

const agentsOf = ({ parts }: MockRun) => parts.map(({ agent }) => agent);

/** Adds one second to every agent that still goes and returns the merged interval. A target named "slow" stalls. */
export function addSecond(mock: MockRun, startedAtMs: number): RunTimeline {
  const { run } = mock;
  const second = mock.timeline.times.length;
  const isStalled = run.target.includes("slow") && second % 11 === 7;
  const perSecond = ratePerSecondAt(run.pacing, second + 0.5, run.durationSeconds) ?? 900;
  const merged = newHistograms();
  let all: Second = {
    startedAtMs: startedAtMs + second * 1_000,
    due: 0,
    completed: 0,
    errors: 0,
    unexpected: 0,
    backlog: 0,
    inFlight: 0,
  };
  for (const part of mock.parts) {
    if (part.agent.state !== "running") continue;
    const due = Math.round(perSecond / mock.parts.length);
    const own = latenciesOf(second, due, part.agent.share.index, isStalled, mock.speed);
    const errors = isStalled ? 3 : 0;
    const unexpected = isStalled ? 5 : 0;
    const connections = Math.ceil(run.connections / mock.parts.length);
    const its: Second = {
      startedAtMs: all.startedAtMs,
      due,
      completed: due - errors,
      errors,
      unexpected,
      backlog: isStalled ? 140 : 0,
      inFlight: Math.min(connections, isStalled ? 16 : 3),
    };
    const counts: Counts = {
      ...emptyCounts(),
      due,
      sent: due,
      completed: due - errors,
      unexpected,
      connects: second === 0 ? connections : 0,
      bytesSent: due * 96,
      bytesReceived: due * 1_180,
      statuses: { 200: due - errors - unexpected, ...(isStalled ? { 503: unexpected } : {}) },
      errors: { ...emptyCounts().errors, timeout: errors },
    };
    part.agent = { ...part.agent, counts: addCounts(part.agent.counts, counts) };
    part.timeline = joined(part.timeline, entryOf(its, own));
    mergeHistograms(part.histograms, own);
    mergeHistograms(merged, own);
    mock.run = { ...mock.run, counts: addCounts(mock.run.counts, counts) };
    all = {
      startedAtMs: all.startedAtMs,
      due: all.due + its.due,
      completed: all.completed + its.completed,
      errors: all.errors + its.errors,
      unexpected: all.unexpected + its.unexpected,
      backlog: all.backlog + its.backlog,
      inFlight: all.inFlight + its.inFlight,
    };
  }
  mergeHistograms(mock.histograms, merged);
  const entry = entryOf(all, merged);
  mock.timeline = joined(mock.timeline, entry);
  mock.run = { ...mock.run, agents: agentsOf(mock) };
  return entry;
}

function latenciesOf(
  second: number,
  due: number,
  lane: number,
  isStalled: boolean,
  speed: number,
): Histograms {
  const own = newHistograms();
  for (let index = 0; index < Math.min(due, 2_000); index += 1) {
    const luck = chance(second + 17 + lane * 1_000, index);
    const typical = 320 * Math.exp(1.1 * Math.sqrt(-2 * Math.log(1 - luck * 0.99999)) - 0.7);
    const service = speed * typical * (isStalled ? 14 : 1) * (1 + lane * 0.2);
    const lateness = isStalled
      ? service * 3 * chance(second, index + 9)
      : 20 * chance(second, index + 5);
    own.service.record(service);
    own.lateness.record(lateness);
    own.response.record(service + lateness);
  }
  return own;
}

/** Ends one agent's part, and says what it measured. */
export function endPart(
  part: MockPart,
  state: RunAgent["state"],
  endedAtMs: number,
  cause = "",
): void {
  const { agent, histograms } = part;
  if (agent.state !== "running" && agent.state !== "pending") return;
  const seconds = Math.max(0.001, (endedAtMs - (agent.startedAtMs ?? endedAtMs)) / 1_000);
  const lane = agent.share.index;
  part.agent = {
    ...agent,
    state,
    cause,
    endedAtMs,
    achievedPerSecond: agent.counts.completed / seconds,
    ...summariesOf(histograms),
    generator: {
      threadCpu: 0.21 + lane * 0.07,
      processCpu: 0.26 + lane * 0.08,
      eventLoopDelayP99Ms: 1.2 + lane * 0.4,
      eventLoopDelayMaxMs: 3.4,
      gcPauseMs: 6.1,
      latenessP99Micros: 41 + lane * 9,
      latenessMaxMicros: 380,
      hostCpu: 0.34 + lane * 0.11,
      hostSteal: lane === 2 ? 0.031 : 0.002,
      hostCpuPressure: lane === 2 ? 0.08 : 0.004,
    },
    source: { generator: "tidemark", version: "0.1.0", exact: true, relativeErrorMax: null },
  };
}

/** Ends the whole run with what its agents made of it. */
export function endRun(mock: MockRun, state: Run["state"], endedAtMs: number, cause = ""): void {
  for (const part of mock.parts) endPart(part, state, endedAtMs, cause);
  const { run } = mock;
  const seconds = Math.max(0.001, (endedAtMs - (run.startedAtMs ?? endedAtMs)) / 1_000);
  const waited = `all ${run.connections} connections were busy for 9.1 % of the run; 1,240 requests waited 12 ms or more`;
  const stopped = `cancelled after ${seconds.toFixed(0)} s of ${run.durationSeconds} s`;
  mock.run = {
    ...run,
    agents: agentsOf(mock),
    state,
    cause,
    endedAtMs,
    achievedPerSecond: run.counts.completed / seconds,
    ...summariesOf(mock.histograms),
    spoiled: [
      ...(run.target.includes("slow")
        ? [{ code: "connection-limited" as const, detail: waited }]
        : []),
      ...(state === "cancelled" ? [{ code: "interrupted" as const, detail: stopped }] : []),
    ],
  };
}

const summariesOf = (histograms: Histograms) => ({
  response: summaryOf(histograms.response),
  service: summaryOf(histograms.service),
  lateness: summaryOf(histograms.lateness),
});
