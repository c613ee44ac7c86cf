// One run under way: a generator thread, a lease that must be renewed, a deadline, a kill switch. However it ends, exactly one
// final is published, after all its intervals.
import { MessageChannel, Worker } from "node:worker_threads";
import type { EndState, GeneratorHealth, LoadPlan, RunFinal, RunInterval } from "@tidemark/proto";
import type { Endpoint } from "./drivers/driver.ts";
import type {
  GeneratorReport,
  GeneratorStart,
  StopGenerating,
} from "./generator/generator-thread.ts";
import { openLedger } from "./ledger.ts";
import { engineLimits } from "./limits.ts";
import { threadEntry } from "./thread-entry.ts";

export interface RunOptions {
  readonly plan: LoadPlan;
  readonly endpoint: Endpoint;
  readonly interval: (interval: RunInterval) => void;
  readonly final: (final: RunFinal) => void;
  readonly isKilled: () => boolean;
  /** Unix ms. */
  readonly now: () => number;
  /** The threads' program; `threadEntry()` but in tests. */
  readonly entry?: URL;
}

export interface ActiveRun {
  /** The run goes on for `ttlMs` more. */
  lease(ttlMs: number): void;
  /** Ends it within `engineLimits.stopGraceMs`; the first caller's state and cause stand. */
  end(state: EndState, cause: string): void;
  /** Resolves after the final was published and the thread is gone. */
  readonly ended: Promise<void>;
}

const unknownHealth: GeneratorHealth = {
  threadCpu: 0,
  processCpu: 0,
  eventLoopDelayP99Ms: 0,
  eventLoopDelayMaxMs: 0,
  gcPauseMs: 0,
  latenessP99Micros: 0,
  latenessMaxMicros: 0,
};

/** Room for a second's garbage of a fast run, so that it is rarely collected. */
const youngGenerationMb = 48;

/** Starts the generator; never throws: what goes wrong is the final's cause. */
export function startRun(options: RunOptions): ActiveRun {
  const { plan, endpoint, isKilled, now } = options;
  const ledger = openLedger(plan);
  const { port1: port, port2 } = new MessageChannel();
  const start: GeneratorStart = { kind: "generator", plan, endpoint, port: port2 };
  const thread = new Worker(options.entry ?? threadEntry(), {
    workerData: start,
    transferList: [port2],
    name: "load",
    // V8's own default, which the agent's process gives up for itself (see handover.ts).
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
  });
  const { promise: ended, resolve: settle } = Promise.withResolvers<void>();
  let asked: { readonly state: EndState; readonly cause: string } | undefined;
  let isOver = false;

  const finish = (state: EndState, cause: string, health: GeneratorHealth) => {
    if (isOver) return;
    isOver = true;
    for (const timer of [lease, deadline, killSwitch, grace]) clearTimeout(timer);
    port.close();
    const final = ledger.final({ state, cause, health }, now());
    // The thread first: whoever reads the final may ask for the next run at once.
    void thread.terminate().then(() => {
      options.final(final);
      settle();
    });
  };
  const end = (state: EndState, cause: string) => {
    if (isOver || asked !== undefined) return;
    asked = { state, cause };
    const stop: StopGenerating = { kind: "stop" };
    port.postMessage(stop);
    grace = setTimeout(() => finish(state, cause, unknownHealth), engineLimits.stopGraceMs);
  };

  const lapse = () => end("lease-lapsed", "the hub did not renew the run's lease");
  let lease = setTimeout(lapse, engineLimits.firstLeaseMs);
  let grace: NodeJS.Timeout | undefined;
  const deadline = setTimeout(
    () => end("failed", "the generator did not end by its deadline"),
    plan.durationMs + engineLimits.overrunMs,
  );
  const killSwitch = setInterval(() => {
    if (isKilled()) end("cancelled", "the kill switch was set on the host");
  }, engineLimits.killSwitchPollMs);

  port.on("message", (report: GeneratorReport) => {
    if (isOver) return;
    switch (report.kind) {
      case "interval":
        options.interval(ledger.interval(report));
        return;
      case "ended":
        // A stop that crossed the planned end on its way changed nothing.
        if (report.whole) finish("completed", "", report.health);
        else finish(asked?.state ?? "failed", asked?.cause ?? "it ended early", report.health);
    }
  });
  thread.once("error", (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    finish("failed", `the generator failed: ${reason}`, unknownHealth);
  });
  thread.once("exit", () => {
    // Messages sent just before an ordinary exit may still be on their way.
    setImmediate(() =>
      finish("failed", "the generator's thread ended without a result", unknownHealth),
    );
  });

  return {
    lease(ttlMs) {
      if (isOver) return;
      clearTimeout(lease);
      lease = setTimeout(lapse, ttlMs);
    },
    end,
    ended,
  };
}
