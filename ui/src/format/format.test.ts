import { describe, expect, test } from "vitest";
import { formatByteRate, formatBytes } from "./bytes.ts";
import { formatAge, formatAgo, formatMicros } from "./duration.ts";
import { formatCount, formatPercent, formatShort } from "./number.ts";
import { formatDate, formatInstant, formatTick, toLocalInput } from "./time.ts";
import { formatValue } from "./unit.ts";

describe("numbers", () => {
  test.each([
    [0, "0"],
    [0.0421, "0.042"],
    [1.234, "1.23"],
    [45.64, "45.6"],
    [789, "789"],
    [999.6, "1000"],
    [12_345, "12.3 k"],
    [999_999, "1 M"],
    [4_500_000, "4.5 M"],
    [-12_345, "-12.3 k"],
  ])("writes %d shortly as %s", (value, text) => {
    expect(formatShort(value)).toBe(text);
  });
  test("groups counts", () => expect(formatCount(1_234_567.4)).toBe("1,234,567"));
  test.each([
    [0, "0 %"],
    [0.004, "0.4 %"],
    [0.126, "13 %"],
    [0.9991, "99.9 %"],
    [1, "100 %"],
    [-0.00001, "0 %"],
  ])("writes the fraction %d as %s", (fraction, text) => {
    expect(formatPercent(fraction)).toBe(text);
  });
});

describe("bytes", () => {
  test.each([
    [0, "0 B"],
    [512, "512 B"],
    [1_536, "1.5 KiB"],
    [1_023, "1 KiB"],
    [13_207_024_435, "12.3 GiB"],
    [2 ** 60, "1024 PiB"],
  ])("writes %d as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  test("rates say so", () => expect(formatByteRate(1_572_864)).toBe("1.5 MiB/s"));
});

describe("durations", () => {
  test.each([
    [4.24, "4.2 µs"],
    [85.4, "85 µs"],
    [999.9, "1 ms"],
    [1_234, "1.23 ms"],
    [45_600, "45.6 ms"],
    [4_500_000, "4.5 s"],
    [180_000_000, "3 min"],
  ])("writes %d µs as %s", (micros, text) => expect(formatMicros(micros)).toBe(text));
  test.each([
    [45, "45 s"],
    [90, "1 min 30 s"],
    [720, "12 min"],
    [12_000, "3 h 20 min"],
    [446_400, "5 d 4 h"],
    [2_592_000, "30 d"],
  ])("writes %d s as %s", (seconds, text) => expect(formatAge(seconds)).toBe(text));
  test("the present is just now", () => expect(formatAgo(1_000, 2_000)).toBe("just now"));
});

describe("times", () => {
  const noon = new Date(2025, 10, 21, 14, 5, 9).getTime();
  test("an instant of this year has no year", () =>
    expect(formatInstant(noon, noon)).toBe("21 Nov 14:05:09"));
  test("an instant of another year has one", () =>
    expect(formatInstant(noon, noon + 366 * 86_400_000)).toBe("21 Nov 2025 14:05:09"));
  test.each([
    [1, "14:05:09"],
    [60, "14:05"],
    [86_400, "21 Nov"],
  ])("an axis with ticks %d s apart says %s", (step, text) =>
    expect(formatTick(noon / 1_000, step)).toBe(text),
  );
  test("a day has its year, whichever it is", () => expect(formatDate(noon)).toBe("21 Nov 2025"));
  test("fills a date-time field", () => expect(toLocalInput(noon)).toBe("2025-11-21T14:05:09"));
});

test("what was not measured is a dash, never zero", () => {
  expect(formatValue("bytes", null)).toBe("–");
  expect(formatValue("percent", 0)).toBe("0 %");
});
