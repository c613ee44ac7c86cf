// How the generating thread itself fares: CPU, event-loop delay, garbage collection, and the host under it. What says whether
// its latencies can be believed.
import { PerformanceObserver, monitorEventLoopDelay } from "node:perf_hooks";
import type { GeneratorHealth, Histogram } from "@tidemark/proto";
import { monotonicMs } from "../pacers/pacer.ts";
import { hostUse, readHostTotals } from "./host-use.ts";

export interface HealthWatch {
  /** Over the time since the watch began. */
  read(ownLateness: Histogram): GeneratorHealth;
  stop(): void;
}

const loopResolutionMs = 10;

export function watchHealth(): HealthWatch {
  const startedMs = monotonicMs();
  const host = readHostTotals();
  const thread = process.threadCpuUsage();
  const whole = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  delay.enable();
  let gcPauseMs = 0;
  const collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) gcPauseMs += entry.duration;
  });
  collections.observe({ entryTypes: ["gc"] });
  return {
    read(ownLateness) {
      const elapsedMs = monotonicMs() - startedMs;
      const elapsedMicros = Math.max(1, elapsedMs * 1_000);
      const threadUsed = process.threadCpuUsage(thread);
      const wholeUsed = process.cpuUsage(whole);
      const loopMs = (nanos: number) => Math.max(0, nanos / 1e6 - loopResolutionMs) || 0;
      return {
        threadCpu: (threadUsed.user + threadUsed.system) / elapsedMicros,
        processCpu: (wholeUsed.user + wholeUsed.system) / elapsedMicros,
        eventLoopDelayP99Ms: loopMs(delay.percentile(99)),
        eventLoopDelayMaxMs: loopMs(delay.max),
        gcPauseMs,
        latenessP99Micros: ownLateness.total === 0 ? 0 : ownLateness.percentile(99),
        latenessMaxMicros: ownLateness.max,
        ...hostUse(host, readHostTotals(), elapsedMs),
      };
    },
    stop() {
      delay.disable();
      collections.disconnect();
    },
  };
}

/** Of several workers as one: what spoils a run is as bad as the worst of them has it; pauses for garbage add up. */
export function mergedHealth(workers: readonly GeneratorHealth[]): GeneratorHealth {
  const worst = (of: (health: GeneratorHealth) => number) => Math.max(0, ...workers.map(of));
  const known = (of: (health: GeneratorHealth) => number | null) => {
    const values = workers.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  };
  return {
    threadCpu: worst(({ threadCpu }) => threadCpu),
    processCpu: worst(({ processCpu }) => processCpu),
    eventLoopDelayP99Ms: worst(({ eventLoopDelayP99Ms }) => eventLoopDelayP99Ms),
    eventLoopDelayMaxMs: worst(({ eventLoopDelayMaxMs }) => eventLoopDelayMaxMs),
    gcPauseMs: workers.reduce((sum, { gcPauseMs }) => sum + gcPauseMs, 0),
    latenessP99Micros: worst(({ latenessP99Micros }) => latenessP99Micros),
    latenessMaxMicros: worst(({ latenessMaxMicros }) => latenessMaxMicros),
    hostCpu: known(({ hostCpu }) => hostCpu),
    hostSteal: known(({ hostSteal }) => hostSteal),
    hostCpuPressure: known(({ hostCpuPressure }) => hostCpuPressure),
  };
}
