// What happens with the times a schedule is due: the whole policy, as one step from progress to progress. Pure.
import {
  type Blackout,
  type FiringOutcome,
  type ScheduleId,
  type ScheduleSpec,
  scheduleDefaults,
  scheduleLimits,
} from "@tidemark/proto";
import { blackoutAt, blackoutCause } from "./blackout.ts";
import { type Due, dueBetween, lastDue } from "./due.ts";
import type { OpenFiring, Progress } from "./progress.ts";
import { wallClockOf } from "./wall-clock.ts";

export interface Deciding {
  readonly id: ScheduleId;
  readonly spec: ScheduleSpec;
  /** Times due before it (made, timed anew, resumed) are none of this schedule's. */
  readonly activeFromMs: number;
}

export interface Situation {
  readonly nowMs: number;
  readonly term: number;
  /** Open firings whose campaigns have ended. */
  readonly ended: ReadonlySet<string>;
}

/** A start this late was missed: more than a handover takes, less than anybody waits. */
export const missedMs = 60_000;
/** Missed times that are decided on one by one; those before them are skipped together. */
export const decidedMax = 100;
/** Firings of one schedule that are open at once; while there are more, nothing further is decided (the database is away). */
const openMax = 500;
/** A clock that went back by less waits until it has caught up; by more, and what was decided in a future that is none is forgotten. */
export const clockBackMaxMs = 86_400_000;

/** What is open afterwards is to be done: claimed ones started, cancelling ones cancelled, the outcomes recorded. */
export function decide(
  schedule: Deciding,
  progress: Progress | undefined,
  situation: Situation,
): Progress {
  const { nowMs, term, ended } = situation;
  const untilMs = progress?.untilMs ?? schedule.activeFromMs;
  const fromMs = Math.max(
    schedule.activeFromMs,
    untilMs > nowMs + clockBackMaxMs ? nowMs : untilMs,
  );
  const { ripe, isCut } =
    (progress?.open.length ?? 0) > openMax ? nothing : ripeAt(schedule, fromMs, nowMs);
  const isOver = ({ id, state }: OpenFiring) =>
    ended.has(id) && (state === "started" || state === "cancelling");
  let open = (progress?.open ?? []).filter((firing) => !isOver(firing));
  for (const judged of judge(schedule, ripe, isCut, nowMs))
    open = placed(schedule, open, judged, nowMs);
  return {
    term,
    untilMs: ripe.at(-1)?.dueAtMs ?? fromMs,
    open: released(schedule, open, nowMs),
  };
}

interface Ripe {
  readonly ripe: readonly Due[];
  /** More were missed before them. */
  readonly isCut: boolean;
}
const nothing: Ripe = { ripe: [], isCut: false };

/** Due and to be started by now, oldest first; none overtakes the one before. */
function ripeAt({ id, spec }: Deciding, fromMs: number, nowMs: number): Ripe {
  const first = dueBetween(id, spec, fromMs, nowMs, decidedMax + 1);
  const isCut = first.length > decidedMax;
  const due = isCut ? lastDue(id, spec, fromMs, nowMs, decidedMax) : first;
  const waiting = due.findIndex(({ startsAtMs }) => startsAtMs > nowMs);
  return { ripe: waiting < 0 ? due : due.slice(0, waiting), isCut };
}

interface Judged {
  readonly due: Due;
  /** Undefined for one that may start. */
  readonly skipped: Skipped | undefined;
}
interface Skipped {
  readonly outcome: FiringOutcome;
  readonly cause: string;
}

function judge(
  schedule: Deciding,
  ripe: readonly Due[],
  isCut: boolean,
  nowMs: number,
): readonly Judged[] {
  const { missed = scheduleDefaults.missed } = schedule.spec;
  const judged = ripe.map((due, at) => ({
    due,
    skipped: isCut && at === 0 ? allBefore : skipOf(schedule, due, nowMs),
  }));
  if (missed !== "latest") return judged;
  const latest = judged.findLastIndex(({ skipped }) => skipped === undefined);
  return judged.map((each, at) =>
    each.skipped === undefined && at < latest && isMissed(each.due, nowMs)
      ? {
          ...each,
          skipped: {
            outcome: "skipped-missed",
            cause: "the latest missed one alone is made up for",
          },
        }
      : each,
  );
}

const isMissed = ({ startsAtMs }: Due, nowMs: number) => nowMs - startsAtMs > missedMs;

