import { expect, test } from "vitest";
import {
  type Recording,
  parseRecording,
  readFixture,
  rejectionOf,
} from "../../../../test/recorded.ts";
import { parseResult } from "./result.ts";

/** Nighthawk's own golden result of a run of 2 s at 30 requests a second. */
const medium: Recording = {
  program: "nighthawk",
  plan: {
    driver: "nighthawk",
    pacing: { kind: "constant", ratePerSecond: 30 },
    connections: 3,
    durationMs: 2_000,
  },
  isStopped: false,
  exitCode: 0,
  requestsSeen: 56,
  elapsedMs: 2_600,
  stdout: readFixture("nighthawk/medium.json"),
  stderr: "",
};
const spoilt = (change: (text: string) => string): Recording => ({
  ...medium,
  stdout: change(medium.stdout),
});

test("adds up all workers from the global result", async () => {
  const { counts, measured, intervals } = await parseRecording(medium);
  expect(counts).toMatchObject({
    due: 60,
    sent: 56,
    completed: 56,
    dropped: 4,
    connects: 6,
    bytesSent: 3_528,
    bytesReceived: 2_702_142,
    statuses: { "200": 56 },
  });
  expect([measured.unsent, measured.inFlight]).toEqual([0, 0]);
  expect(intervals[0]?.durationMs).toBeCloseTo(2_000, 2);
});

test("rebuilds the histograms by differencing cumulative counts", async () => {
  const { response, service, measured } = await parseRecording(medium);
  // 57 callbacks, and 53 answers that were measured: as the result says itself.
  expect([response.total, service.total]).toEqual([57, 53]);
  // Its own percentiles: 0.5 → 0.065077247 s, 0.9 and max as they stand in its fortio format.
  expect(service.percentile(50)).toBeGreaterThanOrEqual(65_077);
  expect(service.percentile(50)).toBeLessThan(65_077 * 1.001);
  expect(service.min).toBe(53_798);
  expect(measured.source.exact).toBe(false);
  expect(measured.source.relativeErrorMax).toBeGreaterThan(0);
  expect(measured.remarks[0]).toMatch(/right to \d+\.\d %/);
});

test("says that it was proven on golden files only", async () => {
  const { measured } = await parseRecording(medium);
  expect(measured.remarks.join("\n")).toMatch("golden files");
});

test("reads latencies of any statistic, 64-bit numbers as strings", () => {
  const result = parseResult(readFixture("nighthawk/golden.json"));
  const { histogram, relativeErrorMax } = result.latencies("foo_latency");
  expect(histogram.total).toBe(4);
  expect([histogram.min, histogram.max]).toEqual([180, 210]);
  // Every step holds one value: nothing is lost but the nanoseconds.
  expect(relativeErrorMax).toBe(0);
  expect(result.counter("foo")).toBe(1);
  expect(result.counter("none")).toBe(0);
  expect(result.durationMs).toBe(1_000);
});

test("takes a result that a failure predicate ended: it is printed all the same", async () => {
  const { counts } = await parseRecording({ ...medium, exitCode: 1 });
  expect(counts.completed).toBe(56);
});

test.each<[string, (text: string) => string, RegExp]>([
  ["JSON cut short", (text) => text.slice(0, 400), /not JSON/],
  ["no global result", (text) => text.replace('"global"', '"worker_0"'), /named "global"/],
  [
    "a duration without its unit",
    (text) => text.replace(/"2.000000429s"/, '"2"'),
    /execution_duration/,
  ],
  [
    "a count that is no number",
    (text) => text.replace(/"count": "\d+"/, '"count": "many"'),
    /\/results\/0\/statistics\/0\/count/,
  ],
  [
    "percentiles that fall",
    (text) => text.replace(/"count": "57",\n/, '"count": "58",\n'),
    /percentiles hold 57 values, its count says 58/,
  ],
])("names what is wrong: %s", async (_, change, reason) => {
  expect(await rejectionOf(spoilt(change))).toMatch(reason);
});

test("tells its last words when it wrote nothing", async () => {
  const reason = await rejectionOf({
    ...medium,
    exitCode: 1,
    stdout: "",
    stderr: "starting\nBad argument: x\n",
  });
  expect(reason).toBe("nighthawk_client ended with 1: Bad argument: x");
});
