// A schedule as it is being edited: text where people type, a builder of plain words beside the expression. Pure.
import {
  cronOf,
  repeatOf,
  type Blackout,
  type MissedPolicy,
  type Overlap,
  type Repeat,
  type ScheduleSpec,
} from "@tidemark/proto";
import { isTimeZone } from "../../format/zone.ts";
import { toLocalInput } from "../../format/time.ts";
import type { FieldName } from "../load-form/faults.ts";
import { wholeIn } from "../load-form/numbers.ts";

// Proto's own stand among its schemas, which would come along. A test compares.
export const scheduleDefaults = {
  timeZone: "UTC",
  jitterSeconds: 0,
  overlap: "skip",
  missed: "latest",
  missedWithinSeconds: 3_600,
} as const;
export const bounds = {
  blackoutsMax: 50,
  jitterSecondsMax: 3_600,
  missedWithinSecondsMax: 7 * 86_400,
} as const;

export interface BlackoutForm {
  kind: Blackout["kind"];
  /** 0 is Sunday. */
  days: readonly number[];
  from: string;
  until: string;
  /** Values of date-time fields, in the browser's zone. */
  onceFrom: string;
  onceUntil: string;
  reason: string;
}

export interface ScheduleForm {
  name: string;
  profile: string;
  /** A selector; empty for all. */
  variants: string;
  /** By words, or by an expression. */
  by: "words" | "cron";
  every: Repeat["every"];
  step: string;
  minute: string;
  weekdays: readonly number[];
  /** 1 … 31, or "last". */
  monthDay: string;
  /** Times of day, separated by commas. */
  at: string;
  cron: string;
  timeZone: string;
  jitterSeconds: string;
  overlap: Overlap;
  missed: MissedPolicy;
  missedWithinMinutes: string;
  blackouts: readonly BlackoutForm[];
  isPaused: boolean;
}

export const emptyBlackout: Readonly<BlackoutForm> = {
  kind: "weekly",
  days: [1, 2, 3, 4, 5],
  from: "09:00",
  until: "17:00",
  onceFrom: "",
  onceUntil: "",
  reason: "",
};

export function newForm(profile: string, timeZone: string): ScheduleForm {
  return {
    name: "",
    profile,
    variants: "",
    by: "words",
    every: "weekday",
    step: "15",
    minute: "0",
    weekdays: [1],
    monthDay: "1",
    at: "02:30",
    cron: "30 2 * * 1-5",
    timeZone,
    jitterSeconds: String(scheduleDefaults.jitterSeconds),
    overlap: scheduleDefaults.overlap,
    missed: scheduleDefaults.missed,
    missedWithinMinutes: String(scheduleDefaults.missedWithinSeconds / 60),
    blackouts: [],
    isPaused: false,
  };
}

export function formOfSchedule(spec: ScheduleSpec): ScheduleForm {
  const repeat = repeatOf(spec.cron);
  return {
    ...newForm(spec.profile, spec.timeZone ?? scheduleDefaults.timeZone),
    name: spec.name,
    variants: spec.variants ?? "",
    cron: spec.cron,
    ...(repeat === undefined ? { by: "cron" as const } : builderOf(repeat)),
    jitterSeconds: String(spec.jitterSeconds ?? scheduleDefaults.jitterSeconds),
    overlap: spec.overlap ?? scheduleDefaults.overlap,
    missed: spec.missed ?? scheduleDefaults.missed,
    missedWithinMinutes: String(
      (spec.missedWithinSeconds ?? scheduleDefaults.missedWithinSeconds) / 60,
    ),
    blackouts: (spec.blackouts ?? []).map(blackoutForm),
    isPaused: spec.paused ?? false,
  };
}

/** What the builder shows of what it could hold. */
export function builderOf(repeat: Repeat): Partial<ScheduleForm> {
  const { every } = repeat;
  switch (every) {
    case "minutes":
      return { every, step: String(repeat.step) };
    case "hours":
      return { every, step: String(repeat.step), minute: String(repeat.minute) };
    case "day":
    case "weekday":
      return { every, at: repeat.at.join(", ") };
    case "week":
      return { every, weekdays: repeat.on, at: repeat.at.join(", ") };
    case "month":
      return { every, monthDay: String(repeat.on), at: repeat.at.join(", ") };
  }
}

/** What the builder holds. */
export function repeatOfForm(form: ScheduleForm): Repeat {
  const at = form.at
    .split(",")
    .map((time) => time.trim().replace(/^(\d):/, "0$1:"))
    .filter((time) => time !== "");
  switch (form.every) {
    case "minutes":
      return { every: "minutes", step: numberOf(form.step) };
    case "hours":
      return { every: "hours", step: numberOf(form.step), minute: numberOf(form.minute) };
    case "day":
      return { every: "day", at };
    case "weekday":
      return { every: "weekday", at };
    case "week":
      return { every: "week", on: form.weekdays, at };
    case "month": {
      const on = form.monthDay === "last" ? "last" : numberOf(form.monthDay);
      return { every: "month", on, at };
    }
  }
}

