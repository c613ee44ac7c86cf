import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRecording, readRecording } from "../../../../test/recorded.ts";
import { OutputRejected } from "../program.ts";
import { withoutBackFill } from "./back-fill.ts";

const recorded = async (name: string) => await parseRecording(readRecording("wrk", name));

/** wrk's own stats_correct: what it does to its array before it tells it. */
function backFilled(values: ReadonlyMap<number, number>, interval: number): Map<number, number> {
  const filled = new Map(values);
  for (const [value, times] of values) {
    if (value < interval * 2) continue;
    for (let lower = value - interval; lower > interval; lower -= interval)
      filled.set(lower, (filled.get(lower) ?? 0) + times);
  }
  return filled;
}

test("takes out again what wrk put in, whatever was measured", () => {
  const values = fc.uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 5 })),
    { selector: ([value]) => value, maxLength: 60 },
  );
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 1_000 }), (pairs, interval) => {
      const measured = new Map(pairs);
      const count = pairs.reduce((sum, [, times]) => sum + times, 0);
      const own = withoutBackFill(backFilled(measured, interval), interval, count);
      expect(own && [...own].sort(([a], [b]) => a - b)).toEqual(pairs.sort(([a], [b]) => a - b));
    }),
  );
});

test("gives up rather than guess when the numbers do not fit", () => {
  const filled = backFilled(new Map([[1_000, 3]]), 100);
  expect(withoutBackFill(filled, 100, 4)).toBeUndefined();
  expect(withoutBackFill(filled, 99, 3)).toBeUndefined();
});

test("finds exactly the measured latencies of a server that answers some requests late", async () => {
  const { counts, response, service, measured } = await recorded("late");
  expect(measured.source).toEqual({ exact: true, relativeErrorMax: null });
  expect(measured.remarks.join("\n")).toMatch(/wrk had added [1-9]\d* values of its own making/);
  // Its timeouts are late answers: it counts them among its requests and leaves them out of its histogram.
  expect(counts.errors.timeout).toBeGreaterThan(0);
  expect(response.total).toBe(counts.completed + counts.errors.timeout);
  expect(response.percentile(50)).toBeGreaterThan(19_000);
  expect(response.percentile(50)).toBeLessThan(60_000);
  expect(service.total).toBe(response.total);
});

test("says of a server that never answers that every connection waits", async () => {
  const { counts, measured } = await recorded("hang");
  expect(counts).toMatchObject({ due: 2, sent: 2, completed: 0 });
  expect(measured.inFlight).toBe(2);
});

test("counts a close without an answer as a reset", async () => {
  const { counts, response } = await recorded("close");
  expect(counts.errors.reset).toBeGreaterThan(1_000);
  expect(counts.completed).toBe(0);
  expect(response.total).toBe(0);
});

test("counts statuses of 400 and above as unexpected", async () => {
  const { counts } = await recorded("not-found");
  expect(counts.completed).toBeGreaterThan(0);
  expect(counts.unexpected).toBe(counts.completed);
});

test("keeps the result of a run that was stopped", async () => {
  const { counts, response } = await recorded("sigint");
  expect(counts.completed).toBeGreaterThan(0);
  expect(response.total).toBe(counts.completed + counts.errors.timeout);
});

test("fails a run that could not connect", async () => {
  await expect(recorded("refused")).rejects.toThrow(
    new OutputRejected("wrk said: unable to connect to 127.0.0.1:1 Connection refused"),
  );
});

test("says how far percentiles may be off when there were too many values to hand out", async () => {
  const recording = readRecording("wrk", "late");
  const line = `@tidemark {"durationMicros":2000000,"requests":1000,"bytes":1,"connect":0,"read":0,"write":0,"status":0,"timeout":0,"exact":false,"values":[100,500000000,200,250000000,300,249000000,900,1000000]}`;
  const { counts, response, measured } = await parseRecording({
    ...recording,
    stdout: recording.stdout.replace(/@tidemark.*/, line),
  });
  expect(response.total).toBe(counts.completed);
  expect(response.percentile(50)).toBe(100);
  expect(response.percentile(75)).toBe(200);
  expect(response.percentile(99.9)).toBe(300);
  // 250 values lie somewhere above 100 and at most at 200.
  expect(measured.source).toEqual({ exact: false, relativeErrorMax: 1 });
});
