// The reports of several workers as those of one: each second's deltas added up, one end when all have ended.
import type { CarrierReport, IntervalReport } from "./carrier.ts";
import { mergedHealth } from "./generator/health.ts";
import { type Delta, mergedDeltas } from "./generator/recorder.ts";

type Ended = Extract<CarrierReport, { kind: "ended" }>;

export interface WorkerReports {
  /** Worker `index` (0, 1 …) has reported; what follows from it for the whole, if anything. */
  take(index: number, report: CarrierReport): readonly CarrierReport[];
}

/** What has come in since the last merged interval; at most one delta, whoever is behind. */
interface Pending {
  readonly startedAtMs: number;
  readonly delta: Delta;
  /** Thread CPU, ms. */
  readonly cpuMs: number;
}

/**
 * An interval is told once every worker that still runs has reported since the last one: a worker that is a second behind is
 * waited for, and what the others report meanwhile goes into the same interval. Nothing is lost, and nothing is kept twice.
 */
export function mergeWorkerReports(workers: number): WorkerReports {
  const latest = new Map<number, IntervalReport>();
  const ended = new Map<number, Ended>();
  const fresh = new Set<number>();
  let pending: Pending | undefined;
  let toldUntilMs: number | undefined;

  const add = ({ startedAtMs, durationMs, threadCpu, delta }: IntervalReport) => {
    pending = {
      startedAtMs: pending?.startedAtMs ?? startedAtMs,
      delta: pending === undefined ? delta : mergedDeltas(pending.delta, delta),
      cpuMs: (pending?.cpuMs ?? 0) + threadCpu * durationMs,
    };
  };
  /** The merged interval that is complete now. */
  const told = (): readonly IntervalReport[] => {
    if (pending === undefined) return [];
    const { startedAtMs, delta, cpuMs } = pending;
    const reports = [...latest.values()];
    const fromMs = toldUntilMs ?? startedAtMs;
    toldUntilMs = Math.max(...reports.map((report) => report.startedAtMs + report.durationMs));
    const durationMs = toldUntilMs - fromMs;
    pending = undefined;
    fresh.clear();
    return [
      {
        kind: "interval",
        startedAtMs: fromMs,
        durationMs,
        backlog: reports.reduce((sum, { backlog }) => sum + backlog, 0),
        inFlight: reports.reduce((sum, { inFlight }) => sum + inFlight, 0),
        threadCpu: durationMs > 0 ? cpuMs / durationMs : 0,
        delta,
      },
    ];
  };
  const whole = (last: Ended): Ended => {
    const endings = [...ended.values()];
    return {
      kind: "ended",
      whole: endings.every((ending) => ending.whole),
      cause: endings.find(({ cause }) => cause !== "")?.cause ?? "",
      unsent: endings.reduce((sum, { unsent }) => sum + unsent, 0),
      inFlight: endings.reduce((sum, { inFlight }) => sum + inFlight, 0),
      health: mergedHealth(endings.map(({ health }) => health)),
      source: last.source,
      remarks: [...new Set(endings.flatMap(({ remarks }) => remarks))],
    };
  };

  return {
    take(index, report) {
      if (report.kind === "ended") {
        ended.set(index, report);
        return ended.size < workers ? [] : [...told(), whole(report)];
      }
      latest.set(index, report);
      fresh.add(index);
      add(report);
      const isTold = (at: number) => fresh.has(at) || ended.has(at);
      return Array.from({ length: workers }, (_, at) => isTold(at)).every(Boolean) ? told() : [];
    },
  };
}
