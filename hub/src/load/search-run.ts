// Leads a search for the highest rate: a run without assignments of its own whose steps are ordinary runs at constant rates, one
// after the other on the same agents. What to try next, and what a step showed, is for `search.ts` to say.
import { setTimeout as pause } from "node:timers/promises";
import { type CapacitySearch, type LoadPlan, type Run, type SearchStep } from "@tidemark/proto";
import type { Logger } from "pino";
import type { RunRecord, SearchRecord } from "../store/run-row.ts";
import type { Change } from "./changes.ts";
import { type NewRecord, addRun } from "./create.ts";
import { type KnownRun, mergedHistograms } from "./known-run.ts";
import type { KnownRuns } from "./known-runs.ts";
import type { Launched } from "./launch.ts";
import { runLimits } from "./limits.ts";
import { stepPlan } from "./plan.ts";
import { type Tried, judgeStep, nextStep } from "./search.ts";

export interface Searches {
  /** Its first step is under way when it is launched; a refusal of that step is the search's. */
  begin(asked: CapacitySearch, input: NewRecord): Promise<Launched>;
  /** A search that a hub left behind cannot go on: what its steps send is not stored. */
  giveUp(known: KnownRun): Promise<void>;
  stop(): Promise<void>;
}

export interface SearchesDeps {
  readonly runs: KnownRuns;
  readonly change: Change;
  readonly launch: (known: KnownRun, plan: LoadPlan) => Promise<Launched>;
  readonly viewOf: (known: KnownRun) => Run;
  /** Resolves when a run has ended, or the hub stops. */
  readonly ended: (known: KnownRun) => Promise<void>;
  readonly now: () => number;
  readonly log: Logger;
}

/** A step under way. */
interface Step {
  readonly ratePerSecond: number;
  readonly known: KnownRun;
}

export function openSearches(deps: SearchesDeps): Searches {
  const { runs, change, now, log } = deps;
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function startStep(
    parent: KnownRun,
    input: NewRecord,
    ratePerSecond: number,
  ): Promise<{ readonly step: Step; readonly launched: Launched }> {
    const plan = stepPlan(input.plan, ratePerSecond);
    const name = input.name === "" ? "" : `${input.name} at ${ratePerSecond}/s`.slice(0, 128);
    const known = addRun(
      runs,
      {
        ...input,
        name,
        plan,
        search: undefined,
        partOf: parent.record.id,
        id: undefined,
        origin: undefined,
      },
      now(),
    );
    await note(parent, ({ steps }) => ({
      steps: [...steps, begunStep(known.record.id, ratePerSecond)],
    }));
    const launched = await deps.launch(known, plan);
    return { step: { ratePerSecond, known }, launched };
  }

  /** What is new of a search's own record. */
  async function note(
    parent: KnownRun,
    news: (search: SearchRecord) => Partial<SearchRecord>,
    run: Partial<RunRecord> = {},
  ): Promise<void> {
    const { search } = parent.record;
    if (search === undefined) return;
    await change(parent, { run: { ...run, search: { ...search, ...news(search) } } });
  }

  /** Waits for a step's end and writes down what it showed; undefined when the hub stops first. */
  async function finish(
    parent: KnownRun,
    asked: CapacitySearch,
    step: Step,
  ): Promise<Tried | undefined> {
    const { known, ratePerSecond } = step;
    await deps.ended(known);
    if (stopping.signal.aborted) return undefined;
    const view = deps.viewOf(known);
    const { response } = mergedHistograms(
      [...known.assignments.values()].map(({ histograms }) => histograms),
    );
    const { holds, inconclusive, evidence, responseMs, errorRatio } = judgeStep(asked.objective, {
      completed: view.state === "completed",
      cause: view.cause,
      counts: view.counts,
      percentileMicros: response.percentile(asked.objective.percentile),
      spoiled: view.spoiled,
    });
    const finished: SearchStep = {
      run: known.record.id,
      ratePerSecond,
      holds,
      evidence: evidence.slice(0, 512),
      responseMs: responseMs ?? null,
      errorRatio: errorRatio ?? null,
      achievedPerSecond: view.achievedPerSecond,
    };
    await note(parent, ({ steps }) => ({
      steps: steps.map((one) => (one.run === finished.run ? finished : one)),
    }));
    return { ratePerSecond, holds, inconclusive };
  }

  async function follow(
    parent: KnownRun,
    asked: CapacitySearch,
    input: NewRecord,
    first: Step,
  ): Promise<void> {
    const tried: Tried[] = [];
    let step = first;
    while (!stopping.signal.aborted) {
      const shown = await finish(parent, asked, step);
      if (shown === undefined) return;
      tried.push(shown);
      if (parent.cancelled) return await end(parent, "cancelled", "cancelled by a user");
      const next = nextStep(asked, tried);
      if (next.kind === "answer") {
        const answer = { answerPerSecond: next.ratePerSecond ?? null, answer: next.text };
        return await end(parent, "completed", "", answer);
      }
      ({ step } = await startStep(parent, input, next.ratePerSecond));
    }
  }

  async function end(
    parent: KnownRun,
    state: "completed" | "cancelled" | "failed" | "refused",
    cause: string,
    answer: Partial<SearchRecord> = {},
  ): Promise<void> {
    await note(parent, () => answer, { state, cause: cause.slice(0, 512), endedAtMs: now() });
    log.info({ run: parent.record.id, state }, "search ended");
  }

  /** A database that is away must not leave a search under way for ever. */
  async function fail(parent: KnownRun, err: unknown): Promise<void> {
    log.warn({ err, run: parent.record.id }, "search could not go on");
    while (!stopping.signal.aborted) {
      try {
        return await end(parent, "failed", "the hub could not go on; its log says why");
      } catch (again) {
        log.warn({ err: again, run: parent.record.id }, "a search's end could not be stored");
        await pause(runLimits.searchRetryMs, undefined, { signal: stopping.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  function keep(work: Promise<void>): void {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  return {
    async begin(asked, input) {
      const agents = input.agents.map(({ id }) => id);
      const search = { asked, agents, steps: [], answerPerSecond: null, answer: "" };
      const parent = addRun(runs, { ...input, search }, now());
      try {
        await change(parent, { run: { state: "running", startedAtMs: now() } });
        const { step, launched } = await startStep(parent, input, asked.fromPerSecond);
        if (launched.kind === "refused") {
          await finish(parent, asked, step);
          await end(parent, "refused", launched.reason);
          return launched;
        }
        keep(follow(parent, asked, input, step).catch((err: unknown) => fail(parent, err)));
        return { kind: "launched", known: parent };
      } catch (cause) {
        keep(fail(parent, cause));
        throw cause;
      }
    },
    giveUp: (known) =>
      end(known, "failed", "its hub was started anew, and what the steps send is not stored"),
    async stop() {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}

function begunStep(run: string, ratePerSecond: number): SearchStep {
  return {
    run,
    ratePerSecond,
    holds: null,
    evidence: "",
    responseMs: null,
    errorRatio: null,
    achievedPerSecond: null,
  };
}
