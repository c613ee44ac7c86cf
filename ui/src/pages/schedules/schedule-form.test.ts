import {
  scheduleDefaults as protoDefaults,
  scheduleLimits,
  type ScheduleSpec,
} from "@tidemark/proto";
import { expect, test } from "vitest";
import {
  bounds,
  emptyBlackout,
  formOfSchedule,
  newForm,
  scheduleDefaults,
  specOfForm,
  type ScheduleForm,
} from "./schedule-form.ts";

const profile = "profileaaaaaaaaa";
const spec: ScheduleSpec = {
  name: "nightly",
  profile,
  cron: "30 2 * * 1-5",
  timeZone: "Europe/Amsterdam",
  overlap: "skip",
  missed: "latest",
  missedWithinSeconds: 3_600,
};
const faultsOf = (changes: Partial<ScheduleForm>) => {
  const answer = specOfForm({ ...formOfSchedule(spec), ...changes });
  return answer.kind === "faulty" ? answer.faults : {};
};

test("defaults and bounds are proto's", () => {
  expect(scheduleDefaults).toEqual(protoDefaults);
  expect(scheduleLimits).toMatchObject(bounds);
});

test.each<[what: string, changes: Partial<ScheduleSpec>]>([
  ["weekdays", {}],
  ["some days, twice", { cron: "30 2,14 * * 1,4" }],
  ["the last of the month", { cron: "0 22 L * *" }],
  ["steps of hours", { cron: "10 */6 * * *" }],
  ["an expression that has no words", { cron: "5 4 1-7 * 1" }],
  [
    "all that can be said",
    {
      variants: "release=3.6",
      jitterSeconds: 90,
      overlap: "cancel-old",
      missed: "all",
      missedWithinSeconds: 7_200,
      blackouts: [
        { kind: "weekly", days: [0, 6], from: "22:00", until: "06:00", reason: "backups" },
        { kind: "once", fromMs: 1_764_000_000_000, untilMs: 1_764_003_600_000 },
      ],
      paused: true,
    },
  ],
])("%s comes out of the builder as it went in", (_what, changes) => {
  const whole = { ...spec, ...changes };
  expect(specOfForm(formOfSchedule(whole))).toEqual({ kind: "spec", spec: whole });
});

test("an expression without words is shown as one", () => {
  expect(formOfSchedule({ ...spec, cron: "5 4 1-7 * 1" }).by).toBe("cron");
  expect(formOfSchedule(spec)).toMatchObject({ by: "words", every: "weekday", at: "02:30" });
});

test.each<[what: string, changes: Partial<ScheduleForm>, field: string, reason: RegExp]>([
  ["no name", { name: "" }, "/name", /A name/],
  ["no profile", { profile: "" }, "/profile", /Choose the profile/],
  ["no time of day", { at: "25:00" }, "/cron", /no time of day/],
  ["no day of the week", { every: "week", weekdays: [] }, "/cron", /at least one day/],
  ["times of two minutes", { at: "02:30, 14:45" }, "/cron", /share their minute/],
  ["four fields", { by: "cron", cron: "1 2 3 4" }, "/cron", /Five fields/],
  ["a zone of nowhere", { timeZone: "Mars/Base" }, "/timeZone", /Europe\/Amsterdam/],
  ["too much jitter", { jitterSeconds: "3601" }, "/jitterSeconds", /0 to 3,600/],
  [
    "a blackout without days",
    { blackouts: [{ ...emptyBlackout, days: [] }] },
    "/blackouts/0/days",
    /day of the week/,
  ],
  [
    "a blackout that ends before it begins",
    {
      blackouts: [
        {
          ...emptyBlackout,
          kind: "once",
          onceFrom: "2026-11-25T10:00",
          onceUntil: "2026-11-25T09:00",
        },
      ],
    },
    "/blackouts/0/untilMs",
    /before it begins/,
  ],
])("%s is named at its field", (_what, changes, field, reason) => {
  expect(faultsOf(changes)).toEqual({ [field]: expect.stringMatching(reason) });
});

test("a new one begins with every weekday in the reader's zone", () => {
  const form = { ...newForm(profile, "Asia/Tokyo"), name: "new" };
  expect(specOfForm(form)).toMatchObject({
    spec: { cron: "30 2 * * 1-5", timeZone: "Asia/Tokyo" },
  });
});
