import fc from "fast-check";
import { expect, test } from "vitest";
import { isFree, isHeld, leaseTimes, sighted } from "./lease.ts";

const delayMs = fc.integer({ min: 0, max: 5_000 });
/** Of a hub's monotonic clock against true time. */
const rate = fc.double({ min: 0.85, max: 1.15, noNaN: true });

test("nobody takes a lease whose leader still acts on it, whatever the delays and the clocks", () => {
  fc.assert(
    fc.property(delayMs, delayMs, rate, rate, delayMs, (toBroker, toSee, mine, theirs, since) => {
      // True time 0: the renewal is sent. It is written after toBroker, seen by the other toSee later.
      const seenAt = (toBroker + toSee) * theirs;
      const sighting = sighted(undefined, 7, false, seenAt);
      const holding = { term: 1, revision: 7, renewedAt: 0 };
      const trueMs = leaseTimes.stepDownMs / mine + since;
      const bothBelieve = isHeld(holding, trueMs * mine) && isFree(sighting, trueMs * theirs);
      expect(bothBelieve).toBe(false);
      const freeAt = (seenAt + leaseTimes.leaseMs) / theirs;
      expect(isHeld(holding, freeAt * mine)).toBe(false);
    }),
  );
});

test("a lease is free once it was seen unchanged for its length, and not before", () => {
  const first = sighted(undefined, 3, false, 100);
  const again = sighted(first, 3, false, 9_000);
  expect(isFree(again, 100 + leaseTimes.leaseMs - 1)).toBe(false);
  expect(isFree(again, 100 + leaseTimes.leaseMs)).toBe(true);
  const renewed = sighted(again, 4, false, 9_500);
  expect(isFree(renewed, 100 + leaseTimes.leaseMs)).toBe(false);
});

test("a released lease and none at all are free at once", () => {
  expect(isFree(undefined, 0)).toBe(true);
  expect(isFree(sighted(undefined, 3, true, 5), 5)).toBe(true);
});

test("the handover fits into 15 s", () => {
  expect(leaseTimes.lookMs * 2 + leaseTimes.leaseMs).toBeLessThan(15_000);
  expect(leaseTimes.renewMs + leaseTimes.lookMs).toBeLessThan(leaseTimes.stepDownMs);
});
