import { expect, test } from "vitest";
import { detectableRatio, runsToDetect } from "./detectable.ts";

test.each([
  [0.0165, [3.5, 2.6, 2.3, 1.8, 1.5]],
  [0.03, [6.4, 4.7, 4.1, 3.3, 2.8]],
  [0.05, [10.9, 8, 7, 5.6, 4.7]],
  [0.08, [17.9, 13.1, 11.4, 9, 7.7]],
])("a spread of %d lets 5, 8, 10, 15 and 20 runs find %j %%", (sd, percents) => {
  const found = [5, 8, 10, 15, 20].map((runs) => 100 * detectableRatio(sd, runs));
  expect(found.map((percent) => Number(percent.toFixed(1)))).toEqual(percents);
});

test("asks for the fewest runs that find a ratio", () => {
  for (const sd of [0.01, 0.03, 0.05, 0.12]) {
    const runs = runsToDetect(sd, 0.05);
    expect(detectableRatio(sd, runs)).toBeLessThanOrEqual(0.05);
    expect(runs === 4 || detectableRatio(sd, runs - 1) > 0.05).toBe(true);
  }
  expect(runsToDetect(0.03, 0.05)).toBe(8);
  expect(runsToDetect(0, 0.05)).toBe(4);
  expect(runsToDetect(5, 0.01)).toBe(200);
});

test("fewer than four runs find nothing", () => {
  expect(detectableRatio(0.001, 3)).toBe(Number.POSITIVE_INFINITY);
  expect(detectableRatio(0.001, 4)).toBeLessThan(0.01);
});
