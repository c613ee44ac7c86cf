// Times of the day in which this host generates no load, by its own clock and time zone. Pure.

/** From minute to minute of the local day, 0 … 1,440; one that ends before it begins lasts into the next day. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Days on which it begins, 0 is Sunday. */
  readonly days: readonly number[];
}

const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const everyDay = [0, 1, 2, 3, 4, 5, 6];

/** `22:00-06:00`, `mon-fri 08:00-18:00`, `sat,sun 00:00-24:00`; `undefined` for anything else. */
export function quietHoursOf(text: string): QuietHours | undefined {
  const [, daysText, from = "", to = ""] =
    /^(?:([a-z,-]+) +)?(\d\d:\d\d) ?- ?(\d\d:\d\d)$/.exec(text.trim().toLowerCase()) ?? [];
  const fromMinute = minuteOf(from);
  const toMinute = minuteOf(to);
  const days = daysText === undefined ? everyDay : daysOf(daysText);
  if (fromMinute === undefined || toMinute === undefined || days === undefined) return undefined;
  return fromMinute === toMinute || fromMinute === 1_440
    ? undefined
    : { fromMinute, toMinute, days };
}

/** The first quiet moment between two times, Unix ms; `undefined` when there is none. */
export function quietWithin(
  hours: readonly QuietHours[],
  fromMs: number,
  toMs: number,
): number | undefined {
  let first: number | undefined;
  const begin = new Date(fromMs);
  // From the day before on: what began then may last until now.
  for (let offset = -1; ; offset += 1) {
    const day = new Date(begin.getFullYear(), begin.getMonth(), begin.getDate() + offset);
    if (day.getTime() > toMs) return first;
    for (const { fromMinute, toMinute, days } of hours) {
      if (!days.includes(day.getDay())) continue;
      const startMs = momentOf(day, fromMinute);
      const endMs = momentOf(day, toMinute > fromMinute ? toMinute : toMinute + 1_440);
      if (startMs > toMs || endMs <= fromMs) continue;
      first = Math.min(first ?? Number.POSITIVE_INFINITY, Math.max(startMs, fromMs));
    }
  }
}

/** A local time of a day: where the clock is put forward past it, the moment after. */
function momentOf(day: Date, minute: number): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), 0, minute).getTime();
}

function minuteOf(text: string): number | undefined {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(":").map(Number);
  const minute = hours * 60 + minutes;
  return minutes < 60 && minute <= 1_440 ? minute : undefined;
}

/** `mon-fri`, `sat,sun`, `fri-mon`. */
function daysOf(text: string): readonly number[] | undefined {
  const days = text.split(",").flatMap((part) => {
    const [first = "", last = first, ...rest] = part.split("-");
    const from = dayNames.indexOf(first);
    const to = dayNames.indexOf(last);
    if (from < 0 || to < 0 || rest.length > 0) return [-1];
    return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, index) => (from + index) % 7);
  });
  return days.includes(-1) ? undefined : [...new Set(days)];
}
