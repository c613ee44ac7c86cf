// A month of days as a calendar shows it, Monday first, in the browser's zone; what starts on each, and what may not. Pure.
import type { Blackout, CalendarEntry, Schedule } from "@tidemark/proto";

/** `2026-11`. */
export type MonthKey = string;
/** `2026-11-25`. */
export type DayKey = string;

const two = (value: number) => String(value).padStart(2, "0");

export const dayKeyOf = (date: Date): DayKey =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
export const monthKeyOf = (day: DayKey): MonthKey => day.slice(0, 7);

/** Local midnight of a day. */
export function dateOf(day: DayKey): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date);
}

/** The month that a URL names, or the present one. */
export function monthIn(text: string | null, nowMs: number): MonthKey {
  return text !== null && /^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)
    ? text
    : monthKeyOf(dayKeyOf(new Date(nowMs)));
}

/** `day` moved by whole days, across changes of the clocks. */
export function plusDays(day: DayKey, days: number): DayKey {
  const date = dateOf(day);
  date.setDate(date.getDate() + days);
  return dayKeyOf(date);
}

/** The same day some months on, or the last of a shorter month. */
export function plusMonths(day: DayKey, months: number): DayKey {
  const date = dateOf(day);
  const last = new Date(date.getFullYear(), date.getMonth() + months + 1, 0);
  last.setDate(Math.min(date.getDate(), last.getDate()));
  return dayKeyOf(last);
}

/** The whole weeks that hold a month. */
export function weeksOf(month: MonthKey): readonly (readonly DayKey[])[] {
  const first = dateOf(`${month}-01`);
  const weekday = (first.getDay() + 6) % 7;
  const weeks: DayKey[][] = [];
  for (let day = plusDays(`${month}-01`, -weekday); ;) {
    const week = Array.from({ length: 7 }, (_, index) => plusDays(day, index));
    weeks.push(week);
    day = plusDays(day, 7);
    if (monthKeyOf(day) !== month) return weeks;
  }
}

/** From local midnight of the first day to that after the last, Unix ms. */
export function spanOf(weeks: readonly (readonly DayKey[])[]): { fromMs: number; untilMs: number } {
  const first = weeks[0]?.[0] ?? "";
  const last = weeks.at(-1)?.at(-1) ?? first;
  return { fromMs: dateOf(first).getTime(), untilMs: dateOf(plusDays(last, 1)).getTime() };
}

/** Entries by the day they start on, in order. */
export function byDay(
  entries: readonly CalendarEntry[],
): ReadonlyMap<DayKey, readonly CalendarEntry[]> {
  const days = new Map<DayKey, CalendarEntry[]>();
  for (const entry of entries.toSorted((one, other) => one.startMs - other.startMs)) {
    const day = dayKeyOf(new Date(entry.startMs));
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return days;
}

export interface Shade {
  readonly schedule: string;
  /** `09:00 to 17:00 Europe/Amsterdam, nightly backup`. */
  readonly words: string;
}

/** What blacks out a part of a day, of all schedules that are not paused and were there already. */
export function shadesOf(day: DayKey, schedules: readonly Schedule[]): readonly Shade[] {
  return schedules
    .filter(
      ({ spec, createdAtMs }) => spec.paused !== true && day >= dayKeyOf(new Date(createdAtMs)),
    )
    .flatMap(({ spec }) =>
      (spec.blackouts ?? [])
        .filter((blackout) => touches(blackout, day))
        .map((blackout) => ({
          schedule: spec.name,
          words: wordsOf(blackout, spec.timeZone ?? "UTC"),
        })),
    );
}

function touches(blackout: Blackout, day: DayKey): boolean {
  const date = dateOf(day);
  if (blackout.kind === "weekly") return blackout.days.includes(date.getDay());
  return blackout.fromMs < dateOf(plusDays(day, 1)).getTime() && blackout.untilMs > date.getTime();
}

function wordsOf(blackout: Blackout, timeZone: string): string {
  const reason = blackout.reason === undefined ? "" : `, ${blackout.reason}`;
  if (blackout.kind === "weekly")
    return `${blackout.from} to ${blackout.until} ${timeZone}${reason}`;
  return `${timeText(blackout.fromMs)} to ${timeText(blackout.untilMs)}${reason}`;
}

const timeText = (ms: number) => {
  const date = new Date(ms);
  return `${dayText(dayKeyOf(date))} ${two(date.getHours())}:${two(date.getMinutes())}`;
};

/** `02:30`, in the browser's zone. */
export const clockText = (ms: number): string => {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
};

const dayFormat = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
});
/** `Wed, 25 Nov`. */
export const dayText = (day: DayKey): string => dayFormat.format(dateOf(day));

const monthFormat = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric" });
/** `November 2026`. */
export const monthText = (month: MonthKey): string => monthFormat.format(dateOf(`${month}-01`));
