// From a request to a run under way: whom it means, what they carry out, whom it would get in the way of.
import {
  type AgentId,
  type LoadPlan,
  type NewRun,
  type PlanFault,
  type RunId,
  newId,
  planFault,
} from "@tidemark/proto";
import type { RunOrigin, RunRecord, SearchRecord } from "../store/run-row.ts";
import { blankedPlan } from "./blank.ts";
import { type Claim, conflictOf } from "./exclusive.ts";
import { type KnownRun, agentsOf } from "./known-run.ts";
import type { KnownRuns } from "./known-runs.ts";
import { runLimits } from "./limits.ts";
import { type Planned, planOf, requestField } from "./plan.ts";
import type { Candidate } from "./selector.ts";
import type { Refused } from "./start.ts";
import { sizeFault } from "./task-size.ts";
import { chooseAgents } from "./who.ts";

/** An agent that may carry out a run. */
export interface LoadCandidate extends Candidate {
  readonly id: AgentId;
  readonly host: number;
}

/** A run as it is to be: nothing has been asked or stored yet. */
export interface Prepared {
  readonly kind: "prepared";
  /** Where the request says whom it means. */
  readonly field: string;
  readonly agents: readonly LoadCandidate[];
  readonly remarks: readonly string[];
  readonly planned: Extract<Planned, { kind: "planned" }>;
}

/** Pure. */
export function prepare(input: NewRun, candidates: readonly LoadCandidate[]): Prepared | Refused {
  const chosen = chooseAgents(input, candidates);
  if (chosen.kind === "refused") return chosen;
  const { agents, remarks } = chosen;
  const planned = planOf(input);
  if (planned.kind === "faulty") return invalid(input, planned);
  // The last share is the smallest.
  const share = { index: agents.length - 1, of: agents.length };
  const fault = planFault({ ...planned.plan, share }) ?? sizeFault(planned.plan);
  if (fault !== undefined) return invalid(input, fault);
  const field = input.agent === undefined ? "/agents" : "/agent";
  return {
    kind: "prepared",
    field: input.selector === undefined ? field : "/selector",
    agents,
    remarks,
    planned,
  };
}

function invalid(input: NewRun, { field, reason }: PlanFault): Refused {
  return refused("invalid-request", reason, requestField(input, field));
}

/** Why a prepared run cannot begin now. Pure. */
export function obstacle(
  { field, agents, planned }: Prepared,
  active: readonly KnownRun[],
): Refused | undefined {
  const claim: Claim = {
    agents: agents.map(({ id }) => id),
    target: planned.plan.target,
    mayShare: planned.plan.mayShare === true,
  };
  const claims = active.map((known) => ({
    // A search claims what its steps use, also between them.
    run: known.record.partOf ?? known.record.id,
    agents: agentsOf(known),
    target: known.record.plan.target,
    mayShare: known.record.plan.mayShare === true,
  }));
  const conflict = conflictOf(claim, claims);
  if (conflict !== undefined) {
    const { run, what, agent } = conflict;
    const name = agents.find(({ id }) => id === agent)?.name;
    return what === "agent"
      ? refused("conflict", `run ${run} is under way on ${name}`, field)
      : refused("conflict", `run ${run} is under way against the same target`, "/target");
  }
  if (active.length >= runLimits.activeRunsMax)
    return refused("too-many-requests", `${runLimits.activeRunsMax} runs are under way`);
  return undefined;
}

export interface NewRecord {
  readonly name: string;
  readonly plan: LoadPlan;
  readonly agents: readonly LoadCandidate[];
  readonly remarks: readonly string[];
  readonly search: SearchRecord | undefined;
  readonly partOf: RunId | undefined;
  /** Of a run that a campaign makes: known beforehand, so that it is made once. */
  readonly id: RunId | undefined;
  readonly origin: RunOrigin | undefined;
  readonly user: string;
}

/** Takes the run into memory, where it claims its agents and its target from this moment on. */
export function addRun(runs: KnownRuns, run: NewRecord, nowMs: number): KnownRun {
  const { plan, agents, search } = run;
  const record: RunRecord = {
    id: run.id ?? newId<RunId>(),
    createdAtMs: nowMs,
    name: run.name,
    plan: blankedPlan(plan),
    bodyBytes: Buffer.byteLength(plan.body),
    search,
    partOf: run.partOf,
    origin: run.origin,
    validity: undefined,
    remarks: run.remarks,
    state: "pending",
    cause: "",
    startedAtMs: null,
    endedAtMs: null,
    startFailure: "",
    createdBy: run.user,
    cancelAskedAtMs: null,
    latency: undefined,
  };
  const assignments = search === undefined ? agents : [];
  return runs.add({
    record,
    assignments: assignments.map(({ id, host }, index) => ({
      run: record.id,
      agent: id,
      host,
      createdAtMs: nowMs,
      share: { index, of: agents.length },
      state: "pending",
      cause: "",
      clock: undefined,
      startedAtMs: null,
      endedAtMs: null,
      final: undefined,
      interim: undefined,
    })),
  });
}

export function refused(code: Refused["code"], reason: string, field?: string): Refused {
  return { kind: "refused", code, reason, field };
}
