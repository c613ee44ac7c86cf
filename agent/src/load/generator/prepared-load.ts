// Everything a worker needs before its first request is due: driver, arrivals, loop and pacer of one plan and share.
import { firstPerSecond, loadLimits, shareOf } from "@tidemark/proto";
import type { Assignment } from "../carrier.ts";
import type { Dial } from "../drivers/driver.ts";
import { driverNamed } from "../drivers/index.ts";
import { economy } from "../pacers/economy.ts";
import { pacerFor } from "../pacers/index.ts";
import { type ReadyPacer, monotonicMs } from "../pacers/pacer.ts";
import { type OpenPacing, scheduleOf } from "../pacings/index.ts";
import type { Schedule } from "../pacings/pacing.ts";
import { WarmedUp } from "./arrivals.ts";
import { ClientArrivals, type Clients } from "./client-arrivals.ts";
import { paceClients } from "./client-pacer.ts";
import { openJudge } from "./judge.ts";
import { Loop } from "./loop.ts";
import { ScheduledArrivals } from "./scheduled-arrivals.ts";
import { Tally } from "./tally.ts";

export interface PreparedLoad {
  readonly loop: Loop;
  readonly tally: Tally;
  /** The warm-up, where the plan has one, starts at `startMs` of `monotonicMs`, the run proper when it is over. Once. */
  begin(startMs: number): void;
  /** Ends the waking; the loop is stopped by itself. */
  stop(): void;
}

/** Connects nowhere yet. */
export async function prepareLoad(
  assignment: Assignment,
  remark: (text: string) => void,
): Promise<PreparedLoad> {
  const { plan, share, endpoint, run, secrets, policyFile } = assignment;
  const driver = await driverNamed(plan.driver);
  const dial = await driver.prepare(plan, {
    endpoint,
    run,
    share,
    secrets,
    judge: openJudge(plan, policyFile),
    remark,
  });
  const { pacing } = plan;
  switch (pacing.kind) {
    case "closed": {
      const { clients, thinkMs } = pacing;
      return prepareClosed(assignment, dial, remark, {
        clients: shareOf(clients, share),
        thinkMs,
        // Client k of n begins at k/n of the think time: together they arrive evenly, as strangers would.
        firstAfterMs: (own) => (thinkMs * (share.index + own * share.of)) / clients,
      });
    }
    case "max": {
      const { exchangesMax } = boundsOf(assignment);
      return prepareClosed(assignment, dial, remark, {
        clients: exchangesMax,
        thinkMs: 0,
        firstAfterMs: () => 0,
      });
    }
    default:
      return await prepareOpen(assignment, pacing, dial);
  }
}

async function prepareOpen(
  assignment: Assignment,
  pacing: OpenPacing,
  dial: Dial,
): Promise<PreparedLoad> {
  const { plan, share } = assignment;
  const { durationMs, warmupMs = 0 } = plan;
  const tally = new Tally({ hasWarmup: warmupMs > 0 });
  const schedule = scheduleOf(pacing, durationMs, share);
  const tick = () => loop.tick();
  const pacer = await pacerFor(plan.precision).ready({ pacing, durationMs, share, schedule, tick });
  const run = new ScheduledArrivals(schedule, tally.counted);
  const warmup = await prepareWarmup(assignment, pacing, tick);
  const arrivals =
    warmup === undefined
      ? run
      : new WarmedUp(new ScheduledArrivals(warmup.schedule, tally.uncounted), warmupMs, run);
  const loop = new Loop({
    ...boundsOf(assignment),
    arrivals,
    tally,
    dial,
    backlogMax: loadLimits.backlogMax,
    saturated: (saturated) => pacer.saturated(saturated),
  });
  return {
    loop,
    tally,
    begin(startMs) {
      tally.fromMs = startMs + warmupMs;
      arrivals.begin(warmup === undefined ? tally.fromMs : startMs);
      warmup?.pacer.begin(startMs);
      pacer.begin(tally.fromMs);
      loop.tick();
    },
    stop() {
      void warmup?.pacer.stop();
      void pacer.stop();
    },
  };
}

interface Warmup {
  readonly schedule: Schedule;
  readonly pacer: ReadyPacer;
}

/** The plan's first rate, held; undefined where the plan wants no warm-up, or begins with nothing. */
async function prepareWarmup(
  { plan, share }: Assignment,
  pacing: OpenPacing,
  tick: () => void,
): Promise<Warmup | undefined> {
  const durationMs = plan.warmupMs ?? 0;
  const ratePerSecond = firstPerSecond(pacing) ?? 0;
  if (durationMs === 0 || ratePerSecond === 0) return undefined;
  const held: OpenPacing = { kind: "constant", ratePerSecond };
  const schedule = scheduleOf(held, durationMs, share);
  // What is not counted need not be precise.
  const pacer = await economy.ready({ pacing: held, durationMs, share, schedule, tick });
  return { schedule, pacer };
}

/** A warm-up is the same loop, not yet counted. */
function prepareClosed(
  assignment: Assignment,
  dial: Dial,
  remark: (text: string) => void,
  unbounded: Omit<Clients, "ratePerSecondMax">,
): PreparedLoad {
  const { plan, ratePerSecondMax } = assignment;
  const { warmupMs = 0, workers = 1 } = plan;
  const clients: Clients = {
    ...unbounded,
    ratePerSecondMax: ratePerSecondMax === undefined ? undefined : ratePerSecondMax / workers,
  };
  const tally = new Tally({ hasWarmup: warmupMs > 0 });
  const arrivals = new ClientArrivals(clients, tally);
  const loop = new Loop({
    ...boundsOf(assignment),
    arrivals,
    tally,
    dial,
    backlogMax: clients.clients,
    saturated: () => undefined,
  });
  const pacer = paceClients(arrivals, () => loop.tick());
  return {
    loop,
    tally,
    begin(startMs) {
      tally.fromMs = startMs + warmupMs;
      arrivals.begin(startMs);
      pacer.begin(startMs);
      loop.tick();
    },
    stop() {
      void pacer.stop();
      if (arrivals.isHeldBack)
        remark(
          `the host's policy held this closed loop to ${ratePerSecondMax} requests/s (limits/ratePerSecond in its policy.yaml): its rate is not the target's`,
        );
    },
  };
}

/** What a worker's share allows its loop. */
function boundsOf({ plan, share }: Assignment) {
  return {
    exchangesMax: shareOf(plan.connections, share) * (plan.streams ?? 1),
    timeoutMs: plan.timeoutMs,
    clock: monotonicMs,
  };
}
