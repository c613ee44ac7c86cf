// Mock load tests: a finished one, a spoiled one, and whatever is started, which then goes second by second.
import {
  Histogram,
  addCounts,
  emptyCounts,
  slotHighest,
  slotLowest,
  type Agent,
  type Basis,
  type Counts,
  type LatencySummary,
  type NewRun,
  type Run,
  type RunSpectrum,
  type RunTimeline,
} from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { chance } from "./noise.ts";

export interface MockRun {
  run: Run;
  timeline: RunTimeline;
  histograms: Record<Basis, Histogram>;
}

const emptySummary: LatencySummary = {
  count: 0,
  mean: null,
  min: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  max: null,
};

function emptyTimeline(): RunTimeline {
  return {
    times: [],
    durationMs: [],
    due: [],
    sent: [],
    completed: [],
    errors: [],
    failedStatuses: [],
    dropped: [],
    backlog: [],
    inFlight: [],
    response: { p50: [], p90: [], p99: [], max: [] },
    service: { p50: [], p99: [] },
  };
}

export function newMockRun(
  input: NewRun,
  agent: Agent,
  user: string,
  nowMs: number,
  id = idOf(`run ${nowMs}`),
): MockRun {
  const run: Run = {
    id,
    name: input.name ?? "",
    agent: agent.id,
    agentName: agent.name,
    target: input.target,
    method: input.method ?? "GET",
    ratePerSecond: input.ratePerSecond,
    connections: input.connections,
    durationSeconds: input.durationSeconds,
    timeoutMs: input.timeoutMs ?? 5_000,
    precision: input.precision ?? "precise",
    headerNames: (input.headers ?? []).map((header) => header.name),
    bodyBytes: (input.body ?? "").length,
    state: "pending",
    cause: "",
    createdBy: user,
    createdAtMs: nowMs,
    startedAtMs: null,
    endedAtMs: null,
    counts: emptyCounts(),
    unsent: 0,
    inFlight: 0,
    achievedPerSecond: null,
    response: emptySummary,
    service: emptySummary,
    lateness: emptySummary,
    generator: null,
    spoiled: [],
  };
  return {
    run,
    timeline: emptyTimeline(),
    histograms: { response: new Histogram(), service: new Histogram(), lateness: new Histogram() },
  };
}

/** Adds one second to a run and returns its interval. `slow` has the target stall. */
export function addSecond(mock: MockRun, startedAtMs: number, slow: boolean): RunTimeline {
  const second = mock.timeline.times.length;
  const due = Math.round(mock.run.ratePerSecond);
  const stall = slow && second % 11 === 7;
  const own: Record<Basis, Histogram> = {
    response: new Histogram(),
    service: new Histogram(),
    lateness: new Histogram(),
  };
  const requests = Math.min(due, 2_000);
  for (let index = 0; index < requests; index += 1) {
    const luck = chance(second + 17, index);
    const service =
      320 * Math.exp(1.1 * Math.sqrt(-2 * Math.log(1 - luck * 0.99999)) - 0.7) * (stall ? 14 : 1);
    const lateness = stall
      ? service * 3 * chance(second, index + 9)
      : 20 * chance(second, index + 5);
    own.service.record(service);
    own.lateness.record(lateness);
    own.response.record(service + lateness);
  }
  for (const basis of ["response", "service", "lateness"] as const)
    mock.histograms[basis].merge(own[basis]);
  const errors = stall ? 3 : 0;
  const counts: Counts = {
    ...emptyCounts(),
    due,
    sent: due,
    completed: due - errors,
    connects: second === 0 ? mock.run.connections : 0,
    bytesSent: due * 96,
    bytesReceived: due * 1_180,
    statuses: { 200: due - errors - (stall ? 5 : 0), ...(stall ? { 503: 5 } : {}) },
    errors: { ...emptyCounts().errors, timeout: errors },
  };
  mock.run = { ...mock.run, counts: addCounts(mock.run.counts, counts) };
  const { response, service } = own;
  const entry: RunTimeline = {
    times: [startedAtMs + second * 1_000],
    durationMs: [1_000],
    due: [due],
    sent: [due],
    completed: [due - errors],
    errors: [errors],
    failedStatuses: [stall ? 5 : 0],
    dropped: [0],
    backlog: [stall ? 140 : 0],
    inFlight: [Math.min(mock.run.connections, stall ? 16 : 3)],
    response: {
      p50: [response.percentile(50)],
      p90: [response.percentile(90)],
      p99: [response.percentile(99)],
      max: [response.max],
    },
    service: { p50: [service.percentile(50)], p99: [service.percentile(99)] },
  };
  mock.timeline = joined(mock.timeline, entry);
  return entry;
}

