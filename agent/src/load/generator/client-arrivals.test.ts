import fc from "fast-check";
import { expect, test } from "vitest";
import { ClientArrivals, type Clients } from "./client-arrivals.ts";
import { DueQueue } from "./due-queue.ts";
import { Tally } from "./tally.ts";

function begun(change: Partial<Clients>) {
  const tally = new Tally({ hasWarmup: false });
  tally.fromMs = 0;
  const options = { clients: 4, thinkMs: 0, firstAfterMs: () => 0, ratePerSecondMax: undefined };
  const arrivals = new ClientArrivals({ ...options, ...change }, tally);
  arrivals.begin(0);
  return {
    arrivals,
    /** What became due by `nowMs`. */
    by(nowMs: number): number[] {
      const queue = new DueQueue(1_000);
      arrivals.becomeDue(nowMs, queue);
      return Array.from({ length: queue.length }, () => queue.shift());
    },
  };
}

test("without a ceiling every client is due when it is ready", () => {
  const { arrivals, by } = begun({ thinkMs: 5 });
  expect(by(10)).toEqual([0, 0, 0, 0]);
  arrivals.settled(12, "answered");
  arrivals.settled(12, "failed");
  expect(arrivals.nextDueMs).toBe(17);
  expect(by(200)).toEqual([17, 112]);
  expect(arrivals.isHeldBack).toBe(false);
});

test("past a burst requests are due at the ceiling's rate, and the result can say so", () => {
  const { arrivals, by } = begun({ clients: 20, ratePerSecondMax: 100 });
  // What 50 ms have room for, and the one that is always due.
  expect(by(0)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(arrivals.nextDueMs).toBe(10);
  expect(by(25)).toEqual([10, 20]);
  for (let client = 0; client < 8; client += 1) arrivals.settled(25, "answered");
  expect(by(60)).toEqual([30, 40, 50, 60]);
  expect(arrivals.isHeldBack).toBe(true);
});

test("after a pause of the thread only a little is caught up", () => {
  const { by } = begun({ clients: 1_000, ratePerSecondMax: 1_000 });
  expect(by(0)).toHaveLength(51);
  expect(by(500)).toHaveLength(51);
  expect(by(540)).toHaveLength(40);
});

test("answers in bursts hold nobody back below the ceiling", () => {
  const { arrivals, by } = begun({ clients: 4, ratePerSecondMax: 100 });
  for (let nowMs = 0; nowMs < 1_000; nowMs += 50) {
    expect(by(nowMs)).toEqual([nowMs, nowMs, nowMs, nowMs]);
    for (let client = 0; client < 4; client += 1) arrivals.settled(nowMs + 50, "answered");
  }
  expect(arrivals.isHeldBack).toBe(false);
});

test("whatever answers, fails and is late, no second has more than a twentieth above the ceiling", () => {
  const steps = fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 300 }), fails: fc.boolean() }),
    { minLength: 50, maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 1, 50), (list, thinkMs) => {
      const { arrivals, by } = begun({ clients: 100, thinkMs, ratePerSecondMax: 100 });
      const sentMs: number[] = [];
      let nowMs = 0;
      for (const { afterMs, fails } of list) {
        nowMs += afterMs;
        const due = by(nowMs);
        for (const dueMs of due) {
          expect(dueMs).toBeLessThanOrEqual(nowMs);
          sentMs.push(nowMs);
          arrivals.settled(nowMs, fails ? "failed" : "answered");
        }
      }
      for (const fromMs of sentMs) {
        const within = sentMs.filter((ms) => ms >= fromMs && ms < fromMs + 1_000).length;
        expect(within).toBeLessThanOrEqual(107);
      }
    }),
  );
});
