import { type AgentId, type Beat, type BootId, newId } from "@tidemark/proto";
import { beforeEach, expect, test } from "vitest";
import { createGaps } from "./gaps.ts";
import { Ranges } from "./ranges.ts";

const agent = newId<AgentId>();
const boot = newId<BootId>();
const lane = { firstSeq: 1, nextSeq: 101, bytes: 0, dropped: 0 };
const beat: Beat = {
  boot,
  version: "1",
  sentAtMs: 0,
  startedAtMs: 0,
  intervalSeconds: 1,
  lanes: { metrics: lane, events: lane, results: lane },
  clockOffsetMs: null,
  roundTripMs: null,
  activeRuns: [],
  load: { allowed: false, policy: "" },
};

let nowMs: number;
let stored: Ranges;
let asked: { first: number; last: number }[];
let gaps: ReturnType<typeof createGaps>;
const hear = (one: Beat) => gaps.heard(agent, one);

beforeEach(() => {
  nowMs = 1_000_000;
  stored = new Ranges([1, 41], [30, 90]);
  asked = [];
  gaps = createGaps({
    missing: (_agent, _boot, first, next) =>
      stored.holes(first, Math.min(next - 1, stored.last ?? 0)),
    askReplay: (_agent, _boot, range) => asked.push(range),
    now: () => nowMs,
  });
});

test("asks for a hole that stays, again after a minute, and not for ever", () => {
  hear(beat);
  expect(gaps.missingBatches(agent)).toBe(10);
  expect(asked).toEqual([]);
  for (let beats = 0; beats < 600; beats += 1) {
    nowMs += 5_000;
    hear(beat);
  }
  expect(asked).toHaveLength(10);
  expect(new Set(asked.map((range) => JSON.stringify(range)))).toEqual(
    new Set(['{"first":31,"last":40}']),
  );
});

test("leaves a hole alone that fills by itself", () => {
  hear(beat);
  nowMs += 15_000;
  stored.add(31, 40);
  hear(beat);
  nowMs += 15_000;
  hear(beat);
  expect(asked).toEqual([]);
  expect(gaps.missingBatches(agent)).toBe(0);
});

test("asks for a few holes at a time and for bounded ranges", () => {
  stored = new Ranges();
  stored.add(1, 1);
  for (let seq = 5_000; seq < 5_040; seq += 2) stored.add(seq, seq);
  const long = { ...beat, lanes: { ...beat.lanes, metrics: { ...lane, nextSeq: 6_000 } } };
  hear(long);
  nowMs += 30_000;
  hear(long);
  expect(asked).toHaveLength(4);
  expect(asked[0]).toEqual({ first: 2, last: 1_001 });
});
