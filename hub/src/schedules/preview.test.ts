import { expect, test } from "vitest";
import { previewOf, timingFault } from "./preview.ts";

const nowMs = Date.parse("2026-03-20T12:00:00Z");
const fault = (cron: string, more: object = {}) => timingFault({ cron, ...more }, nowMs);

test.each([
  ["61 * * * *", "the minute 61"],
  ["0 24 * * *", "the hour 24"],
  ["0 0 32 * *", "the day of the month 32"],
  ["0 0 * 13 *", "the month 13"],
  ["0 0 * * 8", "the weekday 8"],
  ["a b c d e", "the minute a"],
  ["5/5 * * * *", "the minute 5/5"],
  ["60 0 2 * * *", "the second 60"],
  ["* * * * * *", "the second *"],
  ["*/30 * * * * *", "the second */30"],
  ["0,30 * * * * *", "the second 0,30"],
  ["2 30 * *", "made of 4"],
  ["0 30 2 * * * 2027", "made of 7"],
  ["@midnight", "made of 1"],
  ["2027-01-01T00:00:00", "made of 1"],
  ["0 2 30 2 *", "never happens"],
  ["0 2 31 4,6,9,11 *", "never happens"],
])("%s is refused: %s", (cron, reason) => {
  expect(fault(cron)).toMatchObject({ field: "/cron", reason: expect.stringContaining(reason) });
});

test.each([
  "30 2 * * *",
  "0 30 2 * * *",
  "15 30 2 * * *",
  "0 2 29 2 *",
  "0 2 * * FRI#2",
  "0 2 L * *",
])("%s is taken", (cron) => {
  expect(fault(cron)).toBeUndefined();
});

test.each(["Mars/Base", "+02:00", "", "Europe/Wien"])("%s is no time zone", (timeZone) => {
  expect(fault("30 2 * * *", { timeZone })).toMatchObject({
    field: "/timeZone",
    reason: expect.stringContaining("Europe/Vienna"),
  });
});

test("a jitter as long as the way to the next firing is refused", () => {
  expect(fault("*/5 * * * *", { jitterSeconds: 299 })).toBeUndefined();
  expect(fault("*/5 * * * *", { jitterSeconds: 300 })).toMatchObject({ field: "/jitterSeconds" });
  expect(fault("30 2,3 * * *", { jitterSeconds: 3_600 })).toMatchObject({
    field: "/jitterSeconds",
  });
  expect(fault("30 2 * * *", { jitterSeconds: 3_600 })).toBeUndefined();
});

test.each([
  [
    "30 2 * * *",
    "Europe/Vienna",
    [
      "02:30 does not exist on 2026-03-29, when the clocks go forward: it starts at 03:00 instead",
      "02:30 comes twice on 2026-10-25, when the clocks go back: it starts the first time alone",
    ],
  ],
  [
    "*/30 2 * * *",
    "Europe/Vienna",
    [
      "02:00 does not exist on 2026-03-29, when the clocks go forward: it is left out",
      "02:00 comes twice on 2026-10-25, when the clocks go back: it starts both times",
    ],
  ],
  ["30 4 * * *", "Europe/Vienna", []],
  ["30 2 * * 1-5", "Europe/Vienna", []],
  ["30 2 * * *", "Asia/Kathmandu", []],
  [
    "30 23 * * *",
    "America/Nuuk",
    [
      "23:30 does not exist on 2026-03-28, when the clocks go forward: it is left out",
      "23:30 comes twice on 2026-10-24, when the clocks go back: it starts the first time alone",
    ],
  ],
  [
    "15 2 * * *",
    "Australia/Lord_Howe",
    ["02:15 does not exist on 2026-10-04, when the clocks go forward: it starts at 02:30 instead"],
  ],
])("%s in %s is told of its clock changes", (cron, timeZone, remarks) => {
  expect(previewOf({ cron, timeZone }, nowMs).remarks).toEqual(remarks);
});

test("a preview leaves blacked-out times out and counts them", () => {
  const preview = previewOf(
    {
      cron: "0 2 * * *",
      jitterSeconds: 60,
      blackouts: [{ kind: "weekly", days: [0, 6], from: "00:00", until: "00:00" }],
    },
    nowMs,
  );
  // 2026-03-20 is a Friday.
  expect(preview.nextMs.map((ms) => new Date(ms).toISOString().slice(5, 16))).toEqual([
    "03-23T02:00",
    "03-24T02:00",
    "03-25T02:00",
    "03-26T02:00",
    "03-27T02:00",
  ]);
  expect(preview.blackedOut).toBe(2);
  expect(preview.words).toBe("every day at 02:00");
  expect(preview.remarks).toEqual(["each starts up to 60 s later than shown"]);
});

test("blackouts that leave nothing are said", () => {
  const week = {
    kind: "weekly" as const,
    days: [0, 1, 2, 3, 4, 5, 6],
    from: "00:00",
    until: "00:00",
  };
  const preview = previewOf({ cron: "0 * * * *", blackouts: [week] }, nowMs);
  expect(preview.nextMs).toEqual([]);
  expect(preview.remarks).toEqual(["none of the next 1000 times is outside the blackouts"]);
});
