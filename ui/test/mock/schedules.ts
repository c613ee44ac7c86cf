// The mock's schedules and their calendar: next times by the same words as the hub's, in the schedule's own zone.
import type {
  Blackout,
  Calendar,
  CalendarEntry,
  Firing,
  Schedule,
  SchedulePreview,
  ScheduleSpec,
} from "@tidemark/proto";
import { repeatOf, wordsOf } from "@tidemark/proto";
import { idOf } from "./fleet.ts";

const day = 86_400_000;
const nextShown = 5;
const runMs = 24 * 60_000;

/** Unix ms of a wall clock in a zone; a time that does not exist falls behind the gap. */
function instantIn(zone: string, dayMs: number, hour: number, minute: number): number {
  const wall = dayMs + (hour * 60 + minute) * 60_000;
  const shift = offsetMs(zone, wall);
  return wall - offsetMs(zone, wall - shift);
}
function offsetMs(zone: string, ms: number): number {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      hourCycle: "h23",
    })
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, date, hour, minute) - Math.floor(ms / 60_000) * 60_000;
}

/** Every time within a span, blackouts not looked at. */
export function timesWithin(cron: string, zone: string, fromMs: number, untilMs: number): number[] {
  const repeat = repeatOf(cron);
  const times: number[] = [];
  const first = Math.floor(fromMs / day) * day - day;
  for (let dayMs = first; dayMs <= untilMs + day; dayMs += day) {
    const date = new Date(dayMs);
    const weekday = date.getUTCDay();
    const clocks: (readonly [hour: number, minute: number])[] = [];
    const at = repeat !== undefined && "at" in repeat ? repeat.at : [];
    const isDue =
      repeat === undefined ||
      repeat.every === "day" ||
      (repeat.every === "weekday" && weekday % 6 !== 0) ||
      (repeat.every === "week" && repeat.on.includes(weekday)) ||
      (repeat.every === "month" && repeat.on === date.getUTCDate());
    if (isDue)
      for (const time of at) clocks.push([Number(time.slice(0, 2)), Number(time.slice(3))]);
    if (repeat?.every === "hours")
      for (let hour = 0; hour < 24; hour += repeat.step) clocks.push([hour, repeat.minute]);
    if (repeat?.every === "minutes")
      for (let minute = 0; minute < 1_440; minute += repeat.step)
        clocks.push([Math.floor(minute / 60), minute % 60]);
    for (const [hour, minute] of clocks) times.push(instantIn(zone, dayMs, hour, minute));
  }
  return times.filter((ms) => ms >= fromMs && ms < untilMs);
}

const isBlackedOut = (blackouts: readonly Blackout[], zone: string, ms: number) =>
  blackouts.some((each) => {
    if (each.kind === "once") return ms >= each.fromMs && ms < each.untilMs;
    const local = new Date(ms + offsetMs(zone, ms));
    const clock = local.toISOString().slice(11, 16);
    return each.days.includes(local.getUTCDay()) && clock >= each.from && clock < each.until;
  });

export function previewOf(
  spec: Pick<ScheduleSpec, "cron" | "timeZone" | "blackouts">,
  nowMs: number,
): SchedulePreview {
  const zone = spec.timeZone ?? "UTC";
  const due = timesWithin(spec.cron, zone, nowMs, nowMs + 70 * day);
  const free = due.filter((ms) => !isBlackedOut(spec.blackouts ?? [], zone, ms));
  const nextMs = free.slice(0, nextShown);
  const last = nextMs.at(-1) ?? nowMs;
  const remarks =
    zone === "UTC" || !spec.cron.startsWith("30 2 ")
      ? []
      : ["On 28 Mar 2027 02:30 does not exist, since the clocks go forward: it starts at 03:00."];
  return {
    words: wordsOf(spec.cron),
    nextMs,
    blackedOut: due.filter((ms) => ms <= last).length - nextMs.length,
    remarks,
  };
}

/** Before any month that a test looks at: a schedule shades no day before it was made. */
const longAgoMs = Date.UTC(2026, 0, 5);

