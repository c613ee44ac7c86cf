import { Histogram, addCounts, bases, emptyCounts } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CarrierReport, type IntervalReport, unknownHealth } from "./carrier.ts";
import { restore } from "./generator/histogram-slice.ts";
import { Recorder } from "./generator/recorder.ts";
import { mergeWorkerReports } from "./worker-reports.ts";

function interval(
  startedAtMs: number,
  durationMs: number,
  latencies: readonly number[],
  change: Partial<IntervalReport> = {},
): IntervalReport {
  const recorder = new Recorder();
  for (const latency of latencies) {
    recorder.due += 1;
    recorder.completed(200, 0, 0, latency);
  }
  return {
    kind: "interval",
    startedAtMs,
    durationMs,
    backlog: 0,
    inFlight: 0,
    threadCpu: 0.5,
    delta: recorder.take(),
    ...change,
  };
}

const bytesOf = ({ counts }: Histogram) => Buffer.from(counts.buffer);

function ended(change: Partial<Extract<CarrierReport, { kind: "ended" }>> = {}): CarrierReport {
  return {
    kind: "ended",
    whole: true,
    cause: "",
    unsent: 0,
    inFlight: 0,
    health: unknownHealth,
    source: { generator: "tidemark", version: "1", exact: true, relativeErrorMax: null },
    remarks: [],
    ...change,
  };
}

test("one worker's reports pass as they are", () => {
  const reports = mergeWorkerReports(1);
  const first = interval(1_000, 1_000.5, [1, 2]);
  expect(reports.take(0, first)).toEqual([first]);
  expect(reports.take(0, ended())).toEqual([ended()]);
});

test("a second of two workers is one interval, told when both have reported", () => {
  const reports = mergeWorkerReports(2);
  expect(reports.take(0, interval(0, 1_000.2, [1], { backlog: 3, inFlight: 1 }))).toEqual([]);
  const [merged] = reports.take(1, interval(0, 1_000.9, [2, 3], { backlog: 4, inFlight: 2 }));
  expect(merged).toMatchObject({ startedAtMs: 0, durationMs: 1_000.9, backlog: 7, inFlight: 3 });
  expect(merged).toMatchObject({ delta: { counts: { completed: 3 } } });
  expect((merged as IntervalReport).threadCpu).toBeCloseTo(1, 2);
  expect(reports.take(1, interval(1_000.9, 999.3, []))).toEqual([]);
  expect(reports.take(0, interval(1_000.2, 1_000, []))).toMatchObject([
    { startedAtMs: 1_000.9, backlog: 0 },
  ]);
});

test("a worker that is behind is waited for, and one that has ended is not", () => {
  const reports = mergeWorkerReports(2);
  expect(reports.take(0, interval(0, 1_000, [1]))).toEqual([]);
  expect(reports.take(0, interval(1_000, 1_000, [1]))).toEqual([]);
  expect(reports.take(1, interval(0, 2_000, [1, 1]))).toMatchObject([
    { startedAtMs: 0, durationMs: 2_000, delta: { counts: { completed: 4 } } },
  ]);
  expect(reports.take(1, ended({ unsent: 2 }))).toEqual([]);
  expect(reports.take(0, interval(2_000, 1_000, [1]))).toMatchObject([{ durationMs: 1_000 }]);
  expect(reports.take(0, ended({ unsent: 3 }))).toMatchObject([{ kind: "ended", unsent: 5 }]);
});

test("the end is whole when all are, its health that of the worst", () => {
  const reports = mergeWorkerReports(2);
  const health = { ...unknownHealth, threadCpu: 0.9, gcPauseMs: 2, hostCpu: 0.4 };
  reports.take(0, ended({ whole: false, cause: "the feed is used up", health, remarks: ["a"] }));
  expect(
    reports.take(
      1,
      ended({ health: { ...health, threadCpu: 0.2, hostCpu: null }, remarks: ["a", "b"] }),
    ),
  ).toMatchObject([
    {
      whole: false,
      cause: "the feed is used up",
      health: { threadCpu: 0.9, gcPauseMs: 4, hostCpu: 0.4, hostSteal: null },
      remarks: ["a", "b"],
    },
  ]);
});

test("nothing is lost and nothing counts twice, in whatever order workers report", () => {
  const workers = fc.array(
    fc.array(fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 5 }), { maxLength: 6 }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(workers, fc.array(fc.nat()), (all, order) => {
      const reports = mergeWorkerReports(all.length);
      const said = all.map((seconds) => [
        ...seconds.map((latencies, second) => interval(second * 1_000, 1_000, latencies)),
        ended(),
      ]);
      const told: CarrierReport[] = [];
      for (let turn = 0; said.some((left) => left.length > 0); turn += 1) {
        const speaking = said.flatMap((left, index) => (left.length > 0 ? [index] : []));
        const index = speaking[(order[turn % (order.length || 1)] ?? turn) % speaking.length]!;
        told.push(...reports.take(index, said[index]!.shift()!));
      }
      expect(told.at(-1)).toMatchObject({ kind: "ended", whole: true });
      const intervals = told.flatMap((each) => (each.kind === "interval" ? [each] : []));
      expect(intervals.length).toBe(told.length - 1);
      const whole = new Histogram();
      let counts = emptyCounts();
      for (const { delta } of intervals) {
        const part = new Histogram();
        restore(part, delta.histograms.response);
        whole.merge(part);
        counts = addCounts(counts, delta.counts);
        for (const basis of bases)
          expect(delta.histograms[basis].firstSlot).toBeGreaterThanOrEqual(0);
      }
      const expected = new Histogram();
      for (const latency of all.flat(2)) expected.record(latency * 1_000);
      expect(counts.completed).toBe(all.flat(2).length);
      expect(Buffer.compare(bytesOf(whole), bytesOf(expected))).toBe(0);
      expect([whole.total, whole.sum, whole.min, whole.max]).toEqual([
        expected.total,
        expected.sum,
        expected.min,
        expected.max,
      ]);
    }),
    { numRuns: 40 },
  );
});
