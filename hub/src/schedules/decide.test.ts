import {
  type Blackout,
  type ScheduleId,
  type ScheduleSpec,
  missedPolicies,
  newId,
  overlaps,
} from "@tidemark/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Deciding, clockBackMaxMs, decide, decidedMax } from "./decide.ts";
import { firingId, startsAhead } from "./due.ts";
import type { OpenFiring, Progress } from "./progress.ts";

const hourMs = 3_600_000;
const startMs = Date.parse("2026-03-02T00:00:00Z");
const none = new Set<string>();

const scheduleOf = (change: Partial<ScheduleSpec> = {}): Deciding => ({
  id: newId<ScheduleId>(),
  spec: { name: "nightly", profile: newId(), cron: "0 * * * *", ...change },
  activeFromMs: startMs,
});
/** Hours after the start, and what is open afterwards: `1h started`. */
const told = ({ open }: Progress) =>
  open.map(({ dueAtMs, state, outcome }) => `${(dueAtMs - startMs) / hourMs}h ${state} ${outcome}`);
/** As the leader does: claimed ones start, what is over is recorded and gone. */
const carriedOut = (progress: Progress): Progress => ({
  ...progress,
  open: progress.open
    .filter(({ state }) => state !== "over")
    .map((firing) => (firing.state === "claimed" ? { ...firing, state: "started" } : firing)),
});
const at = (hours: number) => startMs + hours * hourMs;
const now = (nowMs: number, ended: ReadonlySet<string> = none) => ({ nowMs, term: 1, ended });

test("nothing is due before the schedule was made, and each time is decided on once", () => {
  const schedule = scheduleOf();
  const first = decide(schedule, undefined, now(at(0) + 1));
  expect(told(first)).toEqual([]);
  const second = decide(schedule, first, now(at(1)));
  expect(told(second)).toEqual(["1h claimed started"]);
  expect(decide(schedule, second, now(at(1) + 5_000))).toEqual(second);
});

describe("overlap", () => {
  const running = (schedule: Deciding) => carriedOut(decide(schedule, undefined, now(at(1))));

  test.each([
    ["skip", ["1h started started", "2h over skipped-overlap"]],
    ["queue", ["1h started started", "2h queued queued"]],
    ["cancel-old", ["1h cancelling started", "2h claimed started"]],
  ] as const)("%s while the one before is under way", (overlap, expected) => {
    const schedule = scheduleOf({ overlap });
    expect(told(decide(schedule, running(schedule), now(at(2))))).toEqual(expected);
  });

  test.each(overlaps)("%s once the one before has ended", (overlap) => {
    const schedule = scheduleOf({ overlap });
    const progress = running(schedule);
    const ended = new Set(progress.open.map(({ id }) => id));
    expect(told(decide(schedule, progress, now(at(2), ended)))).toEqual(["2h claimed started"]);
  });

  test("the queue starts in order, one at a time, and holds ten", () => {
    const schedule = scheduleOf({ overlap: "queue" });
    let progress = running(schedule);
    for (let hour = 2; hour <= 12; hour += 1) progress = decide(schedule, progress, now(at(hour)));
    expect(told(progress).slice(-2)).toEqual(["11h queued queued", "12h over skipped-overlap"]);
    const [first] = progress.open;
    const next = decide(schedule, carriedOut(progress), now(at(12) + 1, new Set([first!.id])));
    expect(told(next).slice(0, 2)).toEqual(["2h claimed started", "3h queued queued"]);
  });

  test("what waits does not start in a blackout, nor once the schedule is paused", () => {
    const blackouts: Blackout[] = [{ kind: "once", fromMs: at(2) + 1, untilMs: at(3) - 1 }];
    const schedule = scheduleOf({ overlap: "queue", blackouts });
    const queued = decide(schedule, running(schedule), now(at(2)));
    const ended = new Set([queued.open[0]!.id]);
    const waiting = decide(schedule, queued, now(at(2) + 2, ended));
    expect(told(waiting)).toEqual(["2h queued queued"]);
    expect(told(decide(schedule, waiting, now(at(3) - 1)))).toEqual(["2h claimed started"]);
    const paused = { ...schedule, spec: { ...schedule.spec, paused: true } };
    expect(told(decide(paused, waiting, now(at(3) - 1)))).toEqual(["2h over skipped-paused"]);
  });

  test("a run that a user started counts as under way", () => {
    const schedule = scheduleOf();
    const manual: OpenFiring = {
      id: newId(),
      dueAtMs: at(0),
      startsAtMs: at(0),
      isManual: true,
      state: "started",
      stateAtMs: at(0),
      outcome: "started",
      cause: "",
      isRecorded: true,
    };
    const progress = { term: 0, untilMs: startMs, open: [manual] };
    expect(told(decide(schedule, progress, now(at(1))))).toEqual([
      "0h started started",
      "1h over skipped-overlap",
    ]);
  });
});

