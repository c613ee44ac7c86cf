// What holds for every open pacing, whole or in parts.
import { expectedRequests, shareWithin } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type OpenKind, type OpenPacing, scheduleOf } from "./index.ts";

/** From a request an hour to the limit, and nothing at all where a pacing allows it. */
const rate = fc.double({ min: 0.001, max: 1_000_000, noNaN: true });
const rateOrNone = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: rate },
);
const durationMs = fc.integer({ min: 100, max: 86_400_000 });

interface Plan {
  readonly pacing: OpenPacing;
  readonly durationMs: number;
}

const plans: Record<OpenKind, fc.Arbitrary<Plan>> = {
  constant: fc.record({
    pacing: fc.record({ kind: fc.constant("constant" as const), ratePerSecond: rate }),
    durationMs,
  }),
  ramp: fc.record({
    pacing: fc
      .record({
        kind: fc.constant("ramp" as const),
        fromPerSecond: rateOrNone,
        toPerSecond: rateOrNone,
      })
      .filter(({ fromPerSecond, toPerSecond }) => fromPerSecond + toPerSecond > 0),
    durationMs,
  }),
  stages: fc
    .record({
      kind: fc.constant("stages" as const),
      fromPerSecond: rateOrNone,
      stages: fc.array(
        fc.record({
          durationMs: fc.integer({ min: 100, max: 10_000_000 }),
          toPerSecond: rateOrNone,
        }),
        { minLength: 1, maxLength: 8 },
      ),
    })
    .filter(
      ({ fromPerSecond, stages }) =>
        fromPerSecond > 0 || stages.some(({ toPerSecond }) => toPerSecond > 0),
    )
    .map((pacing) => ({
      pacing,
      durationMs: pacing.stages.reduce((sum, stage) => sum + stage.durationMs, 0),
    })),
  // Laying out a day at a million requests/s takes a second; the longest plan has a test of its own.
  poisson: fc.record({
    pacing: fc.record({
      kind: fc.constant("poisson" as const),
      ratePerSecond: fc.double({ min: 0.001, max: 20_000, noNaN: true }),
      seed: fc.integer({ min: 0, max: 0xffff_ffff }),
    }),
    durationMs: fc.integer({ min: 100, max: 3_600_000 }),
  }),
};
const kinds = Object.keys(plans) as OpenKind[];
const anyPlan = fc.oneof(...kinds.map((kind) => plans[kind]));
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

test.each(kinds)("%s: due times never decrease, lie within the run, and count when due", (kind) => {
  fc.assert(
    fc.property(plans[kind], fraction, ({ pacing, durationMs }, at) => {
      const schedule = scheduleOf(pacing, durationMs);
      expect(schedule.dueBy(-0.001)).toBe(0);
      expect(schedule.dueBy(durationMs)).toBe(schedule.total);
      fc.pre(schedule.total > 0);
      const index = Math.floor(at * (schedule.total - 1));
      const dueAtMs = schedule.dueAtMs(index);
      expect(dueAtMs).toBeGreaterThanOrEqual(0);
      expect(dueAtMs).toBeLessThan(durationMs);
      expect(schedule.dueAtMs(index)).toBe(dueAtMs);
      expect(schedule.dueBy(dueAtMs)).toBeGreaterThan(index);
      if (index + 1 < schedule.total)
        expect(schedule.dueAtMs(index + 1)).toBeGreaterThanOrEqual(dueAtMs);
    }),
    { numRuns: 300 },
  );
});

test.each(kinds)("%s: what is due by a moment is neither more nor less than that", (kind) => {
  fc.assert(
    fc.property(plans[kind], fraction, ({ pacing, durationMs }, at) => {
      const schedule = scheduleOf(pacing, durationMs);
      const elapsedMs = at * durationMs;
      const due = schedule.dueBy(elapsedMs);
      // A constant rate may count a request a millionth of its period early.
      const grain = elapsedMs * 1e-9 + 1e-3;
      if (due > 0) expect(schedule.dueAtMs(due - 1)).toBeLessThanOrEqual(elapsedMs + grain);
      if (due < schedule.total) expect(schedule.dueAtMs(due)).toBeGreaterThan(elapsedMs - grain);
    }),
    { numRuns: 300 },
  );
});

test.each(["constant", "ramp", "stages"] as const)(
  "%s: there are as many requests as the area under the rate",
  (kind) => {
    fc.assert(
      fc.property(plans[kind], ({ pacing, durationMs }) => {
        const expected = expectedRequests(pacing, durationMs)!;
        const { total } = scheduleOf(pacing, durationMs);
        expect(Math.abs(total - expected)).toBeLessThanOrEqual(1 + expected * 1e-9);
      }),
    );
  },
);

test("the parts of a schedule are exactly the whole, and so are the parts of its parts", () => {
  const parts = fc.record({
    agents: fc.integer({ min: 1, max: 7 }),
    workers: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(anyPlan, parts, fraction, ({ pacing, durationMs }, { agents, workers }, at) => {
      const whole = scheduleOf(pacing, durationMs);
      const elapsedMs = at * durationMs;
      let total = 0;
      let due = 0;
      for (let agent = 0; agent < agents; agent += 1)
        for (let worker = 0; worker < workers; worker += 1) {
          const share = shareWithin({ index: agent, of: agents }, { index: worker, of: workers });
          const part = scheduleOf(pacing, durationMs, share);
          total += part.total;
          due += part.dueBy(elapsedMs);
          for (const index of [0, Math.floor(at * part.total), part.total - 1])
            if (index >= 0 && index < part.total)
              expect(part.dueAtMs(index)).toBe(whole.dueAtMs(share.index + index * share.of));
        }
      expect(total).toBe(whole.total);
      expect(due).toBe(whole.dueBy(elapsedMs));
    }),
  );
});
