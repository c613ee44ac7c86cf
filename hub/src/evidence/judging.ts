// Judges every run that ends, one after the other: reads what it is judged by, stores its evidence, notes its validity on the run, tells
// whoever listens. A run is judged at once, and again when something of it arrived late: a final, seconds, the samples of its hosts.
import { type Run, type RunId, type ValidityLevel, isRunId } from "@tidemark/proto";
import type { Logger } from "pino";
import type { RunControl } from "../load/runs.ts";
import { hasEnded } from "../load/known-run.ts";
import { unjudgedRuns } from "../store/evidence.ts";
import type { RunEvidence } from "./evidence.ts";
import { type GatherDeps, evidenceOf } from "./gather.ts";
import { JudgeQueue } from "./judge-queue.ts";

export interface Judging {
  /** Told of every judgement that is new or other than before. Returns how to stop listening. */
  onJudged(listener: (evidence: RunEvidence) => void): () => void;
  /**
   * What a run is worth, once it has ended and was judged; undefined when there is no such run, when it is a step of a search, could
   * not be judged, or the hub stops first.
   */
  judged(run: RunId): Promise<RunEvidence | undefined>;
  stop(): Promise<void>;
}

export interface JudgingTelemetry {
  readonly judged: (level: ValidityLevel) => void;
  readonly retried: () => void;
  /** Left until the hub starts again: too many were waiting, or it failed too often. */
  readonly left: () => void;
}

export interface JudgingDeps extends GatherDeps {
  readonly runs: Pick<RunControl, "known" | "get" | "ended" | "judged" | "onRun" | "onInterval">;
  readonly telemetry: JudgingTelemetry;
  readonly now: () => number;
  readonly log: Logger;
  /** When the samples of a run's last seconds have arrived; 30 s without it: a batch is 15 s long. */
  readonly settleMs?: number;
}

export const judgingLimits = {
  settleMs: 30_000,
  /** Late seconds come in handfuls. */
  lateMs: 1_000,
  /** Runs that wait to be judged. */
  waitingMax: 2_000,
  /** Judgements in mind, by which a second one is known to be the same. */
  rememberedMax: 1_000,
  /** A failure is tried again after 1 s, 2 s, 4 s … 60 s; after ten, seven minutes in all, at the next start. */
  retryMsMax: 60_000,
  failuresMax: 10,
  /** Runs of this age are judged by a hub that starts. */
  catchUpMs: 30 * 86_400_000,
} as const;

/** Takes up what ended while no hub ran. */
export async function startEvidence(deps: JudgingDeps): Promise<Judging> {
  const { runs, store, telemetry, now, log, settleMs = judgingLimits.settleMs } = deps;
  const listeners = new Set<(evidence: RunEvidence) => void>();
  const waiting = new Map<RunId, Set<(evidence: RunEvidence | undefined) => void>>();
  /** By run: what of it was seen last, and how it was judged. */
  const seen = new Map<RunId, string>();
  const made = new Map<RunId, string>();
  const queue = new JudgeQueue({
    judge,
    failed(run, err, failures) {
      if (failures < judgingLimits.failuresMax) {
        telemetry.retried();
        log.warn({ err, run, failures }, "run could not be judged; it is tried again");
        return Math.min(1_000 * 2 ** (failures - 1), judgingLimits.retryMsMax);
      }
      telemetry.left();
      log.error({ err, run, failures }, "run left unjudged until the hub starts again");
      answer(run, undefined);
      return undefined;
    },
    sizeMax: judgingLimits.waitingMax,
    // Jumps of the wall clock do not concern what is due in some seconds.
    now: () => performance.now(),
  });

  function enqueue(run: RunId, inMs: number): void {
    if (queue.add(run, inMs)) return;
    telemetry.left();
    log.error({ run }, "run left unjudged until the hub starts again: too many are waiting");
    answer(run, undefined);
  }

  async function judge(run: RunId): Promise<void> {
    const evidence = await evidenceOf(deps, run);
    if (evidence === undefined) return answer(run, undefined);
    const text = JSON.stringify(evidence);
    const before = made.get(run);
    if (text !== before) {
      await store.save(evidence);
      await runs.judged(run, evidence.validity);
      remember(made, run, text);
      telemetry.judged(evidence.validity.level);
      log.info({ run, level: evidence.validity.level }, "run judged");
      for (const listener of listeners) tell(listener, evidence);
    }
    answer(run, evidence);
    if (before === undefined) enqueue(run, settleMs);
  }

  function tell(listener: (evidence: RunEvidence) => void, evidence: RunEvidence): void {
    try {
      listener(evidence);
    } catch (err) {
      // A listener's fault is no reason to judge again.
      log.error({ err, run: evidence.run }, "listener of a judgement failed");
    }
  }

  function answer(run: RunId, evidence: RunEvidence | undefined): void {
    for (const resolve of waiting.get(run) ?? []) resolve(evidence);
    waiting.delete(run);
  }

  const unwatchRuns = runs.onRun((run) => {
    if (run.partOf !== null || !hasEnded(run) || !isRunIdOf(run)) return;
    const state = stateOf(run);
    // The judgement itself is a change of the run as well.
    if (seen.get(run.id) === state) return;
    remember(seen, run.id, state);
    enqueue(run.id, 0);
  });
  const unwatchIntervals = runs.onInterval((run) => {
    if (seen.has(run)) enqueue(run, judgingLimits.lateMs);
  });
  const left = await unjudgedRuns(deps.database, {
    sinceMs: now() - judgingLimits.catchUpMs,
    againSinceMs: now() - settleMs,
    limit: judgingLimits.waitingMax,
  });
  for (const run of left) enqueue(run, 0);

  return {
    onJudged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async judged(run) {
      const [stored] = await store.byRuns([run]);
      if (stored !== undefined) return stored;
      if ((await runs.ended(run)) === undefined || queue.isStopped) return undefined;
      return await new Promise((resolve) => {
        const those = waiting.get(run) ?? new Set();
        waiting.set(run, those.add(resolve));
        enqueue(run, 0);
      });
    },
    async stop() {
      unwatchRuns();
      unwatchIntervals();
      await queue.stop();
      for (const run of waiting.keys()) answer(run, undefined);
    },
  };
}

/** What of a run its evidence depends on, and may change after its end. */
function stateOf({ name, state, startedAtMs, endedAtMs, response, spoiled, agents }: Run): string {
  const parts = agents.map((agent) => `${agent.state} ${agent.generator !== null}`);
  return JSON.stringify([name, state, startedAtMs, endedAtMs, response.count, spoiled, parts]);
}

/** The newest `rememberedMax`. */
function remember(memory: Map<RunId, string>, run: RunId, text: string): void {
  memory.delete(run);
  memory.set(run, text);
  for (const oldest of memory.keys()) {
    if (memory.size <= judgingLimits.rememberedMax) return;
    memory.delete(oldest);
  }
}

const isRunIdOf = (run: Run): run is Run & { id: RunId } => isRunId(run.id);