function skipOf({ spec }: Deciding, due: Due, nowMs: number): Skipped | undefined {
  const { missed = scheduleDefaults.missed, blackouts = [] } = spec;
  const { missedWithinSeconds = scheduleDefaults.missedWithinSeconds } = spec;
  if (spec.paused === true) return paused;
  const blackout = blackoutOf(spec, due.startsAtMs);
  if (blackout !== undefined) return blackedOut(blackout);
  if (!isMissed(due, nowMs)) return undefined;
  const lateSeconds = Math.floor((nowMs - due.startsAtMs) / 1_000);
  if (missed === "skip") return missedBy(lateSeconds, "missed ones are skipped");
  if (lateSeconds > missedWithinSeconds)
    return missedBy(lateSeconds, `made up for within ${missedWithinSeconds} s alone`);
  const now = blackouts.length === 0 ? undefined : blackoutOf(spec, nowMs);
  return now === undefined ? undefined : blackedOut(now);
}

function placed(
  { spec }: Deciding,
  open: readonly OpenFiring[],
  { due, skipped }: Judged,
  nowMs: number,
): OpenFiring[] {
  const { overlap = scheduleDefaults.overlap } = spec;
  const add = (state: OpenFiring["state"], { outcome, cause }: Skipped): OpenFiring => ({
    ...due,
    isManual: false,
    state,
    stateAtMs: nowMs,
    outcome,
    cause,
    isRecorded: false,
  });
  // What a hub before this one decided already stands.
  if (open.some(({ id }) => id === due.id)) return [...open];
  if (skipped !== undefined) return [...open, add("over", skipped)];
  const started: Skipped = { outcome: "started", cause: "" };
  const busy = open.find(isUnderWay);
  const queued = open.filter(({ state }) => state === "queued").length;
  switch (overlap) {
    case "cancel-old":
      return [...open.map((firing) => madeWay(firing, due, nowMs)), add("claimed", started)];
    case "queue":
      if (busy === undefined && queued === 0) return [...open, add("claimed", started)];
      if (queued >= scheduleLimits.queuedMax)
        return [...open, add("over", overlapped(`${queued} wait already`))];
      return [
        ...open,
        add("queued", { outcome: "queued", cause: `waits for ${busy?.id ?? "the ones before"}` }),
      ];
    case "skip":
      if (busy === undefined) return [...open, add("claimed", started)];
      return [...open, add("over", overlapped(`${busy.id} had not ended`))];
  }
}

/** Of a later firing that cancels the old ones. */
function madeWay(firing: OpenFiring, later: Due, nowMs: number): OpenFiring {
  switch (firing.state) {
    case "started":
      return { ...firing, state: "cancelling", stateAtMs: nowMs };
    case "claimed":
    case "queued":
      return { ...firing, ...over(overlapped(`${later.id} came after it`), nowMs) };
    case "cancelling":
    case "over":
      return firing;
  }
}

/** The first that waits, once nothing is under way; a pause ends the waiting. */
function released(
  { spec }: Deciding,
  open: readonly OpenFiring[],
  nowMs: number,
): readonly OpenFiring[] {
  if (spec.paused === true)
    return open.map((firing) =>
      firing.state === "queued" ? { ...firing, ...over(paused, nowMs) } : firing,
    );
  const next = open.find(({ state }) => state === "queued");
  if (next === undefined || open.some(isUnderWay) || blackoutOf(spec, nowMs) !== undefined)
    return open;
  return open.map((firing) =>
    firing === next
      ? {
          ...firing,
          state: "claimed",
          stateAtMs: nowMs,
          outcome: "started",
          cause: "",
          isRecorded: false,
        }
      : firing,
  );
}

const isUnderWay = ({ state }: OpenFiring) => state === "claimed" || state === "started";

function blackoutOf(
  { blackouts = [], timeZone = scheduleDefaults.timeZone }: ScheduleSpec,
  atMs: number,
): Blackout | undefined {
  return blackouts.length === 0 ? undefined : blackoutAt(blackouts, wallClockOf(timeZone), atMs);
}

const over = (skipped: Skipped, nowMs: number) =>
  ({ ...skipped, state: "over", stateAtMs: nowMs, isRecorded: false }) as const;
const allBefore: Skipped = {
  outcome: "skipped-missed",
  cause: `and every one before it: more than ${decidedMax} were missed`,
};
const paused: Skipped = { outcome: "skipped-paused", cause: "the schedule is paused" };
const blackedOut = (blackout: Blackout): Skipped => ({
  outcome: "skipped-blackout",
  cause: blackoutCause(blackout),
});
const overlapped = (cause: string): Skipped => ({ outcome: "skipped-overlap", cause });
const missedBy = (seconds: number, why: string): Skipped => ({
  outcome: "skipped-missed",
  cause: `no hub led when it was due, ${seconds} s ago: ${why}`,
});
