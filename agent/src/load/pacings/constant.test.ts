import fc from "fast-check";
import { expect, test } from "vitest";
import { scheduleOf } from "./index.ts";

const plans = fc.record({
  ratePerSecond: fc.double({ min: 0.001, max: 1_000_000, noNaN: true }),
  durationMs: fc.integer({ min: 100, max: 86_400_000 }),
});

test("is a pure function of the index: never decreasing, within the run, and counted when due", () => {
  fc.assert(
    fc.property(plans, fc.double({ min: 0, max: 1, noNaN: true }), (plan, share) => {
      const schedule = scheduleOf(
        { kind: "constant", ratePerSecond: plan.ratePerSecond },
        plan.durationMs,
      );
      const index = Math.floor(share * (schedule.total - 1));
      const dueAtMs = schedule.dueAtMs(index);
      expect(schedule.dueAtMs(index)).toBe(dueAtMs);
      expect(schedule.dueAtMs(index + 1)).toBeGreaterThan(dueAtMs);
      expect(dueAtMs).toBeLessThan(plan.durationMs);
      expect(schedule.dueBy(dueAtMs)).toBeGreaterThan(index);
      expect(
        schedule.dueBy(dueAtMs - 0.001 - 0.001 * (1_000 / plan.ratePerSecond)),
      ).toBeLessThanOrEqual(index + 1);
    }),
  );
});

test("counts what is due without ever losing or inventing a request, however it is asked", () => {
  const looks = fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { maxLength: 50 });
  fc.assert(
    fc.property(looks, fc.integer({ min: 1, max: 5_000 }), (times, ratePerSecond) => {
      const schedule = scheduleOf({ kind: "constant", ratePerSecond }, 2_000);
      let due = 0;
      for (const elapsedMs of times.sort((a, b) => a - b)) {
        const now = schedule.dueBy(elapsedMs);
        expect(now).toBeGreaterThanOrEqual(due);
        due = now;
      }
      expect(schedule.dueBy(2_000)).toBe(schedule.total);
      expect(schedule.total).toBe(2 * ratePerSecond);
    }),
  );
});

test.each([
  [10, 1_000, 10],
  [3, 1_000, 3],
  [0.1, 1_000, 1],
  [1_000_000, 100, 100_000],
  [7, 100, 1],
])("%s requests/s for %s ms are %s requests", (ratePerSecond, durationMs, total) => {
  expect(scheduleOf({ kind: "constant", ratePerSecond }, durationMs).total).toBe(total);
});

test("the last request of the longest plan is due when it is due", () => {
  for (const ratePerSecond of [999_983, 999_999.7, 333_333.3, 1_000_000]) {
    const schedule = scheduleOf({ kind: "constant", ratePerSecond }, 86_400_000);
    for (let index = schedule.total - 2_000; index < schedule.total; index += 1)
      expect(schedule.dueBy(schedule.dueAtMs(index))).toBe(index + 1);
  }
});

test("nothing is due before the start", () => {
  expect(scheduleOf({ kind: "constant", ratePerSecond: 1_000 }, 1_000).dueBy(-0.5)).toBe(0);
});
