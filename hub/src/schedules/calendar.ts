// The calendar: campaigns that were and are, firings that were skipped, and what the schedules will start. Pure.
import {
  type Calendar,
  type CalendarEntry,
  type Campaign,
  type Firing,
  scheduleLimits,
} from "@tidemark/proto";
import type { ScheduleRecord } from "../state/schedules.ts";
import { type Placed, withConflicts } from "./conflicts.ts";
import type { Held } from "../campaigns/queue.ts";
import { startsAhead } from "./due.ts";

export interface CalendarParts {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly nowMs: number;
  readonly schedules: readonly ScheduleRecord[];
  readonly campaigns: readonly Campaign[];
  readonly firings: readonly Firing[];
  /** How long what a schedule starts takes, ms. */
  readonly expectedMs: (schedule: ScheduleRecord) => number;
  readonly heldBySchedule: (schedule: ScheduleRecord) => Held | undefined;
  readonly heldByCampaign: (campaign: Campaign) => Held | undefined;
}

/** Entries that a schedule may have ahead, however many schedules there are. */
const plannedEachMin = 50;

export function calendarOf(parts: CalendarParts): Calendar {
  const { fromMs, untilMs } = parts;
  const ahead = planned(parts);
  const all = [...fromCampaigns(parts), ...fromFirings(parts), ...ahead.entries].filter(
    ({ entry }) => entry.startMs < untilMs && Math.max(entry.endMs, entry.startMs + 1) > fromMs,
  );
  const entries = withConflicts(all);
  return {
    entries: entries.slice(0, scheduleLimits.calendarEntriesMax),
    isCut: ahead.isCut || entries.length > scheduleLimits.calendarEntriesMax,
  };
}

function fromCampaigns(parts: CalendarParts): Placed[] {
  const { campaigns, schedules, firings, nowMs } = parts;
  const names = new Map<string, string>(schedules.map(({ id, spec }) => [id, spec.name]));
  const outcomes = new Map(firings.map(({ id, outcome }) => [id, outcome]));
  return campaigns.map((campaign) => {
    const { id, schedule, profile, startedAtMs, createdAtMs, endedAtMs, expectedEndMs } = campaign;
    const startMs = startedAtMs ?? createdAtMs;
    const endMs = endedAtMs ?? Math.max(expectedEndMs ?? nowMs, nowMs);
    const entry: CalendarEntry = {
      schedule,
      name: (schedule === null ? undefined : names.get(schedule)) ?? profile.name,
      id,
      startMs,
      endMs: Math.max(startMs, endMs),
      kind: endedAtMs === null ? "running" : "past",
      outcome: outcomes.get(id) ?? null,
      campaign: id,
      conflicts: [],
    };
    return { entry, held: parts.heldByCampaign(campaign) };
  });
}

/** Those without a campaign: skipped, failed, waiting. */
function fromFirings({ firings, schedules }: CalendarParts): Placed[] {
  const names = new Map<string, string>(schedules.map(({ id, spec }) => [id, spec.name]));
  return firings
    .filter(({ campaign }) => campaign === null)
    .map(({ id, schedule, startsAtMs, outcome }) => ({
      entry: {
        schedule,
        name: names.get(schedule) ?? "a schedule that was removed",
        id,
        startMs: startsAtMs,
        endMs: startsAtMs,
        kind: "past",
        outcome,
        campaign: null,
        conflicts: [],
      },
      held: undefined,
    }));
}

function planned(parts: CalendarParts): { readonly entries: Placed[]; readonly isCut: boolean } {
  const { fromMs, untilMs, nowMs } = parts;
  const running = parts.schedules.filter(({ spec }) => spec.paused !== true);
  const each = Math.max(
    plannedEachMin,
    Math.floor(scheduleLimits.calendarEntriesMax / Math.max(1, running.length)),
  );
  const lists = running.map((schedule) => {
    const { id, spec, activeFromMs } = schedule;
    const lengthMs = parts.expectedMs(schedule);
    const held = parts.heldBySchedule(schedule);
    // What began before the window may reach into it.
    const sinceMs = Math.max(nowMs, fromMs - lengthMs);
    const { starts } = startsAhead(id, spec, {
      fromMs: sinceMs,
      count: each + 1,
      activeFromMs,
      untilMs,
    });
    return starts.map(({ id: firing, startsAtMs }): Placed => {
      const entry = {
        schedule: id,
        name: spec.name,
        id: firing,
        startMs: startsAtMs,
        endMs: startsAtMs + lengthMs,
        kind: "planned" as const,
        outcome: null,
        campaign: null,
        conflicts: [],
      };
      return { entry, held };
    });
  });
  return {
    entries: lists.flatMap((list) => list.slice(0, each)),
    isCut: lists.some((list) => list.length > each),
  };
}