describe("missed", () => {
  const downtime = (change: Partial<ScheduleSpec>, hours = 4.5) =>
    told(
      decide(
        scheduleOf({ overlap: "queue", missedWithinSeconds: 86_400, ...change }),
        undefined,
        now(at(hours)),
      ),
    );

  test.each([
    [
      "skip",
      [
        "1h over skipped-missed",
        "2h over skipped-missed",
        "3h over skipped-missed",
        "4h over skipped-missed",
      ],
    ],
    [
      "latest",
      [
        "1h over skipped-missed",
        "2h over skipped-missed",
        "3h over skipped-missed",
        "4h claimed started",
      ],
    ],
    ["all", ["1h claimed started", "2h queued queued", "3h queued queued", "4h queued queued"]],
  ] as const)("%s after half a day without a hub", (missed, expected) => {
    expect(downtime({ missed })).toEqual(expected);
  });

  test("older than missedWithinSeconds is skipped whatever the policy", () => {
    expect(downtime({ missed: "all", missedWithinSeconds: 7_200 })).toEqual([
      "1h over skipped-missed",
      "2h over skipped-missed",
      "3h claimed started",
      "4h queued queued",
    ]);
    expect(downtime({ missed: "latest", missedWithinSeconds: 60 }).at(-1)).toBe(
      "4h over skipped-missed",
    );
  });

  test.each(missedPolicies)("%s: a handover of 15 s misses nothing", (missed) => {
    expect(downtime({ missed }, 1 + 15 / 3_600)).toEqual(["1h claimed started"]);
  });

  test("latest leaves out what a blackout forbids", () => {
    const blackouts: Blackout[] = [{ kind: "once", fromMs: at(4), untilMs: at(4) + 1 }];
    expect(downtime({ missed: "latest", blackouts }).slice(-2)).toEqual([
      "3h claimed started",
      "4h over skipped-blackout",
    ]);
    const nowToo: Blackout[] = [{ kind: "once", fromMs: at(4) + 1, untilMs: at(5) }];
    expect(downtime({ missed: "latest", blackouts: nowToo }).at(-1)).toBe(
      "4h over skipped-blackout",
    );
  });

  test("of very many, the last hundred are decided on and the rest is said", () => {
    const schedule = scheduleOf({ cron: "* * * * *", missed: "skip" });
    const { open, untilMs } = decide(schedule, undefined, now(at(24) + 1));
    expect(open).toHaveLength(decidedMax);
    expect(open[0]).toMatchObject({
      outcome: "skipped-missed",
      cause: expect.stringContaining("every one before"),
    });
    expect(untilMs).toBe(at(24));
  });
});

test("paused and blacked-out times are skipped with their reason", () => {
  const paused = decide(scheduleOf({ paused: true }), undefined, now(at(1)));
  expect(told(paused)).toEqual(["1h over skipped-paused"]);
  const blackouts: Blackout[] = [
    { kind: "weekly", days: [1], from: "01:00", until: "02:00", reason: "backups" },
  ];
  const blackedOut = decide(scheduleOf({ blackouts }), undefined, now(at(2)));
  expect(blackedOut.open.map(({ outcome, cause }) => [outcome, cause])).toEqual([
    ["skipped-blackout", "blackout Monday 01:00 to 02:00: backups"],
    ["started", ""],
  ]);
});