const numberOf = (text: string) => (text.trim() === "" ? Number.NaN : Number(text));

export type ScheduleFaults = Partial<Record<FieldName, string>>;
type Fail = (field: FieldName, reason: string) => void;

/** The expression; `fail` hears what the builder lacks. */
export function cronOfForm(form: ScheduleForm, fail: Fail): string {
  if (form.by === "cron") {
    const cron = form.cron.trim().replace(/\s+/g, " ");
    const fields = cron.split(" ").length;
    if (fields !== 5 && fields !== 6)
      fail("/cron", "Five fields: minute hour day month weekday, such as 30 2 * * 1-5.");
    return cron;
  }
  const built = cronOf(repeatOfForm(form));
  if (built.kind === "cron") return built.cron;
  fail("/cron", sentence(built.reason));
  return "";
}

const sentence = (reason: string) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;

export type Scheduled =
  | { readonly kind: "spec"; readonly spec: ScheduleSpec }
  | { readonly kind: "faulty"; readonly faults: ScheduleFaults };

export function specOfForm(form: ScheduleForm): Scheduled {
  const faults: ScheduleFaults = {};
  const fail: Fail = (field, reason) => {
    faults[field] ??= reason;
  };
  const name = form.name.trim();
  if (name === "") fail("/name", "A name, by which people will call it.");
  if (form.profile === "") fail("/profile", "Choose the profile that runs.");
  const cron = cronOfForm(form, fail);
  const timeZone = form.timeZone.trim();
  if (!isTimeZone(timeZone)) fail("/timeZone", "A time zone such as Europe/Amsterdam, or UTC.");
  const jitterSeconds = wholeIn(form.jitterSeconds, 0, bounds.jitterSecondsMax, (reason) =>
    fail("/jitterSeconds", reason),
  );
  const minutes = wholeIn(
    form.missedWithinMinutes,
    0,
    bounds.missedWithinSecondsMax / 60,
    (reason) => fail("/missedWithinSeconds", reason),
  );
  const blackouts = form.blackouts.map((each, index) => blackoutOf(each, index, fail));
  if (Object.keys(faults).length > 0) return { kind: "faulty", faults };
  return {
    kind: "spec",
    spec: {
      name,
      profile: form.profile,
      ...(form.variants.trim() === "" ? {} : { variants: form.variants.trim() }),
      cron,
      timeZone,
      ...(jitterSeconds === 0 ? {} : { jitterSeconds }),
      overlap: form.overlap,
      missed: form.missed,
      missedWithinSeconds: minutes * 60,
      ...(blackouts.length === 0 ? {} : { blackouts }),
      ...(form.isPaused ? { paused: true } : {}),
    },
  };
}

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

/** A blackout of the form; `fail` hears what is wrong, and the answer is then of no use. */
export function blackoutOf(form: BlackoutForm, index: number, fail: Fail): Blackout {
  const reason = form.reason.trim() === "" ? {} : { reason: form.reason.trim() };
  if (form.kind === "weekly") {
    const [from, until] = [form.from.trim(), form.until.trim()];
    if (form.days.length === 0) fail(`/blackouts/${index}/days`, "At least one day of the week.");
    if (!timeOfDay.test(from)) fail(`/blackouts/${index}/from`, "A time of day, such as 22:00.");
    if (!timeOfDay.test(until)) fail(`/blackouts/${index}/until`, "A time of day, such as 06:00.");
    else if (from === until) fail(`/blackouts/${index}/until`, "It ends when it begins.");
    return {
      kind: "weekly",
      days: [...form.days].toSorted((a, b) => a - b),
      from,
      until,
      ...reason,
    };
  }
  const [fromMs, untilMs] = [Date.parse(form.onceFrom), Date.parse(form.onceUntil)];
  if (Number.isNaN(fromMs)) fail(`/blackouts/${index}/fromMs`, "A day and a time.");
  if (Number.isNaN(untilMs)) fail(`/blackouts/${index}/untilMs`, "A day and a time.");
  else if (untilMs <= fromMs) fail(`/blackouts/${index}/untilMs`, "It ends before it begins.");
  return { kind: "once", fromMs, untilMs, ...reason };
}

function blackoutForm(blackout: Blackout): BlackoutForm {
  const reason = blackout.reason ?? "";
  if (blackout.kind === "weekly") {
    const { kind, days, from, until } = blackout;
    return { ...emptyBlackout, kind, days, from, until, reason };
  }
  return {
    ...emptyBlackout,
    kind: blackout.kind,
    onceFrom: toLocalInput(blackout.fromMs).slice(0, 16),
    onceUntil: toLocalInput(blackout.untilMs).slice(0, 16),
    reason,
  };
}
