// Schedules: when a profile runs by itself, and the calendar of what ran and what will.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { count, nullable, plainText, strict, text, timeMs } from "./common.ts";
import { LabelSelector } from "./load-spec.ts";

export const scheduleLimits = {
  schedulesMax: 500,
  blackoutsMax: 50,
  jitterSecondsMax: 3_600,
  /** How late a missed firing may still be made up for. */
  missedWithinSecondsMax: 7 * 86_400,
  /** Firings of one schedule that wait behind one another; what is due beyond is skipped. */
  queuedMax: 10,
  /** Days a calendar may span, and entries it may hold. */
  calendarDaysMax: 92,
  calendarEntriesMax: 5_000,
} as const;

/** Five fields (minute hour day month weekday) or six with seconds first, as croner reads them; no seconds finer than a minute apart. */
export const CronExpression = Type.String({ minLength: 9, maxLength: 128 });
/** An IANA time zone, "UTC" without one. */
export const TimeZone = Type.String({ minLength: 1, maxLength: 64 });

/** What happens when a firing is due while the one before has not ended. */
export const overlaps = ["skip", "queue", "cancel-old"] as const;
export const Overlap = Type.Enum(overlaps);
export type Overlap = (typeof overlaps)[number];

/** What happens with firings that were due while no hub ran: none, the latest alone, or each of them, oldest first. */
export const missedPolicies = ["skip", "latest", "all"] as const;
export const MissedPolicy = Type.Enum(missedPolicies);
export type MissedPolicy = (typeof missedPolicies)[number];

const timeOfDay = Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" });
/**
 * A time in which nothing may start: every week on these days, or once. Its end is excluded. `until` before `from` is on the next day;
 * both equal are a whole day.
 */
export const Blackout = Type.Union([
  Type.Object(
    {
      kind: Type.Literal("weekly"),
      /** 0 is Sunday. */
      days: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { minItems: 1, maxItems: 7 }),
      from: timeOfDay,
      until: timeOfDay,
      reason: Type.Optional(plainText(128)),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal("once"),
      fromMs: timeMs,
      untilMs: timeMs,
      reason: Type.Optional(plainText(128)),
    },
    strict,
  ),
]);
export type Blackout = Static<typeof Blackout>;

/** POST /api/v1/schedules, PUT /api/v1/schedules/:id. */
export const ScheduleSpec = Type.Object(
  {
    name: plainText(128, 1),
    profile: IdSchema,
    /** Which variants of the profile; all without it. */
    variants: Type.Optional(LabelSelector),
    cron: CronExpression,
    timeZone: Type.Optional(TimeZone),
    /** Each firing starts up to so much later, by its own id: the same in every hub. */
    jitterSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: scheduleLimits.jitterSecondsMax }),
    ),
    overlap: Type.Optional(Overlap),
    missed: Type.Optional(MissedPolicy),
    /** A missed firing older than this is skipped whatever `missed` says. */
    missedWithinSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: scheduleLimits.missedWithinSecondsMax }),
    ),
    blackouts: Type.Optional(Type.Array(Blackout, { maxItems: scheduleLimits.blackoutsMax })),
    paused: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type ScheduleSpec = Static<typeof ScheduleSpec>;
export const scheduleDefaults = {
  timeZone: "UTC",
  jitterSeconds: 0,
  overlap: "skip",
  missed: "latest",
  missedWithinSeconds: 3_600,
} as const;

/** What came of a firing. */
export const firingOutcomes = [
  "started",
  "queued",
  "skipped-overlap",
  "skipped-blackout",
  "skipped-missed",
  "skipped-paused",
  "failed",
] as const;
export const FiringOutcome = Type.Enum(firingOutcomes);
export type FiringOutcome = (typeof firingOutcomes)[number];

/** One firing: its id follows from the schedule and the time it was due, so that it happens once whoever leads. */
export const Firing = Type.Object(
  {
    id: IdSchema,
    schedule: IdSchema,
    dueAtMs: timeMs,
    /** With its jitter. */
    startsAtMs: timeMs,
    outcome: FiringOutcome,
    cause: text(512),
    /** Its campaign has the firing's own id. */
    campaign: nullable(IdSchema),
    /** True when a user asked for it with run now. */
    isManual: Type.Boolean(),
  },
  strict,
);
export type Firing = Static<typeof Firing>;

/** GET /api/v1/schedules/:id/firings : what came of its times, newest first. */
export const FiringQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })) },
  strict,
);
export const FiringList = Type.Object({ items: Type.Array(Firing) }, strict);
export type FiringList = Static<typeof FiringList>;

export const Schedule = Type.Object(
  {
    id: IdSchema,
    spec: ScheduleSpec,
    profileName: text(128),
    createdAtMs: timeMs,
    createdBy: text(64),
    changedAtMs: timeMs,
    /** The expression in words: `every weekday at 02:30`. */
    words: text(256),
    /** The next five times it will start, jitter included, blackouts left out; none while it is paused. */
    nextMs: Type.Array(timeMs),
    lastFiring: nullable(Firing),
  },
  strict,
);
export type Schedule = Static<typeof Schedule>;
export const ScheduleList = Type.Object(
  {
    items: Type.Array(Schedule),
    /** Which hub leads, and since when; null while none does. */
    leader: nullable(Type.Object({ hub: text(64), sinceMs: timeMs }, strict)),
  },
  strict,
);
export type ScheduleList = Static<typeof ScheduleList>;

/** POST /api/v1/schedules/preview : what an expression means, before it is saved. Takes a spec without name and profile. */
export const SchedulePreviewRequest = Type.Object(
  {
    cron: CronExpression,
    timeZone: Type.Optional(TimeZone),
    jitterSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: scheduleLimits.jitterSecondsMax }),
    ),
    blackouts: Type.Optional(Type.Array(Blackout, { maxItems: scheduleLimits.blackoutsMax })),
  },
  strict,
);
export type SchedulePreviewRequest = Static<typeof SchedulePreviewRequest>;
export const SchedulePreview = Type.Object(
  {
    words: text(256),
    /** The next five starts; blacked-out ones are left out and counted. */
    nextMs: Type.Array(timeMs),
    blackedOut: count,
    /** What a reader should know: a time that does not exist or exists twice when the clocks change. */
    remarks: Type.Array(text(256)),
  },
  strict,
);
export type SchedulePreview = Static<typeof SchedulePreview>;

/** One entry of the calendar: a firing that was, or one that will be. */
export const CalendarEntry = Type.Object(
  {
    schedule: nullable(IdSchema),
    name: text(128),
    /** The firing's id, past or future; a campaign's own where no schedule made it. */
    id: IdSchema,
    startMs: timeMs,
    /** By the length of its runs; of a campaign that has ended its real end. */
    endMs: timeMs,
    kind: Type.Union([Type.Literal("past"), Type.Literal("running"), Type.Literal("planned")]),
    outcome: nullable(FiringOutcome),
    campaign: nullable(IdSchema),
    /** Ids of the entries it overlaps on the same agents or target. */
    conflicts: Type.Array(IdSchema),
  },
  strict,
);
export type CalendarEntry = Static<typeof CalendarEntry>;
/** GET /api/v1/calendar?fromMs=…&untilMs=… : at most 92 days. */
export const CalendarQuery = Type.Object({ fromMs: timeMs, untilMs: timeMs }, strict);
export const Calendar = Type.Object(
  { entries: Type.Array(CalendarEntry), isCut: Type.Boolean() },
  strict,
);
export type Calendar = Static<typeof Calendar>;