export function scheduleOf(
  id: string,
  spec: ScheduleSpec,
  profileName: string,
  nowMs: number,
  lastFiring: Firing | null = null,
): Schedule {
  const { words, nextMs } = previewOf(spec, nowMs);
  return {
    id,
    spec,
    profileName,
    createdAtMs: longAgoMs,
    createdBy: "ada",
    changedAtMs: nowMs - 9 * day,
    words,
    nextMs: spec.paused ? [] : nextMs,
    lastFiring,
  };
}

export const scheduleIds = {
  nightly: idOf("schedule nightly"),
  hourly: idOf("schedule hourly"),
  weekly: idOf("schedule weekly"),
  paused: idOf("schedule paused"),
} as const;

export function seededSchedules(
  profiles: { readonly machines: string; readonly mesh: string },
  campaign: string,
  nowMs: number,
): Schedule[] {
  const firing = (id: string, outcome: Firing["outcome"], agoMs: number, cause = ""): Firing => ({
    id: idOf(`firing ${id}`),
    schedule: id,
    dueAtMs: nowMs - agoMs,
    startsAtMs: nowMs - agoMs,
    outcome,
    cause,
    campaign: outcome === "started" ? campaign : null,
    isManual: false,
  });
  const nightly: ScheduleSpec = {
    name: "Nightly, both releases",
    profile: profiles.machines,
    cron: "30 2 * * 1-5",
    timeZone: "Europe/Amsterdam",
    jitterSeconds: 60,
    blackouts: [
      { kind: "weekly", days: [2], from: "02:00", until: "04:00", reason: "backups run" },
    ],
  };
  const weekly: ScheduleSpec = {
    name: "Mesh, weekly",
    profile: profiles.mesh,
    variants: "mesh=on",
    cron: "40 2 * * 4",
    timeZone: "Europe/Amsterdam",
    overlap: "queue",
  };
  const machines = "MAAS machine list";
  const mesh = "Bookinfo through the mesh";
  return [
    scheduleOf(
      scheduleIds.nightly,
      nightly,
      machines,
      nowMs,
      firing(scheduleIds.nightly, "started", 11 * 3_600_000),
    ),
    scheduleOf(
      scheduleIds.weekly,
      weekly,
      mesh,
      nowMs,
      firing(scheduleIds.weekly, "skipped-overlap", 3 * day, "the one before still ran"),
    ),
    scheduleOf(
      scheduleIds.hourly,
      {
        name: "New York mornings",
        profile: profiles.mesh,
        cron: "0 9 * * 1",
        timeZone: "America/New_York",
      },
      mesh,
      nowMs,
      firing(scheduleIds.hourly, "failed", day, "no agent matches role=mesh"),
    ),
    scheduleOf(
      scheduleIds.paused,
      { name: "Before the release", profile: profiles.machines, cron: "0 22 L * *", paused: true },
      machines,
      nowMs,
    ),
  ];
}

/** Past and future starts; two that begin within one's length are in conflict. */
export function calendarOf(
  schedules: readonly Schedule[],
  campaign: string,
  fromMs: number,
  untilMs: number,
  nowMs: number,
): Calendar {
  const entries: CalendarEntry[] = [];
  for (const { id, spec } of schedules) {
    const zone = spec.timeZone ?? "UTC";
    if (spec.paused) continue;
    for (const startMs of timesWithin(spec.cron, zone, fromMs, untilMs)) {
      const isOut = isBlackedOut(spec.blackouts ?? [], zone, startMs);
      const isPast = startMs < nowMs;
      if (isOut && !isPast) continue;
      entries.push({
        schedule: id,
        name: spec.name,
        id: idOf(`${id} ${startMs}`),
        startMs,
        endMs: isOut ? startMs : startMs + runMs,
        kind: isPast ? "past" : "planned",
        outcome: isPast ? (isOut ? "skipped-blackout" : "started") : null,
        campaign: isPast && !isOut ? campaign : null,
        conflicts: [],
      });
    }
  }
  const overlaps = (one: CalendarEntry, other: CalendarEntry) =>
    one.id !== other.id && one.startMs < other.endMs && other.startMs < one.endMs;
  return {
    entries: entries.map((entry) => ({
      ...entry,
      conflicts: entries.filter((each) => overlaps(entry, each)).map(({ id }) => id),
    })),
    isCut: false,
  };
}
