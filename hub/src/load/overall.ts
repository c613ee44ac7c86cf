// What its assignments make of a run: one state, one cause, one span of time. Pure.
import type { RunState } from "@tidemark/proto";
import type { AssignmentRecord } from "../store/assignments.ts";
import type { RunRecord } from "../store/run-row.ts";
import { hasEnded } from "./known-run.ts";

export type Overall = Pick<RunRecord, "state" | "cause" | "startedAtMs" | "endedAtMs">;

/** States that end a run none of whose agents completed, the most telling first. */
const worstFirst = [
  "refused",
  "failed",
  "lease-lapsed",
  "cancelled",
] as const satisfies readonly RunState[];

export function overallOf(
  record: Pick<RunRecord, "startFailure" | "cancelAskedAtMs">,
  assignments: readonly AssignmentRecord[],
  nameOf: (agent: AssignmentRecord["agent"]) => string,
): Overall {
  const startedAtMs = earliest(assignments);
  const has = (state: RunState) => assignments.some((one) => one.state === state);
  if (!assignments.every(hasEnded)) {
    const state = assignments.every((one) => one.state === "pending") ? "pending" : "running";
    return { state, cause: "", startedAtMs, endedAtMs: null };
  }
  const endedAtMs = latest(assignments);
  const because = (state: RunState): Overall => {
    const cause = causeOf(state, assignments, nameOf);
    return { state, cause, startedAtMs, endedAtMs };
  };
  if (record.startFailure !== "") {
    const state = has("refused") ? "refused" : "failed";
    return { state, cause: record.startFailure, startedAtMs, endedAtMs };
  }
  if (assignments.every(({ state }) => state === "completed")) return because("completed");
  if (record.cancelAskedAtMs !== null && has("cancelled")) return because("cancelled");
  // Some were lost: what the others measured stands, with its spoiler.
  if (has("completed")) return because("completed");
  return because(worstFirst.find(has) ?? "failed");
}

/** When an agent's time was by the hub's clock. */
export function hubTimeOf(
  { clock }: Pick<AssignmentRecord, "clock">,
  agentMs: number | null,
): number | null {
  return agentMs === null ? null : Math.round(agentMs - (clock?.aheadMs ?? 0));
}

function causeOf(
  state: RunState,
  assignments: readonly AssignmentRecord[],
  nameOf: (agent: AssignmentRecord["agent"]) => string,
): string {
  if (state === "completed") return "";
  const guilty = assignments.filter((one) => one.state === state);
  const [first] = guilty;
  if (first === undefined) return "";
  if (assignments.length === 1) return first.cause;
  const others = guilty.length > 1 ? ` (and ${guilty.length - 1} more)` : "";
  return `${nameOf(first.agent)}: ${first.cause}${others}`.slice(0, causeLengthMax);
}

export const causeLengthMax = 512;

function earliest(assignments: readonly AssignmentRecord[]): number | null {
  const times = assignments.flatMap((one) => hubTimeOf(one, one.startedAtMs) ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

function latest(assignments: readonly AssignmentRecord[]): number | null {
  const times = assignments.flatMap((one) => hubTimeOf(one, one.endedAtMs) ?? []);
  return times.length === 0 ? null : Math.max(...times);
}
