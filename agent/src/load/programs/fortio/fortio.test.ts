import { expect, test } from "vitest";
import {
  type Recording,
  parseRecording,
  readFixture,
  readRecording,
  rejectionOf,
} from "../../../../test/recorded.ts";
import { coarseHistogram, parseResult, startMicros } from "./result.ts";
import { scheduleOf } from "./schedule.ts";

const recorded = async (name: string) => await parseRecording(readRecording("fortio", name));

/** A recording of fortio with its access log changed, line by line. */
function withCalls(name: string, change: (lines: string[]) => string[]): Recording {
  const recording = readRecording("fortio", name);
  return { ...recording, calls: change((recording.calls ?? "").trim().split("\n")).join("\n") };
}

test("stretches a thread's gaps so that its last call is due at the end of the run", () => {
  const { calls, threads, dueMicros, dueBy } = scheduleOf(25, 1_000, 4);
  expect([calls, threads]).toEqual([6, 4]);
  expect(dueMicros(0, 0)).toBe(0);
  expect(dueMicros(3, 0)).toBe(120_000);
  // 6 calls at 6.25 per second, and a sixth of a gap more for each of the 5 gaps.
  expect(dueMicros(0, 5)).toBeCloseTo(960_000);
  expect(dueBy(-1)).toBe(0);
  expect(dueBy(0)).toBe(1);
  expect(dueBy(960_000)).toBe(21);
  expect(dueBy(60_000_000)).toBe(24);
});

test.each(["stall", "not-found", "uneven", "slow-rate"])(
  "no call of a real fortio came before its time: %s",
  (name) => {
    const { stdout, plan, calls = "" } = readRecording("fortio", name);
    const result = parseResult(stdout);
    const rate = plan.pacing?.kind === "constant" ? plan.pacing.ratePerSecond : 0;
    const schedule = scheduleOf(rate, plan.durationMs ?? 0, result.NumThreads);
    const late = calls
      .trim()
      .split("\n")
      .map((line): { timestamp: number; thread: number; iter: number } => JSON.parse(line))
      .map(
        ({ timestamp, thread, iter }) =>
          timestamp / 1_000 - startMicros(result) - schedule.dueMicros(thread, iter),
      );
    expect(Math.min(...late)).toBeGreaterThan(-1);
    // An idle server: half of the calls are made within a few ms of their time.
    expect(late.sort((a, b) => a - b)[Math.floor(late.length / 2)]).toBeLessThan(5_000);
    expect(late).toHaveLength(schedule.calls * schedule.threads);
  },
);

test("undoes coordinated omission: a stall that fortio saw four times is seen by all who waited", async () => {
  const { response, service, lateness, counts, measured } = await recorded("stall");
  expect(counts).toMatchObject({ due: 100, sent: 100, completed: 100, statuses: { "200": 100 } });
  // 400 ms at 50 requests a second: four connections waited for the server, the calls after them for a connection.
  const above = (histogram: typeof response) =>
    histogram.counts.reduce((sum, count, slot) => sum + (slot >= 7_000 ? count : 0), 0);
  expect(service.percentile(95)).toBeLessThan(100_000);
  expect(response.percentile(90)).toBeGreaterThan(100_000);
  expect(above(response)).toBeGreaterThan(2 * above(service));
  expect(lateness.total).toBe(100);
  expect(measured.source).toEqual({ exact: true, relativeErrorMax: null });
});

test("gives an interval for each second, which add up", async () => {
  const { intervals, counts } = await recorded("stall");
  expect(intervals.length).toBeGreaterThanOrEqual(2);
  expect(intervals[0]?.durationMs).toBe(1_000);
  expect(intervals[0]?.delta.counts.due).toBe(48);
  expect(intervals.reduce((sum, { delta }) => sum + delta.counts.completed, 0)).toBe(100);
  expect(counts.connects).toBe(4);
});

test("records what was due and never made as having waited until the end", async () => {
  const { counts, measured, response } = await recorded("hang");
  expect(counts).toMatchObject({ due: 40, completed: 0 });
  expect(counts.errors.timeout).toBe(counts.sent);
  expect(measured.unsent).toBe(40 - counts.sent);
  expect(measured.unsent).toBeGreaterThan(20);
  expect(response.total).toBe(40);
  expect(response.max).toBeGreaterThan(1_200_000);
});

test.each([
  ["not-found", { completed: 40, unexpected: 40, statuses: { "404": 40 } }],
  ["close", { completed: 0, statuses: {} }],
  // A request on an idle connection that turned out dead was sent again: the server saw more.
  ["mixed", { completed: 80, unexpected: 0 }],
])("counts by status and error: %s", async (name, wanted) => {
  const { counts, response } = await recorded(name);
  expect(counts).toMatchObject({ sent: wanted.completed || 40, ...wanted });
  expect(counts.errors.reset).toBe(name === "close" ? 40 : 0);
  expect(response.total).toBe(counts.completed);
});

