import { expect, test } from "vitest";
import { scheduleOf } from "./index.ts";

/** All due times of stages, ms, rounded. */
function times(fromPerSecond: number, ...stages: readonly [number, number][]): number[] {
  const schedule = scheduleOf(
    {
      kind: "stages",
      fromPerSecond,
      stages: stages.map(([durationMs, toPerSecond]) => ({ durationMs, toPerSecond })),
    },
    stages.reduce((sum, [durationMs]) => sum + durationMs, 0),
  );
  return Array.from({ length: schedule.total }, (_, index) => Math.round(schedule.dueAtMs(index)));
}

const ramp = (fromPerSecond: number, toPerSecond: number, durationMs: number) =>
  scheduleOf({ kind: "ramp", fromPerSecond, toPerSecond }, durationMs);

test("a ramp from nothing is due by the square root, and a ramp to nothing is its mirror", () => {
  const up = ramp(0, 10, 2_000);
  const down = ramp(10, 0, 2_000);
  expect([up.total, down.total]).toEqual([10, 10]);
  for (let index = 0; index < 10; index += 1)
    expect(up.dueAtMs(index)).toBeCloseTo(Math.sqrt(index / 10) * 2_000, 6);
  for (let index = 1; index < 10; index += 1)
    expect(down.dueAtMs(index)).toBeCloseTo(2_000 - up.dueAtMs(10 - index), 6);
});

test("a ramp that goes nowhere is a constant rate", () => {
  const level = ramp(7, 7, 3_000);
  const constant = scheduleOf({ kind: "constant", ratePerSecond: 7 }, 3_000);
  expect(level.total).toBe(constant.total);
  for (let index = 0; index < level.total; index += 1)
    expect(level.dueAtMs(index)).toBeCloseTo(constant.dueAtMs(index), 6);
});

test("a stage is the ramp it describes", () => {
  const staged = times(0, [2_000, 10]);
  const alone = ramp(0, 10, 2_000);
  expect(staged).toEqual(staged.map((_, index) => Math.round(alone.dueAtMs(index))));
});

test.each<[string, number[], number[]]>([
  ["a hold", times(4, [1_000, 4]), [0, 250, 500, 750]],
  [
    "a pause between two rates",
    times(2, [1_000, 2], [100, 0], [1_000, 0], [100, 2], [1_000, 2]),
    [0, 500, 1_000, 2_600, 3_100],
  ],
  [
    "a pause holds back what it begins with",
    times(2, [1_000, 0], [1_000, 0], [1_000, 2], [1_000, 2]),
    [0, 2_000, 3_000, 3_500],
  ],
  ["a pause at the beginning", times(0, [3_000, 0], [2_000, 2]), [3_000, 4_414]],
  ["a pause at the end", times(2, [1_000, 2], [100, 0], [3_000, 0]), [0, 500, 1_000]],
  [
    "a step of a rate is a short stage",
    times(1, [2_000, 1], [100, 10], [400, 10]).slice(0, 3),
    [0, 1_000, 2_000],
  ],
])("%s", (_, due, expected) => {
  expect(due).toEqual(expected);
});
