import type { Blackout } from "@tidemark/proto";
import { expect, test } from "vitest";
import { blackoutAt, blackoutCause, blackoutsFault } from "./blackout.ts";
import { wallClockOf } from "./wall-clock.ts";

const vienna = wallClockOf("Europe/Vienna");
const weekly = (days: number[], from: string, until: string): Blackout => ({
  kind: "weekly",
  days,
  from,
  until,
});
// 2026-03-02 is a Monday; Vienna is at +01:00 then.
const cases: readonly (readonly [string, Blackout, string, boolean])[] = [
  ["before it begins", weekly([1], "08:00", "18:00"), "2026-03-02T07:59:59+01:00", false],
  ["when it begins", weekly([1], "08:00", "18:00"), "2026-03-02T08:00:00+01:00", true],
  ["before it ends", weekly([1], "08:00", "18:00"), "2026-03-02T17:59:59+01:00", true],
  ["when it ends", weekly([1], "08:00", "18:00"), "2026-03-02T18:00:00+01:00", false],
  ["another day", weekly([1], "08:00", "18:00"), "2026-03-03T12:00:00+01:00", false],
  ["over midnight, evening", weekly([1], "22:00", "06:00"), "2026-03-02T23:00:00+01:00", true],
  [
    "over midnight, morning after",
    weekly([1], "22:00", "06:00"),
    "2026-03-03T05:59:00+01:00",
    true,
  ],
  ["over midnight, its end", weekly([1], "22:00", "06:00"), "2026-03-03T06:00:00+01:00", false],
  ["over midnight, morning of", weekly([1], "22:00", "06:00"), "2026-03-02T05:00:00+01:00", false],
  ["Saturday night into Sunday", weekly([6], "22:00", "06:00"), "2026-03-01T01:00:00+01:00", true],
  ["a whole day", weekly([1], "00:00", "00:00"), "2026-03-02T23:59:59+01:00", true],
  ["the day after a whole day", weekly([1], "00:00", "00:00"), "2026-03-03T00:00:00+01:00", false],
  // Clocks go forward on 2026-03-29 from 02:00 to 03:00, back on 2026-10-25 from 03:00 to 02:00. Both are Sundays.
  ["after the gap", weekly([0], "02:00", "03:00"), "2026-03-29T01:00:00Z", false],
  ["over the gap", weekly([6], "22:00", "04:00"), "2026-03-29T01:30:00Z", true],
  ["end after the gap", weekly([6], "22:00", "04:00"), "2026-03-29T02:00:00Z", false],
  ["the first 02:30", weekly([0], "02:00", "03:00"), "2026-10-25T00:30:00Z", true],
  ["the second 02:30", weekly([0], "02:00", "03:00"), "2026-10-25T01:30:00Z", true],
  ["after both", weekly([0], "02:00", "03:00"), "2026-10-25T02:00:00Z", false],
  ["once, begin", { kind: "once", fromMs: 1_000, untilMs: 2_000 }, "1970-01-01T00:00:01Z", true],
  ["once, end", { kind: "once", fromMs: 1_000, untilMs: 2_000 }, "1970-01-01T00:00:02Z", false],
];

test.each(cases)("%s", (_what, blackout, at, isIn) => {
  expect(blackoutAt([blackout], vienna, Date.parse(at)) !== undefined).toBe(isIn);
});

test("the cause names the window and its reason", () => {
  expect(blackoutCause({ ...weekly([1, 2], "08:00", "18:00"), reason: "office hours" })).toBe(
    "blackout Monday, Tuesday 08:00 to 18:00: office hours",
  );
  expect(blackoutCause({ kind: "once", fromMs: 0, untilMs: 1_000 })).toBe(
    "blackout 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z",
  );
});

test("one that ends before it begins is refused at its field", () => {
  const faulty: Blackout = { kind: "once", fromMs: 2, untilMs: 2 };
  expect(blackoutsFault([weekly([1], "22:00", "06:00"), faulty])).toMatchObject({
    field: "/blackouts/1/untilMs",
  });
});
