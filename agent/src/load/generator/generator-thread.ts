// The body of the generator's thread: wires schedule, driver, open loop and pacer, reports a delta a second, and ends at the
// planned duration or when told to stop.
import { type MessagePort } from "node:worker_threads";
import { bases, loadLimits } from "@tidemark/proto";
import type { Assignment, CarrierReport, IntervalReport } from "../carrier.ts";
import { driverNamed } from "../drivers/index.ts";
import { engineLimits } from "../limits.ts";
import { pacerFor } from "../pacers/index.ts";
import { monotonicMs } from "../pacers/pacer.ts";
import { scheduleOf } from "../pacings/index.ts";
import { watchHealth } from "./health.ts";
import { OpenLoop } from "./open-loop.ts";

export interface GeneratorStart {
  readonly kind: "generator";
  readonly assignment: Assignment;
  /** The agent's. */
  readonly version: string;
  readonly port: MessagePort;
}

/** What the runner may say. */
export interface StopGenerating {
  readonly kind: "stop";
}

/** Runs one plan and tells `port`; resolves once it is under way. */
export async function generate({ assignment, version, port }: GeneratorStart): Promise<void> {
  const { plan, endpoint, run, share, secrets } = assignment;
  const { durationMs, timeoutMs } = plan;
  const remarks = new Set<string>();
  const schedule = scheduleOf(plan.pacing, durationMs);
  const driver = await driverNamed(plan.driver);
  const dial = await driver.prepare(plan, {
    endpoint,
    run,
    share,
    secrets,
    judge: async () => ({ kind: "refused", reason: "redirects stay at the target" }),
    remark: (text) => remarks.add(text),
  });
  const loop = new OpenLoop({
    schedule,
    dial,
    connections: plan.connections * (plan.streams ?? 1),
    timeoutMs,
    backlogMax: loadLimits.backlogMax,
    clock: monotonicMs,
    saturated: (saturated) => pacer.saturated(saturated),
  });
  const pacer = await pacerFor(plan.precision).ready({
    pacing: plan.pacing,
    durationMs,
    schedule,
    tick: () => loop.tick(),
  });
  const health = watchHealth();
  const baseMs = monotonicMs();
  const baseUnixMs = Date.now();

  const { intervalMs } = engineLimits;
  let reportedMs = 0;
  let reportDueMs = intervalMs;
  const report = (elapsedMs: number, backlog: number, inFlight: number) => {
    const interval: IntervalReport = {
      kind: "interval",
      startedAtMs: Math.round(baseUnixMs + reportedMs),
      durationMs: elapsedMs - reportedMs,
      backlog,
      inFlight,
      delta: loop.recorder.take(),
    };
    reportedMs = elapsedMs;
    port.postMessage(
      interval,
      bases.map((basis) => interval.delta.histograms[basis].counts.buffer as ArrayBuffer),
    );
  };

  const sweepMs = Math.min(
    engineLimits.sweepMsMax,
    Math.max(engineLimits.sweepMsMin, Math.floor(timeoutMs / 16)),
  );
  const sweep = setInterval(() => loop.sweep(), sweepMs);
  let boundary: NodeJS.Timeout;
  const end = () => {
    clearInterval(sweep);
    clearTimeout(boundary);
    port.off("message", onMessage);
    const elapsedMs = monotonicMs() - baseMs;
    const { unsent, inFlight } = loop.stop();
    report(elapsedMs, unsent, inFlight);
    const ended: CarrierReport = {
      kind: "ended",
      whole: elapsedMs >= durationMs,
      cause: "",
      unsent,
      inFlight,
      health: health.read(loop.ownLateness),
      source: { generator: "tidemark", version, exact: true, relativeErrorMax: null },
      remarks: [...remarks],
    };
    health.stop();
    port.postMessage(ended);
    port.close();
    void pacer.stop();
  };
  const untilNext = () => {
    const elapsedMs = monotonicMs() - baseMs;
    // Timers fire up to 1 ms early, so both times are looked at again rather than trusted.
    if (elapsedMs >= durationMs) {
      end();
      return;
    }
    if (elapsedMs >= reportDueMs) {
      loop.tick();
      report(elapsedMs, loop.backlog, loop.inFlight);
      reportDueMs = (Math.floor(elapsedMs / intervalMs) + 1) * intervalMs;
    }
    boundary = setTimeout(untilNext, Math.max(1, Math.min(durationMs, reportDueMs) - elapsedMs));
  };
  const onMessage = (message: StopGenerating) => {
    if (message.kind === "stop") end();
  };
  port.on("message", onMessage);
  pacer.begin(baseMs);
  loop.start(baseMs);
  untilNext();
}
