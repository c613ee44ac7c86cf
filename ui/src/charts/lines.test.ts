import { expect, test } from "vitest";
import { columnsOf, extentOf, indexAt, lastOf, valueRange } from "./lines.ts";

const line = (values: (number | null)[], more = {}) => ({
  label: "a",
  colour: "line-1" as const,
  values,
  ...more,
});

test("a gap stays a gap", () => {
  expect(columnsOf([1, 2, 3], [line([1, null, 3])])).toEqual([
    [1, 2, 3],
    [1, null, 3],
  ]);
});

test("a stack adds upwards, and is a gap only where nothing was measured", () => {
  expect(columnsOf([1, 2, 3], [line([1, 2, null]), line([10, null, null])], true)).toEqual([
    [1, 2, 3],
    [1, 2, null],
    [11, 2, null],
  ]);
});

test("what goes down is drawn below zero, its band too", () => {
  expect(columnsOf([1], [line([5], { down: true, low: [4], high: [6] })])).toEqual([
    [1],
    [-5],
    [-4],
    [-6],
  ]);
});

test.each([
  [10, 0],
  [10.4, 0],
  [10.6, 1],
  [13.2, 2],
  [20, undefined],
])("of the times 10, 11 and 12 the nearest to %d is number %s", (time, index) => {
  expect(indexAt([10, 11, 12], time)).toBe(index);
});
test("no times, no point", () => expect(indexAt([], 1)).toBeUndefined());
test("the newest value skips what is missing", () => expect(lastOf([1, 2, null])).toBe(2));
test("the extent ignores gaps", () =>
  expect(extentOf([null, 1, 3])).toEqual({ min: 1, max: 3, mean: 2 }));
test("nothing measured has no extent", () => expect(extentOf([null])).toBeUndefined());

test.each([
  ["a top holds the axis still", 0, 0.4, 1, [0, 1]],
  ["values above the top move it", 0, 10, 1, [0, 10.8]],
  ["a flat zero still has an axis", 0, 0, undefined, [0, 5]],
  ["mirrored values reach below zero", -100, 50, undefined, [-108, 54]],
])("%s", (_, min, max, top, range) => {
  expect(valueRange(min, max, top, 5)).toEqual(range);
});
