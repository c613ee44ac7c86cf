import fc from "fast-check";
import { expect, test } from "vitest";
import { goDuration, parseGoDuration } from "./go-duration.ts";

test.each([
  ["30s", 30_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["1h15m30.918s", 4_530_918],
  ["300ms", 300],
  ["2µs", 0.002],
  ["2μs", 0.002],
  ["2us", 0.002],
  ["1500000ns", 1.5],
  [".5s", 500],
  ["5.s", 5_000],
  ["+5s", 5_000],
  ["0", 0],
  ["0s", 0],
])("%s is %d ms", (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});

test.each([
  "",
  "30",
  "s",
  ".s",
  "-5s",
  "1 h",
  "1d",
  "5S",
  "1h30",
  "1e3s",
  "∞",
  `${"1s".repeat(40)}`,
])("%s is none", (text) => {
  expect(parseGoDuration(text)).toBeUndefined();
});

test.each([
  [30_000, "30s"],
  [90_000, "1m30s"],
  [5_400_000, "1h30m"],
  [86_400_000, "24h"],
  [1_500, "1.5s"],
  [100, "100ms"],
])("%d ms are written %s", (ms, text) => {
  expect(goDuration(ms)).toBe(text);
});

test("what is written is read as the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400_000 }), (ms) => {
      expect(parseGoDuration(goDuration(ms))).toBe(ms);
    }),
  );
});
