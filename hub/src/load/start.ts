// Sends a new run to its agent and records what became of it.
import type { LoadPlan, ProblemCode, RefusalCode, Run } from "@tidemark/proto";
import type { Delivery, Dispatcher } from "../tasks/dispatcher.ts";
import type { Change } from "./changes.ts";
import type { KnownRun } from "./known-run.ts";
import { heard } from "./leases.ts";
import { runLimits } from "./limits.ts";

export type Created =
  | { readonly kind: "started"; readonly run: Run }
  | {
      readonly kind: "refused";
      readonly code: ProblemCode;
      /** JSON pointer to the field at fault, where there is one. */
      readonly field?: string | undefined;
      readonly reason: string;
    };

/** Undefined when the run is under way. */
export async function startOnAgent(deps: {
  readonly known: KnownRun;
  readonly plan: LoadPlan;
  readonly dispatcher: Dispatcher;
  readonly change: Change;
  readonly now: () => number;
}): Promise<Extract<Created, { kind: "refused" }> | undefined> {
  const { known, plan, dispatcher, change, now } = deps;
  const { id, agent } = known.record;
  // Stored before it is sent: whatever happens next, a result that arrives finds its run.
  await change(known, {});
  let delivery: Delivery;
  try {
    delivery = await dispatcher.send(
      agent,
      { kind: "run", run: id, plan },
      { timeoutMs: runLimits.startAnswerMs },
    );
  } catch (cause) {
    await change(known, { state: "failed", cause: "the run could not be sent", endedAtMs: now() });
    throw cause;
  }
  if (delivery.kind === "offline") {
    const reason = "the agent did not answer: it is offline or cannot reach the broker";
    await change(known, { state: "failed", cause: reason, endedAtMs: now() });
    return { kind: "refused", code: "agent-offline", reason };
  }
  if (!delivery.reply.ok) {
    const { code, reason } = delivery.reply;
    await change(known, { state: "refused", cause: reason, endedAtMs: now() });
    return { kind: "refused", code: problemOf(code), reason };
  }
  heard(known, true, now());
  // A run of a tenth of a second may have ended by now.
  await change(known, ({ state }) => (state === "pending" ? { state: "running" } : undefined));
  return undefined;
}

function problemOf(code: RefusalCode): ProblemCode {
  return code === "busy" ? "conflict" : "agent-refused";
}
