// A mock search for capacity: the target bends at 3,400 requests/s; each step is a run of its own.
import type { Agent, CapacitySearch, NewRun, Run, SearchStep } from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { addSecond, beginRun, endRun, newMockRun, type MockRun } from "./runs.ts";

const bendsAt = 3_400;
/** A step's run is drawn for so long, s. */
const stepSecondsMax = 5;

export function newSearch(
  input: NewRun,
  agents: readonly Pick<Agent, "id" | "name">[],
  user: string,
  nowMs: number,
  id?: string,
): MockRun {
  const mock = newMockRun(input, agents, user, nowMs, id);
  mock.run = { ...mock.run, search: { steps: [], answerPerSecond: null, answer: "" } };
  return mock;
}

/** Finishes the step that goes and begins the next, whose run it returns; undefined when the answer is known. */
export function searchStep(mock: MockRun, nowMs: number): MockRun | undefined {
  const { run } = mock;
  const steps = (run.search?.steps ?? []).map((step) => judged(step));
  const ratePerSecond = nextRate(pacingOf(run), steps);
  const answerPerSecond = highestHeld(steps);
  if (ratePerSecond === undefined) {
    mock.run = { ...run, search: { steps, answerPerSecond, answer: "" } };
    return undefined;
  }
  const step = newMockRun(
    {
      name: `${run.name || "search"}, step ${steps.length + 1}`,
      target: run.target,
      ratePerSecond,
      connections: run.connections,
      durationSeconds: Math.min(stepSecondsMax, pacingOf(run).stepSeconds),
    },
    run.agents.map(({ agent, agentName }) => ({ id: agent, name: agentName })),
    run.createdBy,
    nowMs,
    idOf(`${run.id} step ${steps.length + 1}`),
  );
  step.run = { ...step.run, partOf: run.id };
  beginRun(step, nowMs);
  for (let second = 0; second < step.run.durationSeconds; second += 1) addSecond(step, nowMs);
  endRun(step, "completed", nowMs + step.run.durationSeconds * 1_000);
  const going: SearchStep = {
    run: step.run.id,
    ratePerSecond,
    holds: null,
    evidence: "",
    responseMs: null,
    errorRatio: null,
    achievedPerSecond: null,
  };
  mock.run = { ...run, search: { steps: [...steps, going], answerPerSecond, answer: "" } };
  return step;
}

export function endSearch(mock: MockRun, nowMs: number): void {
  const search = mock.run.search;
  const answer =
    search?.answerPerSecond === null || search === null
      ? "No rate met p99 ≤ 20 ms and errors ≤ 0.1 %."
      : `${search.answerPerSecond} requests/s is the highest rate that met p99 ≤ 20 ms and errors ≤ 0.1 %, to within 5 %.`;
  mock.run = {
    ...mock.run,
    state: "completed",
    endedAtMs: nowMs,
    search: search === null ? null : { ...search, answer },
  };
}

const pacingOf = (run: Run): CapacitySearch => {
  if (run.pacing.kind !== "search") throw new TypeError("a search has a search's pacing");
  return run.pacing;
};

/** What the step showed: a p99 that climbs towards the bend and runs away past it. */
function judged(step: SearchStep): SearchStep {
  if (step.holds !== null) return step;
  const load = step.ratePerSecond / bendsAt;
  const responseMs = load < 1 ? 2 + 12 * load ** 4 : 30 + 240 * (load - 1);
  const errorRatio = load < 1 ? 0 : Math.min(0.2, (load - 1) * 0.1);
  return {
    ...step,
    holds: load < 1,
    evidence: `p99 ${responseMs.toFixed(1)} ms, errors ${(errorRatio * 100).toFixed(1)} %`,
    responseMs,
    errorRatio,
    achievedPerSecond: Math.min(step.ratePerSecond, bendsAt * 1.01),
  };
}

function highestHeld(steps: readonly SearchStep[]): number | null {
  const held = steps.filter(({ holds }) => holds === true).map((step) => step.ratePerSecond);
  return held.length === 0 ? null : Math.max(...held);
}

function nextRate(search: CapacitySearch, steps: readonly SearchStep[]): number | undefined {
  const held = highestHeld(steps);
  if (held === null) return steps.length === 0 ? search.fromPerSecond : undefined;
  const failed = Math.min(
    ...steps.filter(({ holds }) => holds === false).map((step) => step.ratePerSecond),
  );
  if (failed === Number.POSITIVE_INFINITY)
    return held >= search.toPerSecond ? undefined : Math.min(search.toPerSecond, held * 2);
  if (failed / held <= 1 + search.toleranceRatio) return undefined;
  return Number(Math.sqrt(held * failed).toPrecision(3));
}
