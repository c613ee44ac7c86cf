import { expect, test } from "vitest";
import { Detectable, parser } from "@tidemark/proto";
import { evidence, runsAt, spread } from "../../test/made-evidence.ts";
import type { RunEvidence } from "../evidence/evidence.ts";
import { detectableBy } from "./detectable.ts";

const parseDetectable = parser(Detectable, "detectable");
const found = (history: readonly RunEvidence[], runsEach = 8) =>
  parseDetectable(detectableBy({ history, runsEach, marginRatio: 0.05, expectedMs: 960_000 }));

test("without a history a usual noise is assumed, and said", () => {
  const { figures, sentence, expectedMs } = found([]);
  expect(figures[0]).toMatchObject({
    figure: "p50",
    noise: null,
    historyRuns: 0,
    runsForMargin: 8,
  });
  expect(figures[0]?.detectable).toBeCloseTo(0.047, 3);
  expect(expectedMs).toBe(960_000);
  expect(sentence).toBe(
    "8 runs of each would find 4.7 % at p50, 4.7 % at p95, 4.7 % at p99, four times in five, at a usual noise of 3 %: there is no history yet; to find 5 % at p50 takes 8 of each",
  );
});

test("noise is that between runs of one thing, not between releases, rates or invalid runs", () => {
  const invalid = [{ rule: "host" as const, level: "invalid" as const, detail: "stolen" }];
  const history = [
    ...runsAt(spread, { variant: { release: "3.5" } }),
    ...runsAt(
      spread.map((ratio) => 3 * ratio),
      { variant: { release: "3.6" } },
    ),
    ...runsAt(
      spread.map((ratio) => 9 * ratio),
      { variant: { release: "3.6" }, key: { load: "2" } },
    ),
    ...runsAt([50, 60], { variant: { release: "3.5" }, findings: invalid }),
    ...runsAt([7], { variant: { release: "3.4" } }),
  ];
  const { figures } = found(history);
  expect(figures[0]).toMatchObject({ historyRuns: 24 });
  expect(figures[0]?.noise).toBeCloseTo(0.0278, 3);
});

test("too few runs find nothing, too much noise takes too many", () => {
  expect(found([], 3).sentence).toMatch(
    /^3 runs of each are too few for any verdict: 4 are the least/,
  );
  const noisy = found(runsAt([0.3, 1, 3, 0.5, 2]));
  expect(noisy.figures[0]?.runsForMargin).toBeNull();
  expect(noisy.sentence).toContain("; 5 % at p50 takes more runs than a comparison may have");
});

test("of searches the capacity is found, by its own margin", () => {
  const history = spread.map((ratio) =>
    evidence({ p50: null, p95: null, p99: null, capacity: 5_000 * (1 + (ratio - 1) / 10) }),
  );
  expect(found(history).figures).toMatchObject([{ figure: "capacity", historyRuns: 8 }]);
  expect(found(history).sentence).toContain("to find 2 % at capacity takes");
});