test("a clock that goes back an hour fires nothing again; one that came back from another year goes on", () => {
  const schedule = scheduleOf();
  const ahead = carriedOut(decide(schedule, undefined, now(at(5))));
  expect(told(decide(schedule, ahead, now(at(4))))).toEqual(told(ahead));
  expect(decide(schedule, ahead, now(at(4))).untilMs).toBe(at(5));
  const year = decide(schedule, undefined, now(at(9_000)));
  const back = decide(schedule, { ...year, open: [] }, now(at(2) + 1));
  expect(back.untilMs).toBe(at(2) + 1);
  expect(at(9_000) - at(2)).toBeGreaterThan(clockBackMaxMs);
  expect(told(decide(schedule, back, now(at(3))))).toEqual(["3h claimed started"]);
});

const clock = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 30 * 60_000 }) },
    fc.constantFrom(hourMs, -hourMs, 26 * hourMs, -20 * hourMs),
  ),
  { minLength: 1, maxLength: 60 },
);
const specs = fc.record({
  cron: fc.constantFrom("*/5 * * * *", "30 * * * *", "30 2 * * *", "0 2,14 * * 1-5"),
  timeZone: fc.constantFrom("UTC", "Europe/Vienna", "Australia/Lord_Howe"),
  jitterSeconds: fc.constantFrom(0, 250),
  overlap: fc.constantFrom(...overlaps),
  missed: fc.constantFrom(...missedPolicies),
});

test("whatever the clock does, and wherever a leader dies, no time is claimed twice and starts are in order", () => {
  const around = Date.parse("2026-03-28T12:00:00Z");
  fc.assert(
    fc.property(
      specs,
      clock,
      fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
      (spec, steps, lives) => {
        const schedule = { ...scheduleOf(spec), activeFromMs: around };
        const started: string[] = [];
        let stored: Progress | undefined;
        let nowMs = around;
        let latestMs = around;
        for (const [step, passedMs] of steps.entries()) {
          // Back by more than a day is another promise: there the campaign's id alone keeps a time from firing twice.
          nowMs = Math.max(nowMs + passedMs, latestMs - clockBackMaxMs);
          latestMs = Math.max(latestMs, nowMs);
          const ended = new Set(stored?.open.map(({ id }) => id));
          const next = decide(schedule, stored, now(nowMs, step % 3 === 0 ? ended : none));
          // Died before the decision was written down: the next leader decides anew.
          if (lives[step] === false) continue;
          for (const { id, state } of next.open) if (state === "claimed") started.push(id);
          expect(next.untilMs >= (stored?.untilMs ?? 0)).toBe(true);
          stored = carriedOut(next);
        }
        expect(new Set(started).size).toBe(started.length);
      },
    ),
    { numRuns: 400 },
  );
});

test("the next five are what is claimed when the time comes", () => {
  fc.assert(
    fc.property(specs, fc.integer({ min: 0, max: 400 }), (spec, days) => {
      const fromMs = startMs + days * 24 * hourMs;
      const schedule = { ...scheduleOf({ ...spec, overlap: "cancel-old" }), activeFromMs: fromMs };
      const { starts } = startsAhead(schedule.id, schedule.spec, {
        fromMs,
        count: 5,
        activeFromMs: fromMs,
      });
      let progress: Progress | undefined;
      for (const { id, dueAtMs, startsAtMs } of starts) {
        const before = decide(schedule, progress, now(startsAtMs - 1));
        expect(before.open.some((firing) => firing.id === id)).toBe(false);
        const then = decide(schedule, before, now(startsAtMs));
        const claimed = then.open.filter(({ state }) => state === "claimed");
        expect(claimed.map((firing) => firing.id)).toEqual([id]);
        expect(id).toBe(firingId(schedule.id, dueAtMs));
        progress = carriedOut(then);
      }
    }),
    { numRuns: 40 },
  );
});
