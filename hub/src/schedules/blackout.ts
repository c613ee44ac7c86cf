// Times in which nothing may start. Pure. Weekly windows are read off the schedule's own wall clock: an hour that comes twice
// when clocks go back is blacked out both times, one that does not exist blacks out nothing.
import type { Blackout } from "@tidemark/proto";
import type { Fault } from "./expression.ts";
import { type WallClock } from "./wall-clock.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The first of the windows that holds the instant; undefined when none does. */
export function blackoutAt(
  blackouts: readonly Blackout[],
  wall: WallClock,
  atMs: number,
): Blackout | undefined {
  if (blackouts.length === 0) return undefined;
  const wallMs = wall(atMs);
  return blackouts.find((blackout) =>
    blackout.kind === "once"
      ? atMs >= blackout.fromMs && atMs < blackout.untilMs
      : isInWeek(blackout, wallMs),
  );
}

/** What is said of a firing that was left out for it. */
export function blackoutCause(blackout: Blackout): string {
  const { reason = "" } = blackout;
  const when =
    blackout.kind === "once"
      ? `${new Date(blackout.fromMs).toISOString()} to ${new Date(blackout.untilMs).toISOString()}`
      : `${blackout.days.map((day) => dayNames[day] ?? "").join(", ")} ${blackout.from} to ${blackout.until}`;
  return reason === "" ? `blackout ${when}` : `blackout ${when}: ${reason}`;
}

export function blackoutsFault(blackouts: readonly Blackout[]): Fault | undefined {
  for (const [at, blackout] of blackouts.entries()) {
    if (blackout.kind === "once" && blackout.untilMs <= blackout.fromMs)
      return {
        field: `/blackouts/${at}/untilMs`,
        reason: "the blackout ends before it begins: let untilMs be after fromMs",
      };
  }
  return undefined;
}

/** A window whose end is not after its begin ends on the next day; one that ends when it begins lasts the whole day. */
function isInWeek(
  { days, from, until }: Extract<Blackout, { kind: "weekly" }>,
  wallMs: number,
): boolean {
  const day = new Date(wallMs).getUTCDay();
  const minute = Math.floor((wallMs % dayMs) / minuteMs);
  const [begin, end] = [minuteOf(from), minuteOf(until)];
  const isOvernight = end <= begin;
  if (days.includes(day) && minute >= begin && (isOvernight || minute < end)) return true;
  return isOvernight && days.includes((day + 6) % 7) && minute < end;
}

function minuteOf(timeOfDay: string): number {
  const [hour, minute] = timeOfDay.split(":").map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

const dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
