import fc from "fast-check";
import { expect, test } from "vitest";
import { gridOf, rowSeconds } from "./resolution.ts";
import { defaultRetention } from "./retention.ts";

const now = 1_800_000_000;
const grid = (from: number, to: number, points = 600) =>
  gridOf({ from, to, points }, undefined, defaultRetention, now);

test.each([
  ["ten minutes", now - 600, "raw", 1],
  ["an hour", now - 3_600, "raw", 10],
  ["six hours", now - 6 * 3_600, "1m", 60],
  ["a day", now - 86_400, "1m", 300],
  ["a week", now - 7 * 86_400, "1m", 1_200],
  ["thirty days", now - 30 * 86_400, "1h", 7_200],
  ["two years", now - 729 * 86_400, "1h", 172_800],
])("%s is answered by the finest rows that fill 600 points", (_name, from, resolution, step) => {
  expect(grid(from, now)).toMatchObject({ resolution, stepSeconds: step });
});

test("data past its retention is answered by the next coarser table", () => {
  expect(grid(now - 8 * 86_400, now - 8 * 86_400 + 300)).toMatchObject({
    resolution: "1m",
    stepSeconds: 60,
  });
  expect(grid(now - 40 * 86_400, now - 40 * 86_400 + 300)).toMatchObject({
    resolution: "1h",
    stepSeconds: 3_600,
  });
});

test("a resolution that is asked for is kept", () => {
  expect(
    gridOf({ from: now - 60, to: now, points: 600 }, "1h", defaultRetention, now),
  ).toMatchObject({ resolution: "1h", stepSeconds: 3_600, points: 1 });
});

test("points never pass the budget, start on the step and cover the window", () => {
  fc.assert(
    fc.property(
      fc.nat(2_000_000_000),
      fc.integer({ min: 1, max: 60_000_000 }),
      fc.integer({ min: 1, max: 11_000 }),
      (from, length, points) => {
        const made = gridOf({ from, to: from + length, points }, undefined, defaultRetention, now);
        expect(made.points).toBeLessThanOrEqual(points);
        expect(made.from % made.stepSeconds).toBe(0);
        expect(made.from).toBeLessThanOrEqual(from);
        expect(made.from + made.points * made.stepSeconds).toBeGreaterThanOrEqual(from + length);
        expect(made.stepSeconds).toBeGreaterThanOrEqual(rowSeconds[made.resolution]);
      },
    ),
  );
});
