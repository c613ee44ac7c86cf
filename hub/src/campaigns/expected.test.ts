import type { CapacitySearch, ProfileSpec } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { nextStep, stepsMax } from "../load/search.ts";
import { expectedMs, searchStepsMax } from "./expected.ts";
import { campaignLimits } from "./limits.ts";

const variant = { labels: {} };
const profile = (load: Partial<ProfileSpec["load"]>): ProfileSpec => ({
  name: "p",
  load: { target: "http://127.0.0.1:1/", ...load },
  placement: { selector: "role=rack" },
});
const objective = { percentile: 99, responseMs: 20, errorRatioMax: 0.001 };

test("runs with their warm-ups, one after the other, and a gap after each", () => {
  const spec = profile({ ratePerSecond: 1, durationSeconds: 30, warmupSeconds: 10 });
  const runs = expectedMs(spec, [variant, variant, variant]);
  expect(runs).toBe(3 * (40_000 + campaignLimits.gapMs));
});

test("a search takes as long as its steps at most", () => {
  const pacing: CapacitySearch = {
    kind: "search",
    objective,
    fromPerSecond: 100,
    toPerSecond: 800,
    stepSeconds: 5,
    toleranceRatio: 0.5,
  };
  const steps = searchStepsMax(pacing);
  expect(expectedMs(profile({ pacing }), [variant])).toBe(steps * (5_000 + campaignLimits.gapMs));
});

test("no search without mishaps takes more steps than expected", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 2, max: 1_000 }),
      fc.constantFrom(0.02, 0.05, 0.1, 0.5),
      fc.double({ min: 0.5, max: 2_000, noNaN: true }),
      (fromPerSecond, times, toleranceRatio, capacity) => {
        const search: CapacitySearch = {
          kind: "search",
          objective,
          fromPerSecond,
          toPerSecond: fromPerSecond * times,
          stepSeconds: 1,
          toleranceRatio,
        };
        const tried: { ratePerSecond: number; holds: boolean; inconclusive: boolean }[] = [];
        for (
          let next = nextStep(search, tried);
          next.kind === "try";
          next = nextStep(search, tried)
        )
          tried.push({
            ratePerSecond: next.ratePerSecond,
            holds: next.ratePerSecond <= capacity * fromPerSecond,
            inconclusive: false,
          });
        expect(tried.length).toBeLessThanOrEqual(Math.min(stepsMax, searchStepsMax(search)));
      },
    ),
  );
});
