// How far each agent's clock is from the hub's, before several begin at one instant. Each is asked a few times; the answer with
// the shortest round trip says most, and is off by at most half of it.
import type { AgentId } from "@tidemark/proto";
import type { ClockReading } from "../store/assignments.ts";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import { runLimits } from "./limits.ts";

export type Compared =
  | { readonly kind: "compared"; readonly clocks: ReadonlyMap<AgentId, ClockReading> }
  | {
      readonly kind: "unusable";
      readonly agent: AgentId;
      readonly isSilent: boolean;
      readonly reason: string;
    };

/** All agents at the same time, each one's questions one after the other. */
export async function compareClocks(
  dispatcher: Dispatcher,
  agents: readonly AgentId[],
  now: () => number,
): Promise<Compared> {
  const clocks = new Map<AgentId, ClockReading>();
  const readings = await Promise.all(agents.map((agent) => readClock(dispatcher, agent, now)));
  for (const [at, agent] of agents.entries()) {
    const clock = readings[at];
    if (clock === undefined)
      return { kind: "unusable", agent, isSilent: true, reason: "it did not answer" };
    const reason = faultOf(clock);
    if (reason !== undefined) return { kind: "unusable", agent, isSilent: false, reason };
    clocks.set(agent, clock);
  }
  return { kind: "compared", clocks };
}

/** Undefined when no answer came. */
async function readClock(
  dispatcher: Dispatcher,
  agent: AgentId,
  now: () => number,
): Promise<ClockReading | undefined> {
  let best: ClockReading | undefined;
  for (let asked = 0; asked < runLimits.clockAsks; asked += 1) {
    const sentAtMs = now();
    const delivery = await dispatcher.send(
      agent,
      { kind: "clock" },
      { timeoutMs: runLimits.clockAnswerMs },
    );
    if (delivery.kind === "offline") return best;
    if (!delivery.reply.ok || delivery.reply.clockMs === undefined) return best;
    const reading = readingOf(sentAtMs, delivery.reply.clockMs, now());
    if (best === undefined || reading.uncertaintyMs < best.uncertaintyMs) best = reading;
  }
  return best;
}

/** Pure. Both clocks tell whole milliseconds, so that no reading is better than half of one. */
export function readingOf(sentAtMs: number, clockMs: number, answeredAtMs: number): ClockReading {
  return {
    aheadMs: clockMs - (sentAtMs + answeredAtMs) / 2,
    uncertaintyMs: Math.max(1, answeredAtMs - sentAtMs) / 2,
  };
}

/** Why an agent with this clock cannot begin together with others. Pure. */
export function faultOf({ aheadMs, uncertaintyMs }: ClockReading): string | undefined {
  const { clockUncertaintyMsMax, clockAheadMsMax } = runLimits;
  if (uncertaintyMs > clockUncertaintyMsMax)
    return `its clock is known to ${Math.round(uncertaintyMs)} ms only; ${clockUncertaintyMsMax} ms are needed to begin together`;
  if (Math.abs(aheadMs) > clockAheadMsMax)
    return `its clock is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? "ahead of" : "behind"} the hub's, more than ${clockAheadMsMax / 1_000} s: set it right`;
  return undefined;
}
