import { type CapacitySearch, emptyCounts } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type StepResult, type Tried, judgeStep, nextStep, stepsMax } from "./search.ts";

const search: CapacitySearch = {
  kind: "search",
  objective: { percentile: 99, responseMs: 20, errorRatioMax: 0.001 },
  fromPerSecond: 100,
  toPerSecond: 10_000,
  stepSeconds: 5,
  toleranceRatio: 0.05,
};

/** Plays a search against a target that holds what `holds` says. */
function play(holds: (rate: number, step: number) => boolean, given: CapacitySearch = search) {
  const tried: Tried[] = [];
  for (;;) {
    const next = nextStep(given, tried);
    if (next.kind === "answer") return { tried, ...next };
    const { ratePerSecond } = next;
    tried.push({ ratePerSecond, holds: holds(ratePerSecond, tried.length), inconclusive: false });
  }
}

test("finds any capacity to its tolerance, confirmed, in few steps", () => {
  fc.assert(
    fc.property(fc.double({ min: 100, max: 9_999, noNaN: true }), (capacity) => {
      const { ratePerSecond, tried, text } = play((rate) => rate <= capacity);
      expect(ratePerSecond).toBeLessThanOrEqual(capacity);
      expect(ratePerSecond! * (1 + search.toleranceRatio) * 1.005).toBeGreaterThanOrEqual(capacity);
      expect(tried.filter((one) => one.ratePerSecond === ratePerSecond && one.holds).length).toBe(
        2,
      );
      expect(tried.length).toBeLessThanOrEqual(18);
      expect(text).toContain("highest rate that met p99 ≤ 20 ms and errors ≤ 0.1 %");
    }),
  );
});

test("never tries outside its bounds and always ends, whatever the target does", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: stepsMax + 1, maxLength: 100 }), (luck) => {
      const { tried } = play((_, step) => luck[step] ?? false);
      expect(tried.length).toBeLessThanOrEqual(stepsMax);
      for (const { ratePerSecond } of tried) {
        expect(ratePerSecond).toBeGreaterThanOrEqual(search.fromPerSecond);
        expect(ratePerSecond).toBeLessThanOrEqual(search.toPerSecond);
      }
    }),
  );
});

test("says so when the lowest rate is too much, or the highest is not", () => {
  expect(play(() => false)).toMatchObject({ ratePerSecond: undefined, tried: { length: 1 } });
  expect(play(() => true)).toMatchObject({ ratePerSecond: 10_000 });
});

test("a rate that held once and then failed is no answer", () => {
  const seen = new Map<number, number>();
  const { ratePerSecond } = play((rate) => {
    const times = (seen.get(rate) ?? 0) + 1;
    seen.set(rate, times);
    return rate < 500 || (rate < 1_000 && times === 1);
  });
  expect(ratePerSecond).toBeLessThan(500);
});

test("a generator at its limit is tried again, and then ends the search", () => {
  const held: Tried = { ratePerSecond: 100, holds: true, inconclusive: false };
  const limited: Tried = { ratePerSecond: 200, holds: false, inconclusive: true };
  expect(nextStep(search, [held, limited])).toEqual({ kind: "try", ratePerSecond: 200 });
  expect(nextStep(search, [held, limited, limited, limited])).toMatchObject({
    kind: "answer",
    ratePerSecond: 100,
    text: expect.stringContaining("the generator itself"),
  });
});

const sound: StepResult = {
  completed: true,
  cause: "",
  counts: { ...emptyCounts(), due: 10_000, sent: 10_000, completed: 10_000 },
  percentileMicros: 19_000,
  spoiled: [],
};

test.each<[string, Partial<StepResult>, object]>([
  ["within both", {}, { holds: true, inconclusive: false, responseMs: 19 }],
  ["slow", { percentileMicros: 20_100 }, { holds: false, inconclusive: false }],
  [
    "failing",
    { counts: { ...sound.counts, unexpected: 11 } },
    { holds: false, inconclusive: false, errorRatio: 0.0011 },
  ],
  [
    "behind its rate",
    { spoiled: [{ code: "rate-missed", detail: "900 of 1000 due requests were sent" }] },
    { holds: false, inconclusive: false, evidence: expect.stringContaining("900 of 1000") },
  ],
  ["without an answer", { percentileMicros: Number.NaN }, { holds: false }],
  [
    "spoiled by its generator",
    { percentileMicros: 90_000, spoiled: [{ code: "generator-limited", detail: "late" }] },
    { holds: false, inconclusive: true, evidence: "p99 90 ms, errors 0 %; late" },
  ],
  [
    "quick although its generator was late",
    { spoiled: [{ code: "generator-limited", detail: "late" }] },
    { holds: true, inconclusive: false },
  ],
  [
    "that lost an agent",
    { spoiled: [{ code: "agents-lost", detail: "rack-2 was lost" }] },
    { holds: false, inconclusive: true },
  ],
  ["cancelled", { completed: false, cause: "cancelled" }, { holds: false, inconclusive: true }],
])("a step %s", (_, change, expected) => {
  expect(judgeStep(search.objective, { ...sound, ...change })).toMatchObject(expected);
});
