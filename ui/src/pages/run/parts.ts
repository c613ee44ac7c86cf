// A run is seen whole or through one of its agents; both say the same things of themselves. Pure.
import type { GeneratorHealth, Run, RunAgent, Source } from "@tidemark/proto";
import { formatMillis } from "../../format/duration.ts";
import { formatPercent } from "../../format/number.ts";

/** All agents merged, or one alone. */
export type Part = Run | RunAgent;

/** The agent of this id, or the whole run. */
export function partOf(run: Run, agentId: string | undefined): Part {
  return run.agents.find(({ agent }) => agent === agentId) ?? run;
}

export const isActive = ({ state }: Pick<Part, "state">): boolean =>
  state === "pending" || state === "running";

/** Agents that did not see the run through while others did, or went on. */
export function lostAgents(run: Run): readonly RunAgent[] {
  const lost = run.agents.filter(
    (agent) => !isActive(agent) && agent.state !== "completed" && agent.state !== "cancelled",
  );
  return lost.length === run.agents.length ? [] : lost;
}

/** Whom a run lost, and what the numbers are then of; undefined when it lost nobody. */
export function degradedSentence(run: Run): string | undefined {
  const lost = lostAgents(run);
  if (lost.length === 0) return undefined;
  const names = lost.map(({ agentName, cause }) => (cause ? `${agentName} (${cause})` : agentName));
  const left = run.agents.length - lost.length;
  return `Degraded: ${names.join(", ")} did not see it through. What it had sent is counted; the rest of its share was not sent by the other ${left === 1 ? "agent" : `${left} agents`}.`;
}

/** The worst of several generators, figure by figure; null while none has reported. */
export function worstHealth(parts: readonly Pick<RunAgent, "generator">[]): GeneratorHealth | null {
  const known = parts.flatMap(({ generator }) => (generator === null ? [] : [generator]));
  const [first] = known;
  if (first === undefined) return null;
  const worst = (key: keyof GeneratorHealth) => Math.max(...known.map((each) => each[key] ?? 0));
  const orUnknown = (key: "hostCpu" | "hostSteal" | "hostCpuPressure") =>
    known.every((each) => each[key] === null) ? null : worst(key);
  return {
    threadCpu: worst("threadCpu"),
    processCpu: worst("processCpu"),
    eventLoopDelayP99Ms: worst("eventLoopDelayP99Ms"),
    eventLoopDelayMaxMs: worst("eventLoopDelayMaxMs"),
    gcPauseMs: worst("gcPauseMs"),
    latenessP99Micros: worst("latenessP99Micros"),
    latenessMaxMicros: worst("latenessMaxMicros"),
    hostCpu: orUnknown("hostCpu"),
    hostSteal: orUnknown("hostSteal"),
    hostCpuPressure: orUnknown("hostCpuPressure"),
  };
}

/** "Tidemark 0.1.0, exact", "wrk2 4.0.0, approximate: within 0.4 %". */
export function sourceInWords({ generator, version, exact, relativeErrorMax }: Source): string {
  const name = `${generator === "tidemark" ? "Tidemark" : generator} ${version}`.trim();
  if (exact) return `${name}, exact`;
  return relativeErrorMax === null
    ? `${name}, approximate: by how much is unknown`
    : `${name}, approximate: within ${formatPercent(relativeErrorMax)}`;
}

/** "+1.3 ms ± 0.5 ms": the agent's clock beside the hub's. */
export function clockInWords(clock: RunAgent["clock"]): string {
  if (clock === null) return "–";
  const sign = clock.aheadMs > 0 ? "+" : clock.aheadMs < 0 ? "−" : "";
  return `${sign}${formatMillis(Math.abs(clock.aheadMs))} ± ${formatMillis(clock.uncertaintyMs)}`;
}

/** The sources of all parts, each once. */
export function sourcesOf(parts: readonly Pick<RunAgent, "source">[]): readonly string[] {
  const words = parts.flatMap(({ source }) => (source === null ? [] : [sourceInWords(source)]));
  return [...new Set(words)];
}
