import { type Blackout, type ScheduleId, newId } from "@tidemark/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Timing, dueBetween, jitterMs, lastDue, startsAhead } from "./due.ts";
import { expressionOf } from "./expression.ts";
import { clockChanges, wallClockOf } from "./wall-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const schedule = newId<ScheduleId>();
const at = (text: string) => Date.parse(text);
const iso = (times: readonly number[]) => times.map((ms) => new Date(ms).toISOString());

/** Half-hour and hour changes, both hemispheres, one across midnight, odd offsets, a day that was skipped, zones without any. */
const zones = [
  "Europe/Vienna",
  "America/New_York",
  "America/Nuuk",
  "America/Santiago",
  "Africa/Cairo",
  "Asia/Beirut",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Australia/Sydney",
  "Pacific/Apia",
  "Pacific/Auckland",
  "Pacific/Chatham",
  "UTC",
] as const;
const zone = fc.constantFrom(...zones);
/** Between 2010, before Samoa's skipped day, and 2030. */
const instant = fc.integer({ min: at("2010-01-01T00:00:00Z"), max: at("2030-01-01T00:00:00Z") });
/** Around a change of the clocks as often as anywhere. */
const around = zone.chain((timeZone) => {
  const changes = changesOf(timeZone);
  const near =
    changes.length === 0
      ? instant
      : fc
          .tuple(fc.constantFrom(...changes), fc.integer({ min: -2 * dayMs, max: 0 }))
          .map(([change, before]) => change + before);
  return fc.oneof(instant, near).map((fromMs) => ({ timeZone, fromMs }));
});
const known = new Map<string, number[]>();
function changesOf(timeZone: string): number[] {
  const found =
    known.get(timeZone) ??
    clockChanges(wallClockOf(timeZone), at("2010-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")).map(
      ({ atMs }) => atMs,
    );
  known.set(timeZone, found);
  return found;
}
const field = (max: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min: 0, max }).map(String),
    fc.integer({ min: 2, max: Math.floor(max / 2) }).map((step) => `*/${step}`),
    fc
      .uniqueArray(fc.integer({ min: 0, max }), { minLength: 2, maxLength: 4 })
      .map((values) => values.toSorted((a, b) => a - b).join(",")),
  );
const weekdays = fc.constantFrom("*", "1-5", "0", "1,4");
const cron = fc
  .tuple(field(59), field(23), weekdays)
  .map(([minute, hour, weekday]) => `${minute} ${hour} * * ${weekday}`);

test("times only grow, lie within what was asked for, and are the same by pieces", () => {
  fc.assert(
    fc.property(
      around,
      cron,
      fc.integer({ min: 1, max: 2 * dayMs - 1 }),
      (place, expression, cut) => {
        const { timeZone, fromMs } = place;
        const times = expressionOf(expression, timeZone);
        const untilMs = fromMs + 2 * dayMs;
        const whole = times.first(fromMs, untilMs, 10_000);
        expect(whole.every((ms, index) => ms > (whole[index - 1] ?? fromMs) && ms <= untilMs)).toBe(
          true,
        );
        const pieces = [
          ...times.first(fromMs, fromMs + cut, 10_000),
          ...times.first(fromMs + cut, untilMs, 10_000),
        ];
        expect(iso(pieces)).toEqual(iso(whole));
        expect(iso(times.last(fromMs, untilMs, 5))).toEqual(iso(whole.slice(-5)));
      },
    ),
    { numRuns: 60 },
  );
});

test("a daily time happens once on every local day, unless the clocks skip it into the next day", () => {
  fc.assert(
    fc.property(
      around,
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      ({ timeZone, fromMs }, hour, minute) => {
        const wall = wallClockOf(timeZone);
        const days = 6;
        const first = Math.ceil(wall(fromMs) / dayMs) * dayMs;
        const found = expressionOf(`${minute} ${hour} * * *`, timeZone)
          .first(fromMs - 2 * dayMs, fromMs + (days + 3) * dayMs, 100)
          .map((ms) => Math.floor(wall(ms) / dayMs) * dayMs);
        for (let day = first; day < first + days * dayMs; day += dayMs) {
          const times = found.filter((each) => each === day).length;
          const nominal = day + hour * hourMs + minute * 60_000;
          expect([timeZone, iso([nominal]), times]).toEqual([
            timeZone,
            iso([nominal]),
            isSkippedIntoNextDay(timeZone, nominal, day) ? 0 : 1,
          ]);
        }
      },
    ),
    { numRuns: 100 },
  );
});

/** A gap of the clocks that holds the wall time and reaches to the next day's midnight or further. */
function isSkippedIntoNextDay(timeZone: string, nominal: number, day: number): boolean {
  const wall = wallClockOf(timeZone);
  return clockChanges(wall, nominal - 2 * dayMs, nominal + 2 * dayMs).some(
    ({ atMs, forwardMs }) => {
      const after = wall(atMs);
      return nominal >= after - forwardMs && nominal < after && after >= day + dayMs;
    },
  );
}