export function endRun(mock: MockRun, state: Run["state"], endedAtMs: number, cause = ""): void {
  const seconds = Math.max(0.001, (endedAtMs - (mock.run.startedAtMs ?? endedAtMs)) / 1_000);
  const slow = mock.run.target.includes("slow");
  mock.run = {
    ...mock.run,
    state,
    cause,
    endedAtMs,
    achievedPerSecond: mock.run.counts.completed / seconds,
    response: summaryOf(mock.histograms.response),
    service: summaryOf(mock.histograms.service),
    lateness: summaryOf(mock.histograms.lateness),
    generator: {
      threadCpu: 0.21,
      processCpu: 0.26,
      eventLoopDelayP99Ms: 1.2,
      eventLoopDelayMaxMs: 3.4,
      gcPauseMs: 6.1,
      latenessP99Micros: 41,
      latenessMaxMicros: 380,
    },
    spoiled: [
      ...(slow
        ? [
            {
              code: "connection-limited" as const,
              detail:
                "all 16 connections were busy for 9.1 % of the run; 1,240 requests waited 12 ms or more",
            },
          ]
        : []),
      ...(state === "cancelled"
        ? [
            {
              code: "interrupted" as const,
              detail: `cancelled after ${seconds.toFixed(0)} s of ${mock.run.durationSeconds} s`,
            },
          ]
        : []),
    ],
  };
}

/** A sound run, a spoiled one, one that got no answer and one of a single second, each with an id that tests can work out. */
export function seededRuns(agents: readonly Agent[], nowMs: number): readonly MockRun[] {
  const [first, second] = agents;
  if (first === undefined || second === undefined) return [];
  const sound = {
    agent: first.id,
    name: "baseline",
    target: "http://127.0.0.1:8080/",
    ratePerSecond: 800,
    connections: 16,
    durationSeconds: 60,
  };
  const spoiled = {
    ...sound,
    agent: second.id,
    name: "",
    target: "http://127.0.0.1:8080/slow",
    ratePerSecond: 1_200,
    durationSeconds: 45,
  };
  return [
    finishedRun(sound, first, nowMs - 900_000, idOf("baseline")),
    finishedRun(spoiled, second, nowMs - 5_400_000, idOf("slow")),
    failed(finishedRun({ ...sound, durationSeconds: 5 }, first, nowMs - 6e6, idOf("failed"))),
    finishedRun({ ...sound, durationSeconds: 1 }, first, nowMs - 7e6, idOf("short")),
  ];
}

/** The run as if nothing had listened at its target. */
function failed(mock: MockRun): MockRun {
  const { counts } = mock.run;
  const unanswered = {
    ...counts,
    completed: 0,
    statuses: {},
    errors: { ...counts.errors, refused: counts.due },
  };
  const detail = "none of the requests was answered";
  return {
    ...mock,
    run: {
      ...mock.run,
      counts: unanswered,
      response: emptySummary,
      service: emptySummary,
      spoiled: [{ code: "all-errors", detail }],
    },
    timeline: {
      ...mock.timeline,
      completed: mock.timeline.completed.map(() => 0),
      errors: mock.timeline.due,
      response: noLatencies(mock.timeline.response),
      service: noLatencies(mock.timeline.service),
    },
  };
}

