import { type AgentId, emptyCounts } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { assignmentOf, histogramsOf, runRecordOf } from "../../test/known-runs.ts";
import { finalOf } from "../../test/load-agent.ts";
import type { AssignmentRecord } from "../store/assignments.ts";
import { latenciesOf, mergedHistograms } from "./known-run.ts";
import { type Part, mergedOutcome } from "./outcome.ts";

const latencies = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 30 });

function partOf(
  index: number,
  micros: readonly number[],
  change: Partial<AssignmentRecord> = {},
): Part {
  const { histograms: _, ...final } = finalOf(0, micros);
  return {
    record: assignmentOf({
      agent: `agent${index}` as AgentId,
      state: "completed",
      startedAtMs: final.startedAtMs,
      endedAtMs: final.endedAtMs,
      final: {
        ...final,
        endedAtMs: final.startedAtMs + 1_000,
        latency: latenciesOf(histogramsOf(micros)),
      },
      ...change,
    }),
    agentName: `host-${index}`,
    progress: undefined,
    storedIntervals: 0,
  };
}

test("parts add up to the whole, in whatever order and groups they come", () => {
  fc.assert(
    fc.property(fc.array(latencies, { minLength: 2, maxLength: 6 }), fc.nat(), (lists, seed) => {
      const whole = lists.flat();
      const order = lists
        .map((_, at) => at)
        .sort((a, b) => ((a * 7 + seed) % 5) - ((b * 7 + seed) % 5));
      const cut = seed % lists.length;
      const grouped = [order.slice(0, cut), order.slice(cut)].map((group) =>
        mergedHistograms(group.map((at) => histogramsOf(lists[at]!))),
      );
      const merged = mergedHistograms(grouped);
      expect(merged.response.counts).toEqual(histogramsOf(whole).response.counts);
      expect(latenciesOf(merged).response).toEqual(latenciesOf(histogramsOf(whole)).response);
      const outcome = mergedOutcome(
        runRecordOf(),
        order.map((at) => partOf(at, lists[at]!)),
        latenciesOf(merged),
      );
      expect(outcome.counts.completed).toBe(whole.length);
      expect(outcome.achievedPerSecond).toBe(whole.length);
      expect(outcome.response.count).toBe(whole.length);
    }),
  );
});

const lost: Partial<AssignmentRecord> = {
  state: "failed",
  cause: "it was not heard of",
  final: undefined,
  interim: {
    counts: { ...emptyCounts(), due: 7, completed: 5 },
    unsent: 2,
    inFlight: 0,
    elapsedMs: 1_000,
    latency: latenciesOf(histogramsOf([1])),
  },
};
const codes = (parts: readonly Part[], change = {}) =>
  mergedOutcome(runRecordOf(change), parts, undefined).spoiled.map(({ code }) => code);

test("a lost part is counted up to its loss, and named", () => {
  const { spoiled, counts, unsent } = mergedOutcome(
    runRecordOf(),
    [partOf(0, [1, 2]), partOf(1, [], lost)],
    undefined,
  );
  expect(counts.completed).toBe(7);
  expect(unsent).toBe(2);
  expect(spoiled).toEqual([
    {
      code: "agents-lost",
      detail:
        "1 of 2 agents were lost: host-1 (it was not heard of; 7 requests until then are counted)",
    },
  ]);
});

const clock = (aheadMs: number, uncertaintyMs: number) => ({ clock: { aheadMs, uncertaintyMs } });

test.each<[string, readonly Part[], object, readonly string[]]>([
  ["alone and lost", [partOf(0, [], lost)], {}, []],
  ["lost before the start", [partOf(0, [1]), partOf(1, [], lost)], { startFailure: "x" }, []],
  [
    "cancelled by its own host",
    [partOf(0, [1]), partOf(1, [1], { state: "cancelled" })],
    {},
    ["agents-lost"],
  ],
  [
    "cancelled by a user",
    [partOf(0, [1]), partOf(1, [1], { state: "cancelled" })],
    { cancelAskedAtMs: 1 },
    [],
  ],
  [
    "apart by the clocks alone",
    [
      partOf(0, [1]),
      partOf(1, [1], { ...clock(5_000, 1), startedAtMs: finalOf(0, []).startedAtMs + 5_050 }),
    ],
    {},
    [],
  ],
  [
    "apart in truth",
    [partOf(0, [1]), partOf(1, [1], { startedAtMs: finalOf(0, []).startedAtMs + 101 })],
    {},
    ["started-apart"],
  ],
  ["a rough clock", [partOf(0, [1]), partOf(1, [1], clock(0, 51))], {}, ["clock-uncertain"]],
])("%s: %#", (_, parts, change, expected) => {
  expect(codes(parts, change)).toEqual(expected);
});

test("the parts' own spoilers and remarks are said once, with their names", () => {
  const spoiled = [{ code: "rate-missed" as const, detail: "90 %" }];
  const withFinal = (index: number, change: object) => {
    const part = partOf(index, [1]);
    return { ...part, record: { ...part.record, final: { ...part.record.final!, ...change } } };
  };
  const parts = [
    withFinal(0, { spoiled, remarks: ["all", "first"] }),
    withFinal(1, { spoiled, remarks: ["all"] }),
  ];
  const merged = mergedOutcome(runRecordOf({ remarks: ["left out"] }), parts, undefined);
  expect(merged.spoiled).toEqual([{ code: "rate-missed", detail: "host-0: 90 %; host-1: 90 %" }]);
  expect(merged.remarks).toEqual(["left out", "all", "host-0: first"]);
  expect(mergedOutcome(runRecordOf(), parts.slice(0, 1), undefined)).toMatchObject({
    spoiled,
    remarks: ["all", "first"],
  });
});
