// Sends a new run to its agents and records what became of it. One agent begins at once; several compare clocks, take their
// shares, and begin at one instant by each one's own clock. When one of them cannot, nobody does.
import type { AgentId, LoadPlan, ProblemCode, RefusalCode, Run } from "@tidemark/proto";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import type { Change, NewPart } from "./changes.ts";
import { compareClocks } from "./clocks.ts";
import { type KnownRun, hasEnded } from "./known-run.ts";
import { heard } from "./leases.ts";
import { runLimits } from "./limits.ts";

export interface Refused {
  readonly kind: "refused";
  readonly code: ProblemCode;
  /** JSON pointer to the field at fault, where there is one. */
  readonly field?: string | undefined;
  readonly reason: string;
}
export type Created = { readonly kind: "started"; readonly run: Run } | Refused;

export type Started =
  /** `startsInMs`: until the common start. */
  { readonly kind: "underway"; readonly startsInMs: number } | Refused;

export interface StartDeps {
  readonly known: KnownRun;
  /** With everything in it, secret or not. */
  readonly plan: LoadPlan;
  readonly dispatcher: Dispatcher;
  readonly change: Change;
  readonly nameOf: (agent: AgentId) => string;
  readonly now: () => number;
}

/** Why an agent does not take part. */
interface Fault {
  readonly agent: AgentId;
  readonly code: ProblemCode;
  readonly isRefusal: boolean;
  readonly reason: string;
}

const silence = "the agent did not answer: it is offline or cannot reach the broker";

export async function startTogether(deps: StartDeps): Promise<Started> {
  const { known, change, now } = deps;
  // Stored before anything is sent: whatever happens next, a result that arrives finds its run.
  await change(known, { run: {}, assignment: () => ({}) });
  const isAlone = known.assignments.size === 1;
  try {
    const uneven = isAlone ? undefined : await compare(deps);
    if (uneven !== undefined) return await giveUp(deps, uneven);
    const startsAtMs = isAlone ? undefined : now() + runLimits.startLeadMs;
    const fault = await sendAll(deps, startsAtMs);
    if (fault !== undefined) {
      await takeBack(deps);
      return await giveUp(deps, fault);
    }
    if (isAlone) await change(known, begun);
    return { kind: "underway", startsInMs: startsAtMs === undefined ? 0 : startsAtMs - now() };
  } catch (cause) {
    await endAll(deps, undefined, "the run could not be sent");
    throw cause;
  }
}

/** The common start has come; a run of a tenth of a second may have ended by now. */
export const begun: NewPart = {
  assignment: ({ state }) => (state === "pending" ? { state: "running" } : undefined),
};

async function compare({ known, dispatcher, change, now }: StartDeps): Promise<Fault | undefined> {
  const compared = await compareClocks(dispatcher, [...known.assignments.keys()], now);
  if (compared.kind === "unusable") {
    const { agent, isSilent, reason } = compared;
    return isSilent
      ? { agent, code: "agent-offline", isRefusal: false, reason: silence }
      : { agent, code: "conflict", isRefusal: true, reason };
  }
  await change(known, { assignment: ({ agent }) => ({ clock: compared.clocks.get(agent) }) });
  return undefined;
}

/** Every agent its share; the first that does not take it, where there is one. */
async function sendAll(
  deps: StartDeps,
  startsAtMs: number | undefined,
): Promise<Fault | undefined> {
  const { known, plan, dispatcher, now } = deps;
  const timeoutMs =
    startsAtMs === undefined
      ? runLimits.startAnswerMs
      : runLimits.startLeadMs - runLimits.startMarginMs;
  const sendOne = async (agent: AgentId): Promise<Fault | undefined> => {
    const assignment = known.assignments.get(agent);
    if (assignment === undefined) return undefined;
    const { share, clock } = assignment.record;
    const startAtMs =
      startsAtMs === undefined ? {} : { startAtMs: Math.round(startsAtMs + (clock?.aheadMs ?? 0)) };
    const ownPlan = share.of === 1 ? plan : { ...plan, share };
    const task = { kind: "run" as const, run: known.record.id, plan: ownPlan, ...startAtMs };
    const delivery = await dispatcher.send(agent, task, { timeoutMs });
    if (delivery.kind === "offline")
      return { agent, code: "agent-offline", isRefusal: false, reason: silence };
    if (!delivery.reply.ok) {
      const { code, reason } = delivery.reply;
      return { agent, code: problemOf(code), isRefusal: true, reason };
    }
    assignment.isTaken = true;
    heard(assignment, true, now());
    return undefined;
  };
  const outcomes = await Promise.allSettled([...known.assignments.keys()].map(sendOne));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  const faults = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" && outcome.value !== undefined ? [outcome.value] : [],
  );
  // A refusal says more than a silence.
  return faults.find(({ isRefusal }) => isRefusal) ?? faults[0];
}

/** Ends the run before its start, and says why. */
async function giveUp(deps: StartDeps, fault: Fault): Promise<Refused> {
  const { known, nameOf } = deps;
  const isAlone = known.assignments.size === 1;
  const reason = isAlone ? fault.reason : `${nameOf(fault.agent)}: ${fault.reason}`;
  await endAll(deps, fault, reason);
  return { kind: "refused", code: fault.code, reason };
}

/** From everybody before the start; also from who did not answer, which may have the run all the same. */
async function takeBack({ known, dispatcher }: StartDeps): Promise<void> {
  known.cancelled = true;
  const run = known.record.id;
  await Promise.allSettled(
    [...known.assignments.keys()].map((agent) =>
      dispatcher.send(agent, { kind: "cancel", run }, { timeoutMs: runLimits.startMarginMs }),
    ),
  );
}

async function endAll(
  { known, change, now }: StartDeps,
  fault: Fault | undefined,
  startFailure: string,
): Promise<void> {
  const endedAtMs = now();
  await change(known, {
    run: { startFailure: startFailure.slice(0, 512) },
    assignment(record) {
      if (hasEnded(record)) return undefined;
      if (fault === undefined) return { state: "failed", cause: startFailure, endedAtMs };
      if (record.agent === fault.agent)
        return {
          state: fault.isRefusal ? "refused" : "failed",
          cause: fault.reason,
          endedAtMs,
        };
      return {
        state: "cancelled",
        cause: `nothing was sent: ${startFailure}`.slice(0, 512),
        endedAtMs,
      };
    },
  });
}

function problemOf(code: RefusalCode): ProblemCode {
  return code === "busy" ? "conflict" : "agent-refused";
}