test("says when it lowered the number of connections, or of calls", async () => {
  const slow = await recorded("slow-rate");
  expect(slow.counts.due).toBe(3);
  expect(readRecording("fortio", "slow-rate").plan.connections).toBe(4);
  const uneven = await recorded("uneven");
  expect(uneven.counts.due).toBe(24);
  expect(uneven.measured.remarks.join("\n")).toMatch("24 of the plan's 25, on 4 connections");
});

test("counts what was due until it was stopped", async () => {
  const { counts, measured } = await recorded("sigint");
  expect(counts.due).toBe(counts.sent + measured.unsent);
  expect(counts.sent).toBeGreaterThanOrEqual(28);
  expect(counts.sent).toBeLessThanOrEqual(32);
});

test.each([
  ["sigterm", /fortio ended with a signal/],
  ["abort", /fortio ended with 1: .*404/],
])("fails a run that ended with %s", async (name, reason) => {
  expect(await rejectionOf(readRecording("fortio", name))).toMatch(reason);
});

test("takes its coarse histogram where there is no log, and says how coarse", async () => {
  const { counts, response, service, measured } = await recorded("max");
  expect(counts.completed).toBeGreaterThan(100);
  expect(response.total).toBe(counts.sent);
  expect(service.total).toBe(response.total);
  expect(measured.source.exact).toBe(false);
  expect(measured.source.relativeErrorMax).toBeGreaterThan(0.01);
  expect(measured.remarks[0]).toMatch(/coarse: a value is right to \d+\.\d %/);
});

test.each([
  ["readme.json", 4, 0.000_93],
  ["istio.json", 240_000, undefined],
  ["iter8.json", 100, 0.040_49],
  ["grpc.json", 40, undefined],
])("reads what other versions of fortio wrote: %s", (name, count, maxSeconds) => {
  const result = parseResult(readFixture(`fortio-versions/${name}`));
  const { histogram, relativeErrorMax } = coarseHistogram(result);
  expect(histogram.total).toBe(count);
  expect(relativeErrorMax).toBeGreaterThan(0);
  expect(new Date(startMicros(result) / 1_000).getFullYear()).toBeGreaterThan(2017);
  if (maxSeconds !== undefined) expect(histogram.max / 1e6).toBeCloseTo(maxSeconds, 4);
});

test.each<[string, (lines: string[]) => string[], RegExp]>([
  ["a line cut short", (lines) => [...lines.slice(0, -1), '{"latency":0.1,"ti'], /line 40: \{"la/],
  ["an empty line", (lines) => [...lines.slice(0, 5), "", ...lines.slice(5)], /line 6: /],
  ["a line that is missing", (lines) => lines.filter((_, at) => at !== 7), /call \d+ of thread \d/],
  ["a line twice", (lines) => [...lines.slice(0, 3), ...lines.slice(2)], /call \d+ of thread \d/],
  ["a log cut at a line", (lines) => lines.slice(0, 30), /holds 30 calls, its result 40/],
  ["no log", () => [], /line 1/],
  [
    "a time before the run",
    (lines) => lines.map((line) => line.replace(/"timestamp":1\d{2}/, '"timestamp":100')),
    /ms after the start/,
  ],
  [
    "a time long after the run",
    (lines) => lines.map((line) => line.replace(/"timestamp":1\d{2}/, '"timestamp":999')),
    /ms after the start/,
  ],
  [
    "a thread that is none",
    (lines) => [(lines[0] ?? "").replace(/"thread":\d/, '"thread":9')],
    /thread 9/,
  ],
])("names what is wrong with the log: %s", async (_, change, reason) => {
  expect(await rejectionOf(withCalls("not-found", change))).toMatch(reason);
});

test.each<[string, (text: string) => string, RegExp]>([
  ["JSON cut short", (text) => text.slice(0, 200), /not JSON/],
  ["no threads", (text) => text.replace(/"NumThreads": \d+/, '"NumThreads": 0'), /\/NumThreads/],
  [
    "no start",
    (text) => text.replace(/"StartTime": "[^"]*"/, '"StartTime": "noon"'),
    /StartTime noon/,
  ],
  [
    "a count of text",
    (text) => text.replace(/"Count": \d+/, '"Count": "x"'),
    /\/DurationHistogram\/Count/,
  ],
])("names what is wrong with the result: %s", async (_, change, reason) => {
  const recording = readRecording("fortio", "not-found");
  expect(await rejectionOf({ ...recording, stdout: change(recording.stdout) })).toMatch(reason);
});
