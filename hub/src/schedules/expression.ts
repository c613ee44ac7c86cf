// Cron expressions by croner: which are taken, and the times they name. Pure.
//
// What croner does where the clocks change (its README, "DST handling"): with fixedTimeRule "no-wildcard", an expression without
// wildcards or steps in seconds, minutes and hours is a fixed time. It happens once a day: a time that comes twice the first
// time, one that does not exist as soon as the clocks have gone forward, if that is on the same day. Any other expression is an
// interval: times that come twice happen twice, times that do not exist are left out. due.test.ts pins it.
import { Cron, CronPattern } from "croner";
import { wallClockOf } from "./wall-clock.ts";

/** A field of a request and what is wrong with it. */
export interface Fault {
  /** JSON pointer. */
  readonly field: string;
  readonly reason: string;
}

export interface Expression {
  /** Whether it names times of day rather than intervals. */
  readonly isFixedTime: boolean;
  /** Times in (fromMs, untilMs], the first `limit` of them. */
  first(fromMs: number, untilMs: number, limit: number): readonly number[];
  /** Times in (fromMs, untilMs], the last `limit` of them, oldest first. */
  last(fromMs: number, untilMs: number, limit: number): readonly number[];
}

const options = { mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" } as const;

/** Of one that `expressionFault` lets pass. */
export function expressionOf(cron: string, timeZone: string): Expression {
  const times = new Cron(cron, { ...options, timezone: timeZone, paused: true });
  return {
    isFixedTime: new CronPattern(cron, timeZone, options).isFixedTime,
    first(fromMs, untilMs, limit) {
      const found: number[] = [];
      // One by one: the library works out as many as it is asked for, however far ahead they lie.
      let next = times.nextRun(new Date(fromMs))?.getTime();
      while (next !== undefined && next <= untilMs && found.length < limit) {
        found.push(next);
        next = times.nextRun(new Date(next))?.getTime();
      }
      return found;
    },
    last: (fromMs, untilMs, limit) =>
      times
        // Strictly before its reference, which is read to the second: one more than asked may be past the end.
        .previousRuns(limit + 1, new Date(untilMs + 1_000))
        .map(Number)
        .filter((ms) => ms > fromMs && ms <= untilMs)
        .toSorted((a, b) => a - b)
        .slice(-limit),
  };
}

const fields = [
  { name: "second", allowed: "one value, 0 to 59: nothing starts more often than every minute" },
  { name: "minute", allowed: "0 to 59, *, lists, ranges and steps" },
  { name: "hour", allowed: "0 to 23, *, lists, ranges and steps" },
  { name: "day of the month", allowed: "1 to 31, L for the last, W for the nearest weekday, *" },
  { name: "month", allowed: "1 to 12 or JAN to DEC, *" },
  { name: "weekday", allowed: "0 (Sunday) to 7 or SUN to SAT, # for the nth, L for the last, *" },
] as const;

/** Undefined when croner takes it, its zone exists and it happens at least once. */
export function expressionFault(cron: string, timeZone: string, nowMs: number): Fault | undefined {
  return zoneFault(timeZone) ?? fieldFault(cron) ?? neverFault(cron, timeZone, nowMs);
}

function zoneFault(timeZone: string): Fault | undefined {
  const fault = {
    field: "/timeZone",
    reason: `there is no time zone ${timeZone}: give an IANA name such as Europe/Vienna or UTC`,
  };
  // Offsets are no zones: they know nothing of daylight saving.
  if (!/^[A-Za-z]/.test(timeZone)) return fault;
  try {
    wallClockOf(timeZone);
    return undefined;
  } catch {
    return fault;
  }
}

function fieldFault(cron: string): Fault | undefined {
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6)
    return refused(
      `it is made of ${parts.length}, not of five fields (minute hour day month weekday) or six (second first): 30 2 * * 1-5 is every weekday at 02:30`,
    );
  const isWhole = parts.length === 6;
  const named = isWhole ? fields : fields.slice(1);
  for (const [at, { name, allowed }] of named.entries()) {
    const part = parts[at] ?? "";
    const alone = named.map((_, other) =>
      other === at ? part : isWhole && other === 0 ? "0" : "*",
    );
    const pattern = patternOf(alone.join(" "));
    if (pattern === undefined) return refused(`the ${name} ${part} is not understood: ${allowed}`);
    if (pattern.second.filter((set) => set !== 0).length !== 1)
      return refused(`the second ${part} is more than one: ${fields[0].allowed}`);
  }
  return patternOf(cron) === undefined ? refused("it is not understood as a whole") : undefined;
}

function neverFault(cron: string, timeZone: string, nowMs: number): Fault | undefined {
  const [next] = expressionOf(cron, timeZone).first(nowMs, Infinity, 1);
  return next === undefined
    ? refused(`${cron} never happens: there is no such day, or it has passed`)
    : undefined;
}

function patternOf(cron: string): CronPattern | undefined {
  try {
    return new CronPattern(cron, undefined, options);
  } catch {
    return undefined;
  }
}

const refused = (reason: string): Fault => ({ field: "/cron", reason });
