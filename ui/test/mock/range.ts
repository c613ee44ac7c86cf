// The mock's range and live answers, from signals.
import type { LiveSamples, RangeResult } from "@tidemark/proto";
import { isSilent } from "./levels.ts";
import { signalsOf, type Signal } from "./signals.ts";

const known = new Map<string, readonly Signal[]>();

function signalsFor(agent: string): readonly Signal[] {
  const signals = known.get(agent) ?? signalsOf(agent);
  known.set(agent, signals);
  return signals;
}

export function rangeOf(
  agent: string,
  metrics: readonly string[],
  from: number,
  to: number,
  points: number,
): RangeResult {
  const stepSeconds = Math.max(1, Math.ceil((to - from) / points));
  const first = Math.ceil(from / stepSeconds) * stepSeconds;
  const present = Math.floor(Date.now() / 1_000);
  const times = Array.from(
    { length: Math.max(0, Math.ceil((to - first) / stepSeconds)) },
    (_, index) => first + index * stepSeconds,
  );
  const isRaw = stepSeconds === 1;
  const at = (signal: Signal, spread: number) =>
    times.map((t) => (t > present || (isRaw && isSilent(t)) ? null : signal.at(t) * spread));
  return {
    resolution: isRaw ? "raw" : stepSeconds < 3_600 ? "1m" : "1h",
    stepSeconds,
    times,
    truncated: false,
    series: signalsFor(agent)
      .filter((signal) => metrics.includes(signal.metric))
      .map((signal) => ({
        agent,
        metric: signal.metric,
        labels: signal.labels,
        unit: signal.unit,
        kind: signal.kind,
        mean: at(signal, 1),
        ...(isRaw ? {} : { min: at(signal, 0.82), max: at(signal, 1.24) }),
      })),
  };
}

export function samplesOf(agent: string, second: number): LiveSamples {
  return {
    agent,
    times: [second],
    series: signalsFor(agent).map((signal) => ({
      metric: signal.metric,
      labels: signal.labels,
      unit: signal.unit,
      kind: signal.kind,
      values: [signal.at(second)],
    })),
  };
}
