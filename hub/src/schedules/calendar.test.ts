import {
  type AgentId,
  type Campaign,
  type Firing,
  type ScheduleId,
  newId,
  scheduleLimits,
} from "@tidemark/proto";
import { expect, test } from "vitest";
import type { Held } from "../campaigns/queue.ts";
import type { ScheduleRecord } from "../state/schedules.ts";
import { type CalendarParts, calendarOf } from "./calendar.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const nowMs = Date.parse("2026-03-02T00:00:00Z");
const held = (agents: string[], target: string, mayShare = false): Held => ({
  agents: agents.map((each) => each as AgentId),
  targets: [target],
  mayShare,
});
const scheduleOf = (name: string, cron: string, paused = false): ScheduleRecord => ({
  id: newId<ScheduleId>(),
  spec: { name, profile: newId(), cron, paused },
  createdAtMs: 0,
  createdBy: "ada",
  changedAtMs: 0,
  activeFromMs: 0,
});
const campaignOf = (change: Partial<Campaign>): Campaign => ({
  id: newId(),
  kind: "runs",
  profile: { id: newId(), revision: 1, name: "machine list" },
  state: "running",
  cause: "",
  createdBy: "ada",
  createdAtMs: nowMs - hourMs,
  startedAtMs: nowMs - hourMs,
  endedAtMs: null,
  expectedEndMs: nowMs + hourMs,
  schedule: null,
  suspect: null,
  comparison: null,
  steps: [],
  verdicts: [],
  ...change,
});
const calendar = (change: Partial<CalendarParts>) =>
  calendarOf({
    fromMs: nowMs - 4 * hourMs,
    untilMs: nowMs + 4 * hourMs,
    nowMs,
    schedules: [],
    campaigns: [],
    firings: [],
    expectedMs: () => 30 * minuteMs,
    heldBySchedule: () => undefined,
    heldByCampaign: () => undefined,
    ...change,
  });

test("past, running and planned entries stand in the order of their starts", () => {
  const hourly = scheduleOf("hourly", "0 * * * *");
  const past = campaignOf({ startedAtMs: nowMs - 3 * hourMs, endedAtMs: nowMs - 2 * hourMs });
  const running = campaignOf({ schedule: hourly.id });
  const skipped: Firing = {
    id: newId(),
    schedule: hourly.id,
    dueAtMs: nowMs - 1,
    startsAtMs: nowMs - 1,
    outcome: "skipped-overlap",
    cause: "busy",
    campaign: null,
    isManual: false,
  };
  const schedules = [hourly, scheduleOf("paused", "0 * * * *", true)];
  const { entries, isCut } = calendar({
    schedules,
    campaigns: [running, past],
    firings: [skipped],
  });
  expect(isCut).toBe(false);
  expect(
    entries.map(({ name, kind, startMs, outcome }) => [
      name,
      kind,
      (startMs - nowMs) / hourMs,
      outcome,
    ]),
  ).toEqual([
    ["machine list", "past", -3, null],
    ["hourly", "running", -1, null],
    ["hourly", "past", -1 / hourMs, "skipped-overlap"],
    ["hourly", "planned", 1, null],
    ["hourly", "planned", 2, null],
    ["hourly", "planned", 3, null],
  ]);
});

test.each([
  ["the same agent", held(["a"], "http://x/"), held(["a", "b"], "http://y/"), true],
  ["the same target", held(["a"], "http://x/"), held(["b"], "http://X:80/list"), true],
  ["neither", held(["a"], "http://x/"), held(["b"], "http://y/"), false],
  ["both may share", held(["a"], "http://x/", true), held(["a"], "http://x/", true), false],
])("entries at the same time on %s", (_what, one, other, isConflict) => {
  const [first, second] = [scheduleOf("first", "0 * * * *"), scheduleOf("second", "29 * * * *")];
  const { entries } = calendar({
    schedules: [first, second],
    heldBySchedule: ({ id }) => (id === first.id ? one : other),
  });
  const at1 = entries.filter(
    ({ startMs }) => startMs >= nowMs + hourMs && startMs < nowMs + 2 * hourMs,
  );
  const [a, b] = at1;
  expect(at1).toHaveLength(2);
  expect(a?.conflicts.includes(b?.id ?? "")).toBe(isConflict);
  expect(b?.conflicts.includes(a?.id ?? "")).toBe(isConflict);
});

test("entries that only touch are in nobody's way", () => {
  const [first, second] = [scheduleOf("first", "0 * * * *"), scheduleOf("second", "30 * * * *")];
  const both = held(["a"], "http://x/");
  const { entries } = calendar({ schedules: [first, second], heldBySchedule: () => both });
  expect(entries.every(({ conflicts }) => conflicts.length === 0)).toBe(true);
});

test("a calendar of too much is cut and says so", () => {
  const schedules = Array.from({ length: 3 }, (_, at) => scheduleOf(`s${at}`, "* * * * *"));
  const { entries, isCut } = calendar({ schedules, untilMs: nowMs + 60 * 24 * hourMs });
  expect(isCut).toBe(true);
  expect(entries.length).toBeLessThanOrEqual(scheduleLimits.calendarEntriesMax);
});
