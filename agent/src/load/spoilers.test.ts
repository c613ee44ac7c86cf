import { Histogram, emptyCounts } from "@tidemark/proto";
import { expect, test } from "vitest";
import { unknownHealth } from "./carrier.ts";
import { type Evidence, judgeRun } from "./spoilers.ts";

function histogram(values: Readonly<Record<number, number>>): Histogram {
  const made = new Histogram();
  for (const [micros, count] of Object.entries(values))
    for (let at = 0; at < count; at += 1) made.record(Number(micros));
  return made;
}

const health = {
  ...unknownHealth,
  threadCpu: 0.2,
  processCpu: 0.3,
  eventLoopDelayP99Ms: 0,
  eventLoopDelayMaxMs: 0,
  gcPauseMs: 0,
  latenessP99Micros: 300,
  latenessMaxMicros: 900,
};
const sound: Evidence = {
  state: "completed",
  counts: { ...emptyCounts(), due: 1_000, sent: 1_000, completed: 1_000, statuses: { 200: 1_000 } },
  unsent: 0,
  response: histogram({ 500: 1_000 }),
  lateness: histogram({ 100: 1_000 }),
  health,
  precision: "precise",
  pacing: "constant",
  connections: 8,
};

const codes = (change: Partial<Evidence>) =>
  judgeRun({ ...sound, ...change }).map(({ code }) => code);

test("a sound run can be believed", () => {
  expect(judgeRun(sound)).toEqual([]);
});

test.each<[string, Partial<Evidence>, readonly string[]]>([
  [
    "late though a connection was idle",
    { health: { ...health, latenessP99Micros: 1_500 }, lateness: histogram({ 1_500: 1_000 }) },
    ["generator-limited"],
  ],
  [
    "as late as a timer is",
    {
      precision: "economy",
      health: { ...health, latenessP99Micros: 1_500 },
      lateness: histogram({ 1_500: 1_000 }),
    },
    [],
  ],
  [
    "late by less than a tenth of what one in a hundred took",
    {
      response: histogram({ 4_800: 970, 30_000: 30 }),
      health: { ...health, latenessP99Micros: 1_800 },
      lateness: histogram({ 1_800: 1_000 }),
    },
    [],
  ],
  [
    "late by more than a tenth of it",
    {
      response: histogram({ 4_800: 970, 30_000: 30 }),
      health: { ...health, latenessP99Micros: 3_200 },
      lateness: histogram({ 3_200: 1_000 }),
    },
    ["generator-limited"],
  ],
  [
    "late by less than a tenth of the median",
    {
      response: histogram({ 50_000: 1_000 }),
      health: { ...health, latenessP99Micros: 4_000 },
      lateness: histogram({ 4_000: 1_000 }),
    },
    [],
  ],
  [
    "late for want of a connection",
    { lateness: histogram({ 100: 900, 200_000: 100 }) },
    ["connection-limited"],
  ],
  ["dropped", { counts: { ...sound.counts, dropped: 1 } }, ["dropped-requests"]],
  ["too few sent", { counts: { ...sound.counts, sent: 980 }, unsent: 20 }, ["rate-missed"]],
  [
    "too few sent by a busy core",
    { counts: { ...sound.counts, sent: 500 }, health: { ...health, threadCpu: 0.99 } },
    ["generator-limited", "rate-missed"],
  ],
  ["errors alone", { counts: { ...sound.counts, completed: 0, statuses: {} } }, ["all-errors"]],
  [
    "only answers that were not expected",
    { counts: { ...sound.counts, unexpected: 1_000, statuses: { 404: 400, 500: 600 } } },
    ["all-errors"],
  ],
  [
    "too few sent on a host whose CPUs were stolen",
    { counts: { ...sound.counts, sent: 980 }, unsent: 20, health: { ...health, hostSteal: 0.3 } },
    ["generator-limited", "rate-missed"],
  ],
  [
    "too few sent for want of a server, on such a host",
    { counts: { ...sound.counts, sent: 500 }, health: { ...health, hostSteal: 0.3 } },
    ["rate-missed"],
  ],
  [
    "a busy host that kept nobody from anything",
    { health: { ...health, hostCpu: 0.99, hostSteal: 0.2, hostCpuPressure: 0.9 } },
    [],
  ],
  [
    "a closed loop whose connections are all busy, with its clients waiting for the timer's millisecond",
    {
      pacing: "closed",
      counts: { ...sound.counts, sent: 990, due: 1_100 },
      lateness: histogram({ 1_500: 1_000 }),
      health: { ...health, latenessP99Micros: 1_500 },
    },
    [],
  ],
  [
    "a closed loop that has no time left for its clients",
    { pacing: "closed", health: { ...health, latenessP99Micros: 8_000 } },
    ["generator-limited"],
  ],
  [
    "as fast as a busy thread can, not as fast as the target",
    { pacing: "max", health: { ...health, threadCpu: 0.99 } },
    ["generator-limited"],
  ],
  [
    "a closed loop with unexpected answers alone",
    { pacing: "max", counts: { ...sound.counts, unexpected: 1_000 } },
    ["all-errors"],
  ],
  ["cancelled", { state: "cancelled" }, ["interrupted"]],
  ["failed before anything was due", { state: "failed", counts: emptyCounts() }, ["interrupted"]],
])("%s", (_, change, expected) => {
  expect(codes(change)).toEqual(expected);
});

test("says what of the host explains a generator that fell behind", () => {
  const [spoiler] = judgeRun({
    ...sound,
    health: {
      ...health,
      latenessP99Micros: 9_000,
      hostCpu: 0.97,
      hostSteal: 0.12,
      hostCpuPressure: 0.81,
    },
  });
  expect(spoiler?.detail).toBe(
    "1 in 100 requests left 9.0 ms late though a connection was idle: 12 % of its host's CPU was stolen by the hypervisor, " +
      "97 % of its host's CPU was in use, tasks of its host waited for a CPU in 81 % of the time",
  );
});
