// A run to judge, made up for tests: a good one unless told otherwise.
import { Histogram, type RunAgent, type RunFigures } from "@tidemark/proto";
import type { RunFacts } from "../src/evidence/facts.ts";
import { figuresOf } from "../src/evidence/figures.ts";
import { runView } from "../src/load/view.ts";
import { seededRandom } from "../src/verdict/statistics/random.ts";
import { finalOf } from "./load-agent.ts";
import { assignmentOf, plan, runRecordOf } from "./known-runs.ts";

export const latencyOf = (micros: readonly number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of micros) histogram.record(value);
  return histogram;
};

/** Log-normal latencies with this median, µs. */
export function latencies(count: number, medianMicros: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return medianMicros * Math.exp(0.2 * normal);
  });
}

export interface Given {
  /** Latencies of each second, µs. */
  readonly seconds?: readonly (readonly number[])[];
  readonly run?: Partial<RunFacts["run"]>;
  readonly health?: Partial<NonNullable<RunAgent["generator"]>>;
  readonly plan?: Partial<RunFacts["record"]["plan"]>;
  readonly facts?: Partial<RunFacts>;
  readonly figures?: Partial<RunFigures>;
}

/** 40 s of 600 requests around 10 ms. */
const usual = Array.from({ length: 40 }, (_, at) => latencies(600, 10_000, at + 1));

export function factsOf({ seconds = usual, ...given }: Given = {}): RunFacts {
  const all = seconds.flat();
  const response = latencyOf(all);
  const record = runRecordOf({
    state: "completed",
    plan: { ...plan, durationMs: seconds.length * 1_000, ...given.plan },
  });
  const generator = { ...finalOf(1, [1]).generator, ...given.health };
  const part = {
    record: assignmentOf({ run: record.id, state: "completed" }),
    agentName: "rack-1",
    progress: undefined,
    storedIntervals: seconds.length,
  };
  const view = runView(record, [part], undefined);
  const counts = { ...view.counts, due: all.length, sent: all.length, completed: all.length };
  const run = {
    ...view,
    counts,
    response: { ...view.response, p50: response.percentile(50) },
    spoiled: [],
    agents: view.agents.map((agent) => ({ ...agent, generator })),
    ...given.run,
  };
  const slices = seconds.map((second, at) => ({
    startedAtMs: at * 1_000,
    durationMs: 1_000,
    due: second.length,
    sent: second.length,
    completed: second.length,
    errors: 0,
    unexpected: 0,
    dropped: 0,
    backlog: 0,
    inFlight: 0,
    histograms: { response: latencyOf(second), service: new Histogram() },
  }));
  const figures = figuresOf({
    run,
    response,
    slices: slices.map(({ histograms }) => histograms.response),
  });
  return {
    record,
    run,
    histograms: { response, service: response, lateness: new Histogram() },
    slices,
    hosts: [{ name: "rack-1", health: generator, window: undefined, clockSteps: [] }],
    figures: { ...figures, ...given.figures },
    history: [],
    ...given.facts,
  };
}
