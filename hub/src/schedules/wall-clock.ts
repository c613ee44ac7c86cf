// What a clock on the wall shows in a time zone. Wall times are Unix ms of the same reading in UTC, so that they can be compared
// and added; two instants may share one when clocks go back.

/** Reads the wall clock of an IANA zone at an instant (Unix ms), whole seconds. */
export type WallClock = (atMs: number) => number;

const dayMs = 86_400_000;

/** Throws RangeError for what is no zone. */
export function wallClockOf(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (atMs) => {
    const read: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(atMs)) read[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** A change of the clocks: the first instant after it, and by how much they went forward (negative: back). */
export interface ClockChange {
  readonly atMs: number;
  readonly forwardMs: number;
}

/** Every change in (fromMs, untilMs], oldest first: found by days, then by halving. Two within one day are told as one. */
export function clockChanges(wall: WallClock, fromMs: number, untilMs: number): ClockChange[] {
  const offset = (atMs: number) => wall(atMs) - atMs;
  const changes: ClockChange[] = [];
  for (let low = floorToSecond(fromMs); low < untilMs; low += dayMs) {
    const end = Math.min(low + dayMs, floorToSecond(untilMs));
    const forwardMs = offset(end) - offset(low);
    if (forwardMs === 0) continue;
    let before = low;
    let after = end;
    while (after - before > 1_000) {
      const middle = floorToSecond((before + after) / 2);
      if (offset(middle) === offset(low)) before = middle;
      else after = middle;
    }
    changes.push({ atMs: after, forwardMs });
  }
  return changes;
}

const floorToSecond = (ms: number) => Math.floor(ms / 1_000) * 1_000;
