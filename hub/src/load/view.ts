// A run as the API shows it: a pure function of its record and its assignments.
import type { AgentId, Run, RunAgent } from "@tidemark/proto";
import { type RunRecord, searchAgents } from "../store/run-row.ts";
import type { Latencies } from "../store/stored-final.ts";
import { optionsOf } from "./options.ts";
import { type Part, mergedOutcome, partOutcome } from "./outcome.ts";

export type { Progress } from "./outcome.ts";

/** `latency`: of all parts together; undefined for a run of one agent and for one of which nothing is in memory. */
export function runView(
  record: RunRecord,
  parts: readonly Part[],
  latency: Latencies | undefined,
): Run {
  const { plan, search } = record;
  return {
    id: record.id,
    name: record.name,
    agents: parts.map(agentView),
    driver: plan.driver,
    target: plan.target,
    method: plan.method,
    pacing: search?.asked ?? plan.pacing,
    connections: plan.connections,
    streams: plan.streams ?? 1,
    workers: plan.workers ?? 1,
    warmupSeconds: (plan.warmupMs ?? 0) / 1_000,
    durationSeconds: plan.durationMs / 1_000,
    timeoutMs: plan.timeoutMs,
    precision: plan.precision,
    headerNames: plan.headers.map(({ name }) => name),
    bodyBytes: record.bodyBytes,
    options: [...optionsOf(plan)],
    state: record.state,
    cause: record.cause,
    createdBy: record.createdBy,
    createdAtMs: record.createdAtMs,
    // What a search's agents measured is in its steps.
    ...mergedOutcome(record, search === undefined ? parts : [], latency ?? record.latency),
    search:
      search === undefined
        ? null
        : {
            steps: [...search.steps],
            answerPerSecond: search.answerPerSecond,
            answer: search.answer,
          },
    partOf: record.partOf ?? null,
    profile: record.origin?.profile ?? null,
    variant: record.origin?.variant ?? {},
    campaign: record.origin?.campaign ?? null,
    validity: record.validity ?? null,
  };
}

/** Who carries out a search's steps, as parts that have measured nothing themselves. */
export function searchParts(
  record: RunRecord,
  nameOf: (agent: AgentId) => string,
): readonly Part[] {
  const agents = record.search === undefined ? [] : searchAgents(record.search);
  return agents.map((agent, index) => ({
    record: {
      run: record.id,
      agent,
      host: 0,
      createdAtMs: record.createdAtMs,
      share: { index, of: agents.length },
      state: record.state,
      cause: "",
      clock: undefined,
      startedAtMs: record.startedAtMs,
      endedAtMs: record.endedAtMs,
      final: undefined,
      interim: undefined,
    },
    agentName: nameOf(agent),
    progress: undefined,
    storedIntervals: 0,
  }));
}

function agentView(part: Part): RunAgent {
  const { record, agentName } = part;
  return {
    agent: record.agent,
    agentName,
    share: record.share,
    state: record.state,
    cause: record.cause,
    clock: record.clock ?? null,
    ...partOutcome(part),
    generator: record.final?.generator ?? null,
    source: record.final?.source ?? null,
  };
}
