import { type AgentId, type RunId, newId } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { histogramsOf } from "../../test/known-runs.ts";
import { intervalOf } from "../../test/load-agent.ts";
import type { TimelineRow } from "../store/run-timeline.ts";
import { runLimits } from "./limits.ts";
import { LiveMerge, mergedRow } from "./live-merge.ts";
import { rowOf } from "./timeline.ts";

const ids = ["a", "b", "c"] as AgentId[];
const rowAt = (index: number, agent: number): TimelineRow => {
  const micros = [index * 100 + agent];
  const { histograms: _, ...interval } = intervalOf(index, micros);
  const source = { generator: "tidemark", exact: true } as const;
  const whose = { run: newId<RunId>(), agent: ids[agent]!, index, source };
  return rowOf({ ...whose, interval, histograms: histogramsOf(micros) }, 0);
};
const figures = (rows: readonly TimelineRow[]) =>
  rows.map(({ startedAtMs, completed, backlog, histograms }) => ({
    startedAtMs,
    completed,
    backlog,
    p50: histograms.response.percentile(50),
  }));

/** Every agent's seconds in order, the agents' streams woven in any way. */
const weave = fc
  .shuffledSubarray(
    ids.flatMap((_, agent) => Array<number>(5).fill(agent)),
    { minLength: 15 },
  )
  .map((agents) => {
    const next = ids.map(() => 0);
    return agents.map((agent) => ({ agent, index: next[agent]!++ }));
  });

test("tells the same seconds in order, whatever the order of arrival", () => {
  const expected = figures(
    Array.from({ length: 5 }, (_, index) =>
      mergedRow(ids.map((_id, agent) => rowAt(index, agent))),
    ),
  );
  fc.assert(
    fc.property(weave, (arrivals) => {
      const merge = new LiveMerge();
      const told: TimelineRow[] = [];
      for (const { agent, index } of arrivals) {
        merge.add(index, ids[agent]!, rowAt(index, agent), 0);
        told.push(...merge.take(ids, 0));
      }
      expect(figures(told)).toEqual(expected);
      expect(merge.isEmpty).toBe(true);
    }),
  );
});

test("waits for the living, and for nobody longer than the bound", () => {
  const merge = new LiveMerge();
  merge.add(0, ids[0]!, rowAt(0, 0), 1_000);
  merge.add(0, ids[1]!, rowAt(0, 1), 1_500);
  expect(merge.take(ids, 1_500)).toEqual([]);
  expect(merge.take(ids, 1_000 + runLimits.mergeWaitMs - 1)).toEqual([]);
  expect(figures(merge.take(ids, 1_000 + runLimits.mergeWaitMs))).toMatchObject([{ completed: 2 }]);
  // What comes after it was told stays untold.
  merge.add(0, ids[2]!, rowAt(0, 2), 4_000);
  expect(merge.isEmpty).toBe(true);
  merge.add(1, ids[0]!, rowAt(1, 0), 4_000);
  expect(merge.take(ids.slice(0, 1), 4_000)).toHaveLength(1);
});

test("holds a bounded number of seconds", () => {
  const merge = new LiveMerge();
  let told = 0;
  for (let index = 0; index < 1_000; index += 1) {
    merge.add(index, ids[0]!, rowAt(index, 0), 0);
    told += merge.take(ids, 0).length;
  }
  expect(told).toBe(1_000 - runLimits.mergeWaitingMax);
});
