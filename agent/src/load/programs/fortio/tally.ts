// Adds up fortio's calls, second by second.
import { type Counts, type LoadPlan, Histogram, emptyCounts } from "@tidemark/proto";
import type { IntervalReport } from "../../carrier.ts";
import { engineLimits } from "../../limits.ts";
import { openExpectation } from "../../requests/expectation.ts";
import { OutputRejected } from "../program.ts";
import { intervalOf } from "../output/stretch.ts";
import type { Call } from "./access-log.ts";
import type { CallSchedule } from "./schedule.ts";

/** A call may outlast the run by its timeout, and by this for what a busy host adds. */
const slackMs = 60_000;
/** An answer at this fraction of the timeout or later was none: fortio says -1 for whatever went wrong. */
const timeoutShare = 0.98;

export interface TallyOptions {
  readonly plan: LoadPlan;
  readonly schedule: CallSchedule;
  /** Unix µs. */
  readonly startMicros: number;
  readonly report: (interval: IntervalReport) => void;
}

/** Known for the whole run only. */
export type Traffic = Pick<Counts, "connects" | "bytesSent" | "bytesReceived">;

/** Calls must come in the order in which they ended, as they do in the log. */
export class Tally {
  readonly #options: TallyOptions;
  readonly #accepts: (status: number) => boolean;
  #counts: Counts = emptyCounts();
  #response = new Histogram();
  #service = new Histogram();
  #lateness = new Histogram();
  /** Iterations of each thread so far. */
  readonly #made: number[] = [];
  /** When each thread's last call ended, µs after the start. */
  readonly #freeMicros: number[] = [];
  #reportedMs = 0;
  #due = 0;
  sent = 0;
  /** How late calls were made though their thread was free: fortio's own doing. */
  readonly ownLateness = new Histogram();

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#accepts = openExpectation(options.plan).status;
  }

  add(call: Call): void {
    const { schedule, startMicros, plan } = this.#options;
    const { thread, iteration, latencyMicros } = call;
    const made = this.#made[thread] ?? 0;
    if (thread >= schedule.threads || iteration >= schedule.calls || iteration !== made)
      throw new OutputRejected(
        `fortio's access log: call ${iteration} of thread ${thread} after ${made} calls; there should be ${schedule.calls} calls of ${schedule.threads} threads`,
      );
    const startedMicros = call.startedMicros - startMicros;
    const endedMs = (startedMicros + latencyMicros) / 1_000;
    if (!(startedMicros >= 0 && endedMs <= plan.durationMs + plan.timeoutMs + slackMs))
      throw new OutputRejected(
        `fortio's access log: call ${iteration} of thread ${thread} ended ${Math.round(endedMs)} ms after the start`,
      );
    this.#advance(endedMs);
    const dueMicros = schedule.dueMicros(thread, iteration);
    // fortio's clock is read after its sleep, which never ends early.
    const lateMicros = Math.max(0, startedMicros - dueMicros);
    this.ownLateness.record(startedMicros - Math.max(dueMicros, this.#freeMicros[thread] ?? 0));
    this.#freeMicros[thread] = startedMicros + latencyMicros;
    this.#made[thread] = made + 1;
    this.sent += 1;
    this.#counts.sent += 1;
    this.#lateness.record(lateMicros);
    if (this.#isMeasured(call)) {
      this.#response.record(lateMicros + latencyMicros);
      this.#service.record(latencyMicros);
    }
  }

  /** Says everything up to the end. What was due and never made is recorded as having waited until then. */
  finish(elapsedMs: number, isStopped: boolean, traffic: Traffic): { unsent: number } {
    const { schedule } = this.#options;
    this.#advance(elapsedMs);
    this.#counts.connects += traffic.connects;
    this.#counts.bytesSent += traffic.bytesSent;
    this.#counts.bytesReceived += traffic.bytesReceived;
    const elapsedMicros = elapsedMs * 1_000;
    let unsent = 0;
    for (let thread = 0; thread < schedule.threads; thread += 1)
      for (let call = this.#made[thread] ?? 0; call < schedule.calls; call += 1) {
        const waitedMicros = elapsedMicros - schedule.dueMicros(thread, call);
        if (isStopped && waitedMicros < 0) break;
        unsent += 1;
        this.#response.record(waitedMicros);
      }
    this.#report(elapsedMs, this.sent + unsent, unsent);
    return { unsent };
  }

  /** Whether the call took as long as something took: fast failures are no latencies. */
  #isMeasured({ ok, details, latencyMicros }: Call): boolean {
    const counts = this.#counts;
    const status = /^[1-9]\d\d$/.test(details) ? Number(details) : ok ? 0 : undefined;
    if (status === undefined) {
      const isTimeout = latencyMicros >= this.#options.plan.timeoutMs * 1_000 * timeoutShare;
      counts.errors[isTimeout ? "timeout" : "reset"] += 1;
      return isTimeout;
    }
    counts.completed += 1;
    counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
    if (!this.#accepts(status)) counts.unexpected += 1;
    return true;
  }

  /** Reports every second that is over by `elapsedMs`. */
  #advance(elapsedMs: number): void {
    const { schedule } = this.#options;
    const { intervalMs } = engineLimits;
    while (elapsedMs >= this.#reportedMs + intervalMs) {
      const endMs = this.#reportedMs + intervalMs;
      const due = Math.max(this.sent, schedule.dueBy(endMs * 1_000));
      this.#report(endMs, due, due - this.sent);
    }
  }

  #report(endMs: number, due: number, backlog: number): void {
    const { startMicros, report } = this.#options;
    const durationMs = Math.max(0, endMs - this.#reportedMs);
    report(
      intervalOf({
        startedAtMs: startMicros / 1_000 + this.#reportedMs,
        durationMs,
        counts: { ...this.#counts, due: Math.max(0, due - this.#due) },
        histograms: { response: this.#response, service: this.#service, lateness: this.#lateness },
        backlog,
      }),
    );
    this.#due = Math.max(this.#due, due);
    this.#reportedMs = Math.max(this.#reportedMs, endMs);
    this.#counts = emptyCounts();
    for (const histogram of [this.#response, this.#service, this.#lateness]) histogram.reset();
  }
}
