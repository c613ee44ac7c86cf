import type { Campaign, CampaignStep } from "@tidemark/proto";
import { expect, test } from "vitest";
import { currentOf, progressOf, purposeOf } from "./campaign-words.ts";

const step = (state: CampaignStep["state"]): CampaignStep => ({
  variant: {},
  side: null,
  run: null,
  state,
  cause: "",
  validity: null,
});
const comparing = (baseline: string, candidate: string) =>
  ({
    kind: "comparison",
    steps: [],
    comparison: { baseline, candidate, runsEach: 8, marginRatio: 0.05, seed: 1 },
  }) as unknown as Campaign;

test.each([
  ["release=3.5", "release=3.6", "Comparison: release=3.5 against release=3.6, 8 runs each"],
  [
    "release=3.5,dataset in (10,100)",
    "release=3.6,dataset in (10,100)",
    "Comparison: release=3.5 against release=3.6 for dataset in (10,100), 8 runs each",
  ],
])("%s against %s is said once", (baseline, candidate, words) => {
  expect(purposeOf(comparing(baseline, candidate))).toBe(words);
});

test("runs alone are counted", () => {
  const runs = { kind: "runs", steps: [step("waiting")], comparison: null } as unknown as Campaign;
  expect(purposeOf(runs)).toBe("1 run");
});

test("steps that failed have run, those that were skipped have not; a pending one is the current", () => {
  const steps = [
    step("completed"),
    step("failed"),
    step("skipped"),
    step("pending"),
    step("waiting"),
  ];
  expect(progressOf({ steps })).toBe("2 of 5 runs");
  expect(currentOf({ steps })).toBe(steps[3]);
});
