import fc from "fast-check";
import { expect, test } from "vitest";
import { readWords, wordsExamples } from "./schedule-reading.ts";
import {
  type Repeat,
  cronOf,
  hourSteps,
  minuteSteps,
  repeatOf,
  wordsOf,
} from "./schedule-words.ts";

test.each([
  ["30 2 * * 1-5", "every weekday at 02:30"],
  ["30 2 * * MON-FRI", "every weekday at 02:30"],
  ["0 30 2 * * 1-5", "every weekday at 02:30"],
  ["5 4 * * *", "every day at 04:05"],
  ["30 2,14 * * *", "every day at 02:30 and 14:30"],
  ["0 0,8,16 * * *", "every day at 00:00, 08:00 and 16:00"],
  ["0 22 * * 1,4", "every Monday and Thursday at 22:00"],
  ["0 22 * * 7", "every Sunday at 22:00"],
  ["0 22 * * 6,0", "every Sunday and Saturday at 22:00"],
  ["0 22 * * 0-6", "every day at 22:00"],
  ["0 4 1 * *", "on the 1st of every month at 04:00"],
  ["0 4 22 * *", "on the 22nd of every month at 04:00"],
  ["0 4 13 * *", "on the 13th of every month at 04:00"],
  ["0 4 31 * *", "on the 31st of every month that has one at 04:00"],
  ["0 4 L * *", "on the last day of every month at 04:00"],
  ["* * * * *", "every minute"],
  ["*/15 * * * *", "every 15 minutes"],
  ["10 * * * *", "every hour at :10"],
  ["10 */6 * * *", "every 6 hours at :10"],
])("%s is %s, and read back it is the same", (cron, words) => {
  expect(wordsOf(cron)).toBe(words);
  const read = readWords(words);
  expect(read.kind === "read" && wordsOf(read.cron)).toBe(words);
});

test.each([
  "5 4 * 2 1-5",
  "5 4 1-7 * 1",
  "0 5 * * 5#2",
  "0 5 15W * *",
  "*/7 * * * *",
  "0 */5 * * *",
  "0,30 2 * * *",
  "30 0 2 * * *",
  "0 2 * * 5-1",
  "0 2 ? * *",
])("%s is quoted: no words say exactly that", (cron) => {
  expect(repeatOf(cron)).toBeUndefined();
  expect(wordsOf(`  ${cron} `)).toBe(`by the expression ${cron}`);
});

const at = fc
  .tuple(
    fc.integer({ min: 0, max: 59 }),
    fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 5 }),
  )
  .map(([minute, hours]) =>
    hours
      .toSorted((a, b) => a - b)
      .map((hour) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`),
  );
const repeats: fc.Arbitrary<Repeat> = fc.oneof(
  fc.record({ every: fc.constant("minutes" as const), step: fc.constantFrom(...minuteSteps) }),
  fc.record({
    every: fc.constant("hours" as const),
    step: fc.constantFrom(...hourSteps),
    minute: fc.integer({ min: 0, max: 59 }),
  }),
  fc.record({ every: fc.constantFrom("day" as const, "weekday" as const), at }),
  fc.record({
    every: fc.constant("week" as const),
    on: fc
      .uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 })
      .map((days) => days.toSorted((a, b) => a - b))
      .filter((days) => days.join() !== "1,2,3,4,5"),
    at,
  }),
  fc.record({
    every: fc.constant("month" as const),
    on: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant("last" as const)),
    at,
  }),
);

test("what a builder holds survives as an expression and as words", () => {
  fc.assert(
    fc.property(repeats, (repeat) => {
      const built = cronOf(repeat);
      if (built.kind === "refused") throw new Error(built.reason);
      expect(repeatOf(built.cron)).toEqual(repeat);
      expect(readWords(wordsOf(built.cron))).toEqual({ kind: "read", repeat, cron: built.cron });
    }),
  );
});

test.each([
  ["weekday at 02:30", "30 2 * * 1-5"],
  ["Every  WEEKDAYS at 2:30", "30 2 * * 1-5"],
  ["mon, wed and fri at 6:00", "0 6 * * 1,3,5"],
  ["Mondays at 06:00 and 18:00", "0 6,18 * * 1"],
  ["week on Sunday at 23:59", "59 23 * * 0"],
  ["month on the 15th at 01:00", "0 1 15 * *"],
  ["hour", "0 * * * *"],
  ["2 hours at minute 5", "5 */2 * * *"],
])("%s is read", (words, cron) => {
  expect(readWords(words)).toMatchObject({ kind: "read", cron });
});

test.each([...wordsExamples])("the example %s is read", (words) => {
  expect(readWords(words).kind).toBe("read");
});

test.each([
  ["", "say when"],
  ["every weekday", "say when"],
  ["every blue moon at 02:30", "blue moon is no day"],
  ["every day at 25:00", "25:00 is no time of day"],
  ["every day at half past two", "half past two is no time of day"],
  ["every day at 02:30 and 14:31", "share their minute"],
  ["every 7 minutes", "steps of 1, 2, 3"],
  ["every 5 hours", "steps of 1, 2, 3"],
  ["every hour at :75", "0 to 59"],
  ["on the 32nd of every month at 02:00", "1 to 31"],
  ["x".repeat(300), "at most 256"],
])("%j is refused: %s", (words, reason) => {
  const read = readWords(words);
  expect(read.kind === "refused" && read.reason).toContain(reason);
});

test.each<[Repeat, string]>([
  [{ every: "week", on: [], at: ["02:30"] }, "/on"],
  [{ every: "week", on: [7], at: ["02:30"] }, "/on"],
  [{ every: "month", on: 0, at: ["02:30"] }, "/on"],
  [{ every: "day", at: [] }, "/at"],
  [{ every: "day", at: ["02:30", "2:30"] }, "/at/1"],
  [{ every: "minutes", step: 7 }, "/step"],
  [{ every: "hours", step: 1, minute: 60 }, "/minute"],
])("%j is refused at its field", (repeat, field) => {
  expect(cronOf(repeat)).toMatchObject({ kind: "refused", field });
});
