import { expect, test } from "vitest";
import { pooledSd } from "./noise.ts";

test("pools spreads by their degrees of freedom, each about its own mean", () => {
  expect(pooledSd([[1, 3]])).toBeCloseTo(Math.SQRT2, 12);
  expect(
    pooledSd([
      [1, 3],
      [101, 103, 105],
    ]),
  ).toBeCloseTo(Math.sqrt((2 + 8) / 3), 12);
  expect(pooledSd([[1, 3], [7], []])).toBeCloseTo(Math.SQRT2, 12);
});

test("does not know the spread of single runs", () => {
  expect(pooledSd([[1], [2]])).toBeUndefined();
  expect(pooledSd([])).toBeUndefined();
});
