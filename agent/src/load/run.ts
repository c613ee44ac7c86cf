// One run under way: a carrier, a lease that must be renewed, a deadline, a kill switch. However it ends, exactly one final is
// published, after all its intervals.
import type { EndState, GeneratorHealth, RunFinal, RunInterval } from "@tidemark/proto";
import {
  type Assignment,
  type CarrierReport,
  type StartCarrier,
  unknownHealth,
} from "./carrier.ts";
import { type Ending, openLedger } from "./ledger.ts";
import { engineLimits } from "./limits.ts";
import { startThreads } from "./threads.ts";

export interface RunOptions {
  readonly assignment: Assignment;
  readonly interval: (interval: RunInterval) => void;
  readonly final: (final: RunFinal) => void;
  readonly isKilled: () => boolean;
  /** Unix ms. */
  readonly now: () => number;
  /** Looks at every interval; a cause, in words, ends the run as failed. For ceilings that only show while it runs. */
  readonly watch?: (seen: Watched) => string | undefined;
  /** Threads of our own but for plans of installed programs. */
  readonly carrier?: StartCarrier;
}

/** What a run has come to with its latest interval. */
export interface Watched {
  /** Sent and received since its beginning. */
  readonly bytes: number;
  /** CPU that generating took in this interval, as a fraction of one core; all workers together. */
  readonly threadCpu: number;
  /** Since the run proper began. */
  readonly elapsedMs: number;
}

export interface ActiveRun {
  /** The run goes on for `ttlMs` more. */
  lease(ttlMs: number): void;
  /** Ends it within `engineLimits.stopGraceMs`; the first caller's state and cause stand. */
  end(state: EndState, cause: string): void;
  /** Resolves after the final was published and the carrier is gone. */
  readonly ended: Promise<void>;
}

/** Starts the carrier; never throws: what goes wrong is the final's cause. */
export function startRun(options: RunOptions): ActiveRun {
  const { assignment, isKilled, now } = options;
  const { plan } = assignment;
  const ledger = openLedger(assignment);
  const { promise: ended, resolve: settle } = Promise.withResolvers<void>();
  let asked: { readonly state: EndState; readonly cause: string } | undefined;
  let isOver = false;
  let bytes = 0;
  let elapsedMs = 0;

  const finish = (ending: Ending) => {
    if (isOver) return;
    isOver = true;
    for (const timer of [lease, deadline, killSwitch, grace]) clearTimeout(timer);
    const final = ledger.final(ending, now());
    // The carrier first: whoever reads the final may ask for the next run at once.
    void carrier.terminate().then(() => {
      options.final(final);
      settle();
    });
  };
  const abandon = (state: EndState, cause: string, health: GeneratorHealth = unknownHealth) =>
    finish({ state, cause, health, source: undefined, remarks: [] });
  const end = (state: EndState, cause: string) => {
    if (isOver || asked !== undefined) return;
    asked = { state, cause };
    carrier.stop();
    grace = setTimeout(() => abandon(state, cause), engineLimits.stopGraceMs);
  };
  const report = (said: CarrierReport) => {
    if (isOver) return;
    if (said.kind === "interval") {
      const interval = ledger.interval(said);
      options.interval(interval);
      bytes += interval.counts.bytesSent + interval.counts.bytesReceived;
      elapsedMs += said.durationMs;
      const excess = options.watch?.({ bytes, threadCpu: said.threadCpu, elapsedMs });
      if (excess !== undefined) end("failed", excess);
      return;
    }
    const { health, source, remarks } = said;
    // A stop that crossed the planned end on its way changed nothing.
    if (said.whole) finish({ state: "completed", cause: "", health, source, remarks });
    else {
      const { state, cause } = asked ?? { state: "failed", cause: said.cause || "it ended early" };
      finish({ state, cause, health, source, remarks });
    }
  };

  const lapse = () => end("lease-lapsed", "the hub did not renew the run's lease");
  let lease = setTimeout(lapse, engineLimits.firstLeaseMs);
  let grace: NodeJS.Timeout | undefined;
  const { startAtMs } = assignment;
  const waitMs = startAtMs === undefined ? engineLimits.prepareMs : Math.max(0, startAtMs - now());
  const deadline = setTimeout(
    () => end("failed", "the generator did not end by its deadline"),
    waitMs + (plan.warmupMs ?? 0) + plan.durationMs + engineLimits.overrunMs,
  );
  const killSwitch = setInterval(() => {
    if (isKilled()) end("cancelled", "the kill switch was set on the host");
  }, engineLimits.killSwitchPollMs);
  const start = options.carrier ?? startThreads;
  // A carrier may fail while it is being started.
  const failed = (cause: string) => queueMicrotask(() => abandon("failed", cause));
  const carrier = start(assignment, { report, failed });

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
