import fc from "fast-check";
import { expect, test } from "vitest";
import { DueQueue } from "./due-queue.ts";

test("behaves as a bounded first-in-first-out list, across growth and wrap-around", () => {
  const steps = fc.array(
    fc.record({ push: fc.integer({ min: 0, max: 900 }), shift: fc.integer({ min: 0, max: 900 }) }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 3_000 }), (rounds, bound) => {
      const queue = new DueQueue(bound);
      const model: number[] = [];
      let next = 0;
      for (const { push, shift } of rounds) {
        for (let count = 0; count < push; count += 1) {
          expect(queue.push(next)).toBe(model.length < bound);
          if (model.length < bound) model.push(next);
          next += 1;
        }
        for (let count = 0; count < shift && model.length > 0; count += 1)
          expect(queue.shift()).toBe(model.shift());
        expect(queue.length).toBe(model.length);
      }
    }),
    { numRuns: 40 },
  );
});
