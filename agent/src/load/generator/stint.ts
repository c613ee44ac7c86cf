// A worker's time line: it waits for the start, warms up, reports a delta at every second of the run proper, and ends.
import type { GeneratorHealth, LoadPlan } from "@tidemark/proto";
import { type IntervalReport, unknownHealth } from "../carrier.ts";
import { engineLimits } from "../limits.ts";
import { monotonicMs } from "../pacers/pacer.ts";
import { type HealthWatch, watchHealth } from "./health.ts";
import type { PreparedLoad } from "./prepared-load.ts";

export interface StintEvents {
  interval(report: IntervalReport): void;
  /** Last of all. */
  ended(ending: StintEnding): void;
}

export interface StintEnding {
  /** True when the whole planned duration passed. */
  readonly whole: boolean;
  readonly cause: string;
  readonly unsent: number;
  readonly inFlight: number;
  readonly health: GeneratorHealth;
}

export interface Stint {
  /** The plan starts at `startMs` of `monotonicMs`, which is `startUnixMs` by the host's clock, past or to come. Once. */
  begin(startMs: number, startUnixMs: number): void;
  /** Ends it now; `cause` is empty for whoever was told to. Once it has ended, nothing. */
  end(cause: string): void;
}

export function openStint(load: PreparedLoad, plan: LoadPlan, events: StintEvents): Stint {
  const { loop, tally } = load;
  const { durationMs, timeoutMs, warmupMs = 0 } = plan;
  const { intervalMs, startLeadMs, sweepMsMin, sweepMsMax } = engineLimits;
  /** When the run proper begins. */
  let baseMs = Number.POSITIVE_INFINITY;
  let baseUnixMs = 0;
  let health: HealthWatch | undefined;
  let isOver = false;

  let reportedMs = 0;
  let reportDueMs: number = intervalMs;
  let cpu = process.threadCpuUsage();
  const report = (elapsedMs: number, backlog: number, inFlight: number) => {
    const used = process.threadCpuUsage(cpu);
    cpu = process.threadCpuUsage();
    events.interval({
      kind: "interval",
      startedAtMs: baseUnixMs + reportedMs,
      durationMs: elapsedMs - reportedMs,
      backlog,
      inFlight,
      threadCpu: (used.user + used.system) / 1_000 / (elapsedMs - reportedMs),
      delta: tally.counted.take(),
    });
    reportedMs = elapsedMs;
  };

  let sweep: NodeJS.Timeout | undefined;
  let boundary: NodeJS.Timeout | undefined;
  const end = (cause: string) => {
    if (isOver) return;
    isOver = true;
    clearInterval(sweep);
    clearTimeout(boundary);
    const elapsedMs = monotonicMs() - baseMs;
    const { unsent, inFlight } = loop.stop();
    if (elapsedMs > 0) report(elapsedMs, unsent, inFlight);
    const fared = health?.read(tally.counted.ownLateness) ?? unknownHealth;
    health?.stop();
    load.stop();
    events.ended({ whole: elapsedMs >= durationMs, cause, unsent, inFlight, health: fared });
  };
  const untilNext = () => {
    const elapsedMs = monotonicMs() - baseMs;
    // Timers fire up to 1 ms early, so both times are looked at again rather than trusted.
    if (elapsedMs >= durationMs) {
      end("");
      return;
    }
    if (elapsedMs >= reportDueMs) {
      loop.tick();
      report(elapsedMs, loop.backlog, loop.inFlight);
      reportDueMs = (Math.floor(elapsedMs / intervalMs) + 1) * intervalMs;
    }
    boundary = setTimeout(untilNext, Math.max(1, Math.min(durationMs, reportDueMs) - elapsedMs));
  };
  /** What the run proper is judged by begins with it, a little before, so that looking does not delay its first request. */
  const watch = () => {
    health = watchHealth();
    cpu = process.threadCpuUsage();
    untilNext();
  };

  return {
    begin(startMs, startUnixMs) {
      if (isOver) return;
      baseMs = startMs + warmupMs;
      baseUnixMs = startUnixMs + warmupMs;
      const sweepMs = Math.min(sweepMsMax, Math.max(sweepMsMin, Math.floor(timeoutMs / 16)));
      sweep = setInterval(() => loop.sweep(), sweepMs);
      load.begin(startMs);
      const untilWatchMs = baseMs - startLeadMs - monotonicMs();
      if (untilWatchMs > 0) boundary = setTimeout(watch, untilWatchMs);
      else watch();
    },
    end,
  };
}
