import { expect, test } from "vitest";
import {
  magnitude,
  percentage,
  probability,
  quantity,
  signedInterval,
  wordedInterval,
} from "./amounts.ts";
import { comparedFigures } from "./compared-figures.ts";

const { p99, errors, capacity } = comparedFigures;

test.each([
  [0.072, { low: 0.041, high: 0.106 }, "7.2 % [4.1, 10.6] [+4.1, +10.6]"],
  [-0.32, { low: -0.35, high: -0.28 }, "32 % [28, 35] [-35, -28]"],
  [0.2, { low: 0.1, high: 0.31 }, "20 % [10, 31] [+10, +31]"],
  [-0.004, { low: -0.012, high: 0.02 }, "0.4 % [-2.0, 1.2] [-1.2, +2.0]"],
  [0, { low: -0.0004, high: 0.0004 }, "0.0 % [0.0, 0.0] [0, 0]"],
])("a ratio of %d reads %j as %s", (estimate, bounds, text) => {
  const amounts = { estimate, ...bounds };
  const read = [
    magnitude(p99, estimate),
    wordedInterval(p99, amounts),
    signedInterval(p99, bounds),
  ];
  expect(read.join(" ")).toBe(text);
});

test("errors differ in percentage points, with the digits that matter", () => {
  const amounts = { estimate: 0.00335, low: 0.001, high: 0.0051234 };
  expect(magnitude(errors, amounts.estimate)).toBe("0.335 percentage points");
  expect(wordedInterval(errors, amounts)).toBe("[0.1, 0.512]");
  expect(signedInterval(errors, { low: -0.001, high: 0 })).toBe("[-0.1, 0]");
});

test.each([
  [0.0004, "< .001"],
  [0.0042, ".004"],
  [0.0286, ".029"],
  [0.25, ".25"],
  [1, "1"],
])("a p of %d is written %s", (p, text) => expect(probability(p)).toBe(text));

test.each([
  [p99, 412, "412 µs"],
  [p99, 1_324, "1.32 ms"],
  [p99, 2_500_000, "2.5 s"],
  [errors, 0.0021, "0.21 %"],
  [capacity, 12_345, "12,300/s"],
])("a value is written with its unit", (figure, value, text) =>
  expect(quantity(figure, value)).toBe(text),
);

test("margins are as short as they are", () => {
  expect([0.05, 0.025, 0.1, 0.0275].map(percentage)).toEqual(["5 %", "2.5 %", "10 %", "2.8 %"]);
});
