// How the generating thread itself fares: CPU, event-loop delay, garbage collection. What says whether its latencies can be
// believed.
import { PerformanceObserver, monitorEventLoopDelay } from "node:perf_hooks";
import type { GeneratorHealth, Histogram } from "@tidemark/proto";
import { monotonicMs } from "../pacers/pacer.ts";

export interface HealthWatch {
  /** Over the time since the watch began. */
  read(ownLateness: Histogram): GeneratorHealth;
  stop(): void;
}

const loopResolutionMs = 10;

export function watchHealth(): HealthWatch {
  const startedMs = monotonicMs();
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
      const elapsedMicros = Math.max(1, (monotonicMs() - startedMs) * 1_000);
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
        hostCpu: null,
        hostSteal: null,
        hostCpuPressure: null,
      };
    },
    stop() {
      delay.disable();
      collections.disconnect();
    },
  };
}
