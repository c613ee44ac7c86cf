// A schedule in plain words, both ways: what a builder holds ⇄ a cron expression ⇄ "every weekday at 02:30". Shared by the hub, its
// command line and the UI, so that all of them say the same. Pure; the expression itself is judged by the hub.

/** Steps of minutes and hours that fit the hour and the day: `*\/7` would jump from :56 to :00. */
export const minuteSteps = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30] as const;
export const hourSteps = [1, 2, 3, 4, 6, 8, 12] as const;

/** What a builder holds. Times of day are `HH:MM`; several share their minute, since one expression has one. */
export type Repeat =
  | { readonly every: "minutes"; readonly step: number }
  | { readonly every: "hours"; readonly step: number; readonly minute: number }
  | { readonly every: "day"; readonly at: readonly string[] }
  | { readonly every: "weekday"; readonly at: readonly string[] }
  /** 0 is Sunday. */
  | { readonly every: "week"; readonly on: readonly number[]; readonly at: readonly string[] }
  /** A day of the month, or its last. */
  | { readonly every: "month"; readonly on: number | "last"; readonly at: readonly string[] };

export interface WordsRefused {
  readonly kind: "refused";
  /** JSON pointer into the Repeat; empty for the whole. */
  readonly field: string;
  readonly reason: string;
}

export const dayNames = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
] as const;

/** The expression of what a builder holds. */
export function cronOf(
  repeat: Repeat,
): { readonly kind: "cron"; readonly cron: string } | WordsRefused {
  switch (repeat.every) {
    case "minutes":
      if (!isOneOf(repeat.step, minuteSteps))
        return refused("/step", `minutes come in steps of ${minuteSteps.join(", ")}`);
      return cron(`${step(repeat.step)} * * * *`);
    case "hours":
      if (!isOneOf(repeat.step, hourSteps))
        return refused("/step", `hours come in steps of ${hourSteps.join(", ")}`);
      if (!isWithin(repeat.minute, 0, 59)) return refused("/minute", "a minute is 0 to 59");
      return cron(`${repeat.minute} ${step(repeat.step)} * * *`);
    case "day":
      return timed(repeat.at, "* * *");
    case "weekday":
      return timed(repeat.at, "* * 1-5");
    case "week": {
      const days = [...new Set(repeat.on)].toSorted((a, b) => a - b);
      if (days.length === 0) return refused("/on", "choose at least one day of the week");
      if (!days.every((day) => isWithin(day, 0, 6)))
        return refused("/on", "days of the week are 0 (Sunday) to 6");
      return timed(repeat.at, `* * ${days.length === 7 ? "*" : days.join(",")}`);
    }
    case "month":
      if (repeat.on !== "last" && !isWithin(repeat.on, 1, 31))
        return refused("/on", "a day of the month is 1 to 31, or last");
      return timed(repeat.at, `${repeat.on === "last" ? "L" : repeat.on} * *`);
  }
}

/** What a builder would hold for an expression; undefined for one it cannot show. */
export function repeatOf(expression: string): Repeat | undefined {
  const parts = expression.trim().toUpperCase().split(/\s+/);
  if (parts.length === 6 && parts[0] === "0") parts.shift();
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = parts;
  if (parts.length !== 5 || month !== "*") return undefined;
  const isDaily = day === "*" && weekday === "*";

  const minutes = stepIn(minute);
  if (minutes !== undefined && hour === "*" && isDaily && isOneOf(minutes, minuteSteps))
    return { every: "minutes", step: minutes };
  if (!isNumberWithin(minute, 0, 59)) return undefined;
  const hours = stepIn(hour);
  if (hours !== undefined)
    return isDaily && isOneOf(hours, hourSteps)
      ? { every: "hours", step: hours, minute: Number(minute) }
      : undefined;

  const at = timesIn(minute, hour);
  if (at === undefined) return undefined;
  if (isDaily) return { every: "day", at };
  if (weekday === "*")
    return day === "L"
      ? { every: "month", on: "last", at }
      : isNumberWithin(day, 1, 31)
        ? { every: "month", on: Number(day), at }
        : undefined;
  const on = day === "*" ? weekdaysIn(weekday) : undefined;
  if (on === undefined) return undefined;
  if (on.length === 7) return { every: "day", at };
  return on.join() === "1,2,3,4,5" ? { every: "weekday", at } : { every: "week", on, at };
}

