// What a reader should know about a schedule where the clocks change. Pure. Wall times that an expression names are found by
// asking for it in UTC, where every wall time exists once.
import { expressionOf } from "./expression.ts";
import { type ClockChange, clockChanges, wallClockOf } from "./wall-clock.ts";

/** Far enough for every zone's next two changes. */
const aheadMs = 400 * 86_400_000;

/** At most one about clocks that go forward, one about clocks that go back: the next of each that matters. */
export function remarksOf(cron: string, timeZone: string, nowMs: number): readonly string[] {
  const wall = wallClockOf(timeZone);
  const changes = clockChanges(wall, nowMs, nowMs + aheadMs);
  const remark = (kind: (change: ClockChange) => string | undefined) =>
    changes.map(kind).find((text) => text !== undefined);

  const nominal = expressionOf(cron, "UTC");
  const times = expressionOf(cron, timeZone);
  const forward = remark(({ atMs, forwardMs }) => {
    if (forwardMs <= 0) return undefined;
    const after = wall(atMs);
    const [lost] = nominal.first(after - forwardMs - 1, after - 1, 1);
    if (lost === undefined) return undefined;
    const [instead] = times.isFixedTime ? times.first(atMs - 1, atMs, 1) : [];
    const what = instead === undefined ? "is left out" : `starts at ${clock(after)} instead`;
    return `${clock(lost)} does not exist on ${date(lost)}, when the clocks go forward: it ${what}`;
  });
  const back = remark(({ atMs, forwardMs }) => {
    if (forwardMs >= 0) return undefined;
    const after = wall(atMs);
    const [twice] = nominal.first(after - 1, after - forwardMs - 1, 1);
    if (twice === undefined) return undefined;
    const what = times.isFixedTime ? "the first time alone" : "both times";
    return `${clock(twice)} comes twice on ${date(twice)}, when the clocks go back: it starts ${what}`;
  });
  return [forward, back].filter((text) => text !== undefined);
}

const clock = (wallMs: number) => new Date(wallMs).toISOString().slice(11, 16);
const date = (wallMs: number) => new Date(wallMs).toISOString().slice(0, 10);
