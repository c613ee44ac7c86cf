import type { CalendarEntry, Schedule } from "@tidemark/proto";
import { expect, test } from "vitest";
import { conflictWords, lookOf, stateWords, timeWords } from "./entry-words.ts";
import {
  byDay,
  dateOf,
  monthIn,
  plusDays,
  plusMonths,
  shadesOf,
  spanOf,
  weeksOf,
} from "./month.ts";

const entry = (
  id: string,
  startMs: number,
  change: Partial<CalendarEntry> = {},
): CalendarEntry => ({
  schedule: null,
  name: id,
  id,
  startMs,
  endMs: startMs + 60_000,
  kind: "planned",
  outcome: null,
  campaign: null,
  conflicts: [],
  ...change,
});

test("a month is whole weeks from a Monday", () => {
  const weeks = weeksOf("2026-11");
  expect(weeks).toHaveLength(6);
  expect(weeks[0]?.[0]).toBe("2026-10-26");
  expect(weeks.at(-1)?.at(-1)).toBe("2026-12-06");
  expect(weeksOf("2027-02")).toHaveLength(4);
  const { fromMs, untilMs } = spanOf(weeks);
  expect(fromMs).toBe(dateOf("2026-10-26").getTime());
  expect(untilMs).toBe(dateOf("2026-12-07").getTime());
});

test.each([
  ["2026-03-28", 2, "2026-03-30"],
  ["2026-12-31", 1, "2027-01-01"],
  ["2026-03-01", -1, "2026-02-28"],
])("%s and %d days is %s, whatever the clocks do", (day, days, then) => {
  expect(plusDays(day, days)).toBe(then);
});

test.each([
  ["2026-01-31", 1, "2026-02-28"],
  ["2026-11-25", -1, "2026-10-25"],
  ["2026-12-01", 1, "2027-01-01"],
])("%s and %d months is %s", (day, months, then) => {
  expect(plusMonths(day, months)).toBe(then);
});

test("a month that is none is the present one", () => {
  const nowMs = new Date(2026, 10, 25).getTime();
  expect(monthIn("2026-13", nowMs)).toBe("2026-11");
  expect(monthIn(null, nowMs)).toBe("2026-11");
  expect(monthIn("2026-02", nowMs)).toBe("2026-02");
});

test("entries are found by the day they start on, in order", () => {
  const morning = new Date(2026, 10, 25, 2, 30).getTime();
  const days = byDay([entry("late", morning + 3_600_000), entry("early", morning)]);
  expect(days.get("2026-11-25")?.map(({ id }) => id)).toEqual(["early", "late"]);
});

test("a day is shaded by the blackouts of schedules that are not paused and were there already", () => {
  const schedule = (paused: boolean) =>
    ({
      createdAtMs: dateOf("2026-11-20").getTime() + 3_600_000,
      spec: {
        name: "nightly",
        profile: "profileaaaaaaaaa",
        cron: "0 2 * * *",
        paused,
        blackouts: [
          { kind: "weekly", days: [3], from: "02:00", until: "04:00", reason: "backups" },
          {
            kind: "once",
            fromMs: dateOf("2026-11-27").getTime(),
            untilMs: dateOf("2026-11-28").getTime(),
          },
        ],
      },
    }) as Schedule;
  expect(shadesOf("2026-11-25", [schedule(false)])).toEqual([
    { schedule: "nightly", words: "02:00 to 04:00 UTC, backups" },
  ]);
  expect(shadesOf("2026-11-27", [schedule(false)])).toHaveLength(1);
  expect(shadesOf("2026-11-28", [schedule(false)])).toEqual([]);
  expect(shadesOf("2026-11-25", [schedule(true)])).toEqual([]);
  expect(shadesOf("2026-11-18", [schedule(false)])).toEqual([]);
});

test("a conflict names those it is with", () => {
  const one = entry("one", 0, { conflicts: ["two"] });
  const all = [one, entry("two", 0, { name: "Mesh, weekly" })];
  expect(conflictWords(one, all)).toBe("conflict with Mesh, weekly on the same agents or target");
  expect(conflictWords(entry("three", 0), all)).toBeUndefined();
  expect(conflictWords(one, [one])).toContain("conflict with another");
});

test.each<[Partial<CalendarEntry>, string, string]>([
  [{ kind: "planned" }, "planned", "planned"],
  [{ kind: "running" }, "runs now", "running"],
  [{ kind: "past", outcome: "started" }, "ran", "past"],
  [{ kind: "past", outcome: "skipped-blackout" }, "skipped: blackout", "missed"],
  [{ kind: "past", outcome: "failed" }, "could not start", "bad"],
])("%o is said as %s", (change, words, look) => {
  expect(stateWords(entry("one", 0, change))).toBe(words);
  expect(lookOf(entry("one", 0, change))).toBe(look);
});

test("an entry within one minute says that minute once", () => {
  const startMs = new Date(2026, 10, 25, 2, 30).getTime();
  expect(timeWords(entry("short", startMs, { endMs: startMs + 10_000 }))).toBe("02:30, 10 s");
  expect(timeWords(entry("long", startMs, { endMs: startMs + 1_440_000 }))).toBe(
    "02:30 to 02:54, 24 min",
  );
});