// What croner's README says of the clocks' changes, and what Tidemark promises by it.
describe("where the clocks change", () => {
  test.each([
    [
      "a time in the gap happens when the clocks have gone forward",
      "Europe/Vienna",
      "30 2 * * *",
      "2026-03-28T12:00Z",
      ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"],
    ],
    [
      "a time that comes twice happens the first time",
      "Europe/Vienna",
      "30 2 * * *",
      "2026-10-24T12:00Z",
      ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"],
    ],
    [
      "two times that meet at the end of the gap are one",
      "Europe/Vienna",
      "0 2,3 * * *",
      "2026-03-28T12:00Z",
      ["2026-03-29T01:00:00.000Z", "2026-03-30T00:00:00.000Z"],
    ],
    [
      "a list of hours is a fixed time",
      "Europe/Vienna",
      "30 2,14 * * *",
      "2026-03-28T14:00Z",
      ["2026-03-29T01:00:00.000Z", "2026-03-29T12:30:00.000Z"],
    ],
    [
      "an interval leaves out what does not exist",
      "Europe/Vienna",
      "30 */2 * * *",
      "2026-03-28T23:30Z",
      ["2026-03-29T02:30:00.000Z", "2026-03-29T04:30:00.000Z"],
    ],
    [
      "an interval goes on through the hour that comes twice",
      "Europe/Vienna",
      "*/30 * * * *",
      "2026-10-25T00:00Z",
      ["2026-10-25T00:30:00.000Z", "2026-10-25T01:00:00.000Z", "2026-10-25T01:30:00.000Z"],
    ],
    [
      "half an hour forward at Lord Howe",
      "Australia/Lord_Howe",
      "15 2 * * *",
      "2026-10-03T00:00Z",
      ["2026-10-03T15:30:00.000Z", "2026-10-04T15:15:00.000Z"],
    ],
    [
      "half an hour back at Lord Howe",
      "Australia/Lord_Howe",
      "45 1 * * *",
      "2026-04-04T00:00Z",
      ["2026-04-04T14:45:00.000Z", "2026-04-05T15:15:00.000Z"],
    ],
    [
      "Samoa had no 30 December 2011",
      "Pacific/Apia",
      "0 12 * * *",
      "2011-12-29T00:00Z",
      ["2011-12-29T22:00:00.000Z", "2011-12-30T22:00:00.000Z"],
    ],
    [
      "a gap up to midnight leaves the day without",
      "America/Nuuk",
      "30 23 * * *",
      "2026-03-28T00:00Z",
      ["2026-03-28T01:30:00.000Z", "2026-03-30T00:30:00.000Z"],
    ],
    [
      "a gap that begins at midnight does not",
      "Africa/Cairo",
      "30 0 * * *",
      "2026-04-23T12:00Z",
      ["2026-04-23T22:00:00.000Z", "2026-04-24T21:30:00.000Z"],
    ],
  ])("%s (%s, %s)", (_what, timeZone, expression, from, expected) => {
    const found = expressionOf(expression, timeZone).first(at(from), Infinity, expected.length);
    expect(iso(found)).toEqual(expected);
  });
});

test("every firing has an id of its own, the same whoever asks", () => {
  const timing = { cron: "*/5 * * * *" };
  const from = at("2026-05-01T00:00:00Z");
  const dues = dueBetween(schedule, timing, from, from + dayMs, 1_000);
  expect(new Set(dues.map(({ id }) => id)).size).toBe(288);
  expect(lastDue(schedule, timing, from, from + dayMs, 288)).toEqual(dues);
  const [other] = dueBetween(newId<ScheduleId>(), timing, from, from + dayMs, 1);
  expect(other?.id).not.toBe(dues[0]?.id);
});

test("jitter is even between nothing and all of it", () => {
  const drawn = dueBetween(schedule, { cron: "* * * * *" }, 0, 2_000 * 60_000, 2_000).map(
    ({ id }) => jitterMs(id, 50),
  );
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(50_000);
  const mean = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length;
  // Standard error of the mean of 2,000 even draws: 50 s / √12 / √2000 = 0.32 s; the ids are random, five of them never happen.
  expect(Math.abs(mean - 25_000)).toBeLessThan(5 * 323);
  expect(drawn.every((ms) => jitterMs(newId(), 0) === 0 && Number.isInteger(ms))).toBe(true);
});

const weekly = fc.record({
  kind: fc.constant("weekly" as const),
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 }),
  from: fc.constantFrom("00:00", "01:30", "22:00"),
  until: fc.constantFrom("02:30", "06:00", "22:00"),
});
const timings: fc.Arbitrary<Timing & { fromMs: number }> = fc
  .tuple(around, cron, fc.integer({ min: 0, max: 50 }), fc.array(weekly, { maxLength: 2 }))
  .map(([{ timeZone, fromMs }, expression, jitterSeconds, blackouts]) => ({
    cron: expression,
    timeZone,
    jitterSeconds,
    blackouts: blackouts satisfies Blackout[],
    fromMs,
  }));

test("the next five starts are those of the days that follow, less the blacked-out ones", () => {
  fc.assert(
    fc.property(timings, ({ fromMs, ...timing }) => {
      const { starts } = startsAhead(schedule, timing, { fromMs, count: 5 });
      const [last] = starts.slice(-1);
      const open = dueBetween(schedule, timing, fromMs - dayMs, last?.startsAtMs ?? fromMs, 5_000);
      const among = open.filter(({ startsAtMs }) => startsAtMs <= (last?.startsAtMs ?? 0));
      expect(starts.every((due) => among.some(({ id }) => id === due.id))).toBe(true);
      expect(
        starts.every(({ startsAtMs }, i) => startsAtMs > (starts[i - 1]?.startsAtMs ?? fromMs)),
      ).toBe(true);
    }),
    { numRuns: 20 },
  );
});