function noLatencies<T extends Record<string, (number | null)[]>>(latencies: T): T {
  return Object.fromEntries(
    Object.entries(latencies).map(([name, values]) => [name, values.map(() => null)]),
  ) as T;
}

/** A run that went from start to end in the past. */
function finishedRun(input: NewRun, agent: Agent, startedAtMs: number, id: string): MockRun {
  const mock = newMockRun(input, agent, "admin", startedAtMs - 400, id);
  mock.run = { ...mock.run, startedAtMs };
  for (let second = 0; second < input.durationSeconds; second += 1)
    addSecond(mock, startedAtMs, input.target.includes("slow"));
  endRun(mock, "completed", startedAtMs + input.durationSeconds * 1_000);
  return mock;
}

export function spectrumOf(mock: MockRun): RunSpectrum {
  const of = (basis: Basis) => ({
    percentiles: percentilesOf(mock.histograms[basis]),
    bars: barsOf(mock.histograms[basis]),
  });
  return {
    response: of("response"),
    service: of("service"),
    lateness: of("lateness"),
    encoded: { response: "HISTFAAAAB", service: "HISTFAAAAB", lateness: "HISTFAAAAB" },
  };
}

function summaryOf(histogram: Histogram): LatencySummary {
  if (histogram.total === 0) return emptySummary;
  const at = (percentile: number) => histogram.percentile(percentile);
  return {
    count: histogram.total,
    mean: histogram.mean,
    min: histogram.min,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.max,
  };
}

/** Five ticks per half-distance, as HdrHistogram prints them. */
function percentilesOf(histogram: Histogram): RunSpectrum["response"]["percentiles"] {
  const points: { percentile: number; micros: number }[] = [];
  for (let percentile = 0; percentile < 100 - 50 / Math.max(1, histogram.total);) {
    points.push({ percentile, micros: histogram.percentile(percentile) });
    percentile += 100 / (5 * 2 ** (Math.floor(Math.log2(100 / (100 - percentile))) + 1));
  }
  return [...points, { percentile: 100, micros: histogram.max }];
}

/** Ten bars a decade. */
function barsOf(histogram: Histogram): RunSpectrum["response"]["bars"] {
  const counts = new Map<number, number>();
  for (const [slot, count] of histogram.counts.entries()) {
    if (count === 0) continue;
    const middle = Math.max(1, (slotLowest(slot) + slotHighest(slot)) / 2);
    const bar = Math.floor(Math.log10(middle) * 10);
    counts.set(bar, (counts.get(bar) ?? 0) + count);
  }
  return [...counts]
    .toSorted(([left], [right]) => left - right)
    .map(([bar, count]) => ({ from: 10 ** (bar / 10), to: 10 ** ((bar + 1) / 10), count }));
}

function joined(left: RunTimeline, right: RunTimeline): RunTimeline {
  return {
    times: [...left.times, ...right.times],
    durationMs: [...left.durationMs, ...right.durationMs],
    due: [...left.due, ...right.due],
    sent: [...left.sent, ...right.sent],
    completed: [...left.completed, ...right.completed],
    errors: [...left.errors, ...right.errors],
    failedStatuses: [...left.failedStatuses, ...right.failedStatuses],
    dropped: [...left.dropped, ...right.dropped],
    backlog: [...left.backlog, ...right.backlog],
    inFlight: [...left.inFlight, ...right.inFlight],
    response: {
      p50: [...left.response.p50, ...right.response.p50],
      p90: [...left.response.p90, ...right.response.p90],
      p99: [...left.response.p99, ...right.response.p99],
      max: [...left.response.max, ...right.response.max],
    },
    service: {
      p50: [...left.service.p50, ...right.service.p50],
      p99: [...left.service.p99, ...right.service.p99],
    },
  };
}