/** Any expression in words: `every weekday at 02:30`; an unusual one is quoted, `by the expression 5 4 1-7 * 1`. */
export function wordsOf(expression: string): string {
  const repeat = repeatOf(expression);
  return repeat === undefined
    ? `by the expression ${expression.trim().replace(/\s+/g, " ")}`
    : repeatWords(repeat);
}

/** A minute of the hour is told as `:05`. */
export function repeatWords(repeat: Repeat): string {
  switch (repeat.every) {
    case "minutes":
      return repeat.step === 1 ? "every minute" : `every ${repeat.step} minutes`;
    case "hours": {
      const hours = repeat.step === 1 ? "every hour" : `every ${repeat.step} hours`;
      return `${hours} at :${String(repeat.minute).padStart(2, "0")}`;
    }
    case "day":
      return `every day at ${listed(repeat.at)}`;
    case "weekday":
      return `every weekday at ${listed(repeat.at)}`;
    case "week":
      return `every ${listed(repeat.on.map((day) => dayNames[day] ?? ""))} at ${listed(repeat.at)}`;
    case "month":
      if (repeat.on === "last") return `on the last day of every month at ${listed(repeat.at)}`;
      return `on the ${ordinal(repeat.on)} of every month${repeat.on > 28 ? " that has one" : ""} at ${listed(repeat.at)}`;
  }
}

function timed(at: readonly string[], days: string): ReturnType<typeof cronOf> {
  const times = at.map((time) => /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time));
  const faulty = times.indexOf(null);
  if (faulty >= 0)
    return refused(`/at/${faulty}`, `${at[faulty] ?? ""} is no time of day: 00:00 to 23:59`);
  const minutes = new Set(times.map((time) => Number(time?.[2])));
  const [minute] = minutes;
  if (minute === undefined) return refused("/at", "give a time of day, 02:30");
  if (minutes.size > 1)
    return refused("/at", "several times of day must share their minute: 02:30 and 14:30");
  const hours = new Set(times.map((time) => Number(time?.[1])));
  return cron(`${minute} ${[...hours].toSorted((a, b) => a - b).join(",")} ${days}`);
}

function timesIn(minute: string, hour: string): readonly string[] | undefined {
  const hours = hour.split(",");
  if (!hours.every((each) => isNumberWithin(each, 0, 23))) return undefined;
  const distinct = [...new Set(hours.map(Number))].toSorted((a, b) => a - b);
  return distinct.map((each) => `${two(each)}:${two(Number(minute))}`);
}

/** `1-5`, `MON,FRI`, `0,6`, `7`; undefined for anything else. */
function weekdaysIn(field: string): readonly number[] | undefined {
  const days = new Set<number>();
  for (const term of field.split(",")) {
    const [from, until = from, ...more] = term.split("-").map(weekdayIn);
    if (from === undefined || until === undefined || from > until || more.length > 0)
      return undefined;
    for (let day = from; day <= until; day += 1) days.add(day % 7);
  }
  return [...days].toSorted((a, b) => a - b);
}

function weekdayIn(text: string): number | undefined {
  const named = dayNames.findIndex((name) => name.slice(0, 3).toUpperCase() === text);
  if (named >= 0) return named;
  return isNumberWithin(text, 0, 7) ? Number(text) : undefined;
}

/** 15 of `*\/15`, 1 of `*`. */
function stepIn(field: string): number | undefined {
  if (field === "*") return 1;
  const step = /^\*\/(\d{1,2})$/.exec(field)?.[1];
  return step === undefined ? undefined : Number(step);
}

/** `a`, `a and b`, `a, b and c`. */
function listed(items: readonly string[]): string {
  const [last = ""] = items.slice(-1);
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

function ordinal(day: number): string {
  const isTeen = day >= 11 && day <= 13;
  const endings = ["th", "st", "nd", "rd"];
  return `${day}${(isTeen ? undefined : endings[day % 10]) ?? "th"}`;
}

const cron = (expression: string) => ({ kind: "cron", cron: expression }) as const;
const refused = (field: string, reason: string): WordsRefused => ({
  kind: "refused",
  field,
  reason,
});
const step = (every: number) => (every === 1 ? "*" : `*/${every}`);
const two = (value: number) => String(value).padStart(2, "0");
const isWithin = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;
const isNumberWithin = (text: string, least: number, most: number) =>
  /^\d{1,2}$/.test(text) && isWithin(Number(text), least, most);
const isOneOf = (value: number, allowed: readonly number[]) => allowed.includes(value);
