import { expect, test } from "vitest";
import { changePoints, sequentialChange, windowRuns } from "./change-points.ts";
import { seededRandom } from "./random.ts";

/** Logarithms of runs about levels that last so many runs each, normal with a spread of 3 %. */
function history(levels: readonly (readonly [ratio: number, runs: number])[], seed = 1) {
  const random = seededRandom(seed);
  return levels.flatMap(([ratio, runs]) =>
    Array.from({ length: runs }, () => {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return Math.log(ratio) + 0.03 * normal;
    }),
  );
}

test("looking back it finds each change of level, where and how large", () => {
  const y = history([
    [1, 60],
    [1.3, 50],
    [1.1, 90],
  ]);
  const found = changePoints(y, 0.05);
  expect(found).toHaveLength(2);
  const [up, down] = found;
  expect(Math.abs(up!.at - 60)).toBeLessThanOrEqual(2);
  expect(up!.ratio).toBeCloseTo(0.3, 1);
  expect(Math.abs(down!.at - 110)).toBeLessThanOrEqual(2);
  expect(down!.ratio).toBeCloseTo(1.1 / 1.3 - 1, 1);
  for (const { at, from, until } of found) {
    expect(from).toBeLessThanOrEqual(at);
    expect(until).toBeGreaterThanOrEqual(at);
    expect(until - from).toBeLessThan(20);
  }
});

test("a steady history has no changes, nor has a short one", () => {
  for (let seed = 0; seed < 20; seed += 1)
    expect(changePoints(history([[1, 200]], seed), 0.02)).toEqual([]);
  expect(
    changePoints(
      history([
        [1, 10],
        [2, 9],
      ]),
      0.02,
    ),
  ).toEqual([]);
  expect(changePoints([], 0.02)).toEqual([]);
});

test("changes too small to matter are taken together until one is left that does", () => {
  const y = history([
    [1, 200],
    [1.03, 200],
    [1.2, 200],
  ]);
  expect(changePoints(y, 0.02).map(({ at }) => Math.round(at / 20))).toEqual([10, 20]);
  expect(changePoints(y, 0.06).map(({ at }) => Math.round(at / 20))).toEqual([20]);
  expect(changePoints(y, 0.5)).toEqual([]);
  // A gate below 2 % is one of 2 %.
  const slight = history([
    [1, 500],
    [1.015, 500],
  ]);
  expect(changePoints(slight, 0)).toEqual([]);
});

test("units and the direction of time are of no consequence", () => {
  const y = history([
    [1, 40],
    [1.25, 60],
  ]);
  const [found] = changePoints(y, 0.05);
  expect(
    changePoints(
      y.map((value) => value + Math.log(1_000)),
      0.05,
    ),
  ).toMatchObject([{ at: found!.at, ratio: expect.closeTo(found!.ratio, 9) }]);
  const [back] = changePoints(y.toReversed(), 0.05);
  expect(back!.at).toBe(100 - found!.at);
  expect((1 + back!.ratio) * (1 + found!.ratio)).toBeCloseTo(1, 9);
});

test("as runs come in, a slowdown of 32 % is found within nine, and a tenth within fifteen", () => {
  const foundAfter = (ratio: number, seed: number) => {
    const y = history(
      [
        [1, 50],
        [ratio, 30],
      ],
      seed,
    );
    for (let runs = 1; runs <= 30; runs += 1) {
      const change = sequentialChange(y.slice(0, 50 + runs));
      if (change !== undefined) return { runs, change };
    }
    return { runs: Number.POSITIVE_INFINITY, change: undefined };
  };
  for (let seed = 0; seed < 10; seed += 1) {
    const { runs, change } = foundAfter(1.32, seed);
    expect(runs).toBeLessThanOrEqual(9);
    expect(Math.abs(change!.at - 50)).toBeLessThanOrEqual(2);
    expect(change!.ratio).toBeCloseTo(0.32, 1);
    expect(foundAfter(1.1, seed).runs).toBeLessThanOrEqual(15);
    expect(foundAfter(1, seed).runs).toBe(Number.POSITIVE_INFINITY);
  }
});

test("only the newest runs count: a change that is past its window is no news", () => {
  const y = history([
    [1, 50],
    [1.5, windowRuns],
  ]);
  expect(sequentialChange(y.slice(0, 70))).toMatchObject({ at: 50 });
  expect(sequentialChange(y)).toBeUndefined();
  expect(sequentialChange(y.slice(40, 59))).toBeUndefined();
});

test("a gate keeps what does not matter from being an alarm", () => {
  const y = history([
    [1, 30],
    [1.1, 30],
  ]);
  expect(sequentialChange(y)?.ratio).toBeCloseTo(0.1, 1);
  expect(sequentialChange(y, 0.2)).toBeUndefined();
  // A fall by as much is worth as much: 1/1.1 is nine per cent less, and a tenth more the other way.
  expect(sequentialChange(y.toReversed(), 0.09)?.ratio).toBeCloseTo(-0.09, 1);
});
