import fc from "fast-check";
import { expect, test } from "vitest";
import { tCdf, tQuantile } from "./student.ts";

const closedForms: readonly [number, (t: number) => number][] = [
  [1, (t) => 0.5 + Math.atan(t) / Math.PI],
  [2, (t) => 0.5 + t / (2 * Math.sqrt(2 + t * t))],
  [
    3,
    (t) => 0.5 + (t / (Math.sqrt(3) * (1 + (t * t) / 3)) + Math.atan(t / Math.sqrt(3))) / Math.PI,
  ],
  [
    4,
    (t) =>
      0.5 + (3 / 8) * (t / Math.sqrt(1 + (t * t) / 4)) * (1 - (t * t) / (12 * (1 + (t * t) / 4))),
  ],
];

test.each(closedForms)("with %i degrees of freedom it is the closed form", (df, closed) => {
  for (const t of [-40, -3, -1, -0.01, 0, 0.2, 1.7, 5])
    expect(tCdf(t, df)).toBeCloseTo(closed(t), 13);
});

// The printed table: Student (1908), Fisher & Yates; to the digits that are printed.
test.each([
  [0.975, 1, 12.7062],
  [0.975, 7, 2.3646],
  [0.975, 14, 2.1448],
  [0.8, 14, 0.8681],
  [0.9995, 7, 5.4079],
  [0.95, 30, 1.6973],
  [0.975, 120, 1.9799],
  [0.025, 14, -2.1448],
  [0.5, 9, 0],
])("the %d quantile with %i degrees of freedom is %d", (p, df, expected) => {
  expect(tQuantile(p, df)).toBeCloseTo(expected, 4);
});

test("quantile and distribution are each other's inverse, for any degrees of freedom", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-5, max: 1 - 1e-5, noNaN: true }),
      fc.double({ min: 1, max: 400, noNaN: true }),
      (p, df) => {
        expect(tCdf(tQuantile(p, df), df)).toBeCloseTo(p, 11);
      },
    ),
  );
});

test("with many degrees of freedom it is the normal distribution", () => {
  expect(tQuantile(0.975, 1e6)).toBeCloseTo(1.959_964, 4);
  expect(tCdf(-1, 1e6)).toBeCloseTo(0.158_655, 5);
});
