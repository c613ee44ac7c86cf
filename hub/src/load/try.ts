// One request of a plan, from one agent, shown whole before a test is saved. Nothing is stored.
import type { AgentId, LoadPlan, TriedExchange } from "@tidemark/proto";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import { runLimits } from "./limits.ts";
import type { Refused } from "./start.ts";

export type TriedOutcome =
  | { readonly kind: "tried"; readonly agent: AgentId; readonly exchange: TriedExchange }
  | Refused;

export async function tryOnce(
  dispatcher: Dispatcher,
  agent: AgentId,
  plan: LoadPlan,
): Promise<TriedOutcome> {
  const timeoutMs = Math.min(plan.timeoutMs, runLimits.triedTimeoutMsMax);
  const delivery = await dispatcher.send(
    agent,
    { kind: "try", plan: { ...plan, timeoutMs } },
    { timeoutMs: timeoutMs + runLimits.triedAnswerMs },
  );
  if (delivery.kind === "offline")
    return {
      kind: "refused",
      code: "agent-offline",
      reason: "the agent did not answer: it is offline or cannot reach the broker",
    };
  const { reply } = delivery;
  if (!reply.ok) return { kind: "refused", code: "agent-refused", reason: reply.reason };
  if (reply.exchange === undefined)
    return {
      kind: "refused",
      code: "agent-refused",
      reason: "the agent answered without an exchange: it is of another version",
    };
  return { kind: "tried", agent, exchange: reply.exchange };
}
