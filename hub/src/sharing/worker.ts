// The leader's round, again and again: finish what somebody left, let lapse what has had its time, freeze what has closed, send what is
// due. One step after the other, in turn with what people ask for.
import { type SharingCatalogue, questionById, sharingLimits } from "@tidemark/proto";
import type { Logger } from "pino";
import type { Leader } from "../leader/leader.ts";
import type { SharingState } from "../state/sharing.ts";
import { isOver, waitingIn } from "./batch.ts";
import { dropped, lapsed } from "./batch-changes.ts";
import type { Books } from "./books.ts";
import type { BodyKind } from "./envelope.ts";
import { closedPeriod } from "./freeze.ts";
import type { InTurn } from "./in-turn.ts";
import type { Item } from "./sending.ts";

export interface WorkerDeps {
  readonly state: SharingState;
  readonly books: Books;
  readonly catalogue: SharingCatalogue;
  readonly leader: Pick<Leader, "isLeader">;
  readonly inTurn: InTurn;
  readonly finishWithdrawal: () => Promise<unknown>;
  /** Under a lock nothing is frozen: undefined. */
  readonly freezeClosed:
    | ((question: SharingCatalogue["questions"][number]) => Promise<void>)
    | undefined;
  /** Under a lock, or with no address to go to, nothing is sent: undefined. */
  readonly tryItem: ((item: Item, signal: AbortSignal) => Promise<void>) | undefined;
  readonly now: () => number;
  /** Calls back again and again until told to stop; every half minute unless a test brings its own. */
  readonly every?: (ms: number, tick: () => void) => () => void;
  readonly log: Logger;
}

export interface Worker {
  /** A round at once, or the one under way. */
  tick(): Promise<void>;
  /** Ends the try of a report that is under way, as if it had not been answered. */
  abortReport(): void;
  stop(): Promise<void>;
}

const tickMs = 30_000;

export function startWorker(deps: WorkerDeps): Worker {
  const { state, books, catalogue, leader, inTurn, now, log, every = byTimer } = deps;
  const stopping = new AbortController();
  let trying: { readonly kind: BodyKind; readonly abort: AbortController } | undefined;
  let under: Promise<void> | undefined;
  const troubled = new Set<string>();

  /** A step that fails is tried again in the next round; it is told once until it succeeds. */
  async function step(what: string, work: () => Promise<unknown>): Promise<void> {
    if (stopping.signal.aborted || !leader.isLeader()) return;
    try {
      await inTurn(work);
      troubled.delete(what);
    } catch (err) {
      if (!troubled.has(what)) log.warn({ err, what }, "a step of the sharing failed");
      troubled.add(what);
    }
  }

  async function tidy(key: string): Promise<void> {
    const batch = await books.batch(key);
    if (batch === undefined) return;
    await books.change(key, (each) => lapsed(each, now()));
    const isWaiting = waitingIn(batch).some(({ kind }) => kind === "report");
    if (isWaiting && !(await books.isCovered(batch)))
      await books.change(key, (each) => dropped(each, now(), "its yes no longer holds"));
    await books.note(key);
    const after = await books.batch(key);
    if (after === undefined || !isOver(after, now())) return;
    // While its period is the last that closed, it would be frozen again.
    const question = questionById(after.question, catalogue);
    if (question === undefined || after.period < closedPeriod(question, now()))
      await state.batches.remove(key);
  }

  async function send({ key, report: { n }, kind }: ReturnType<Books["waiting"]>[number]) {
    const abort = new AbortController();
    trying = { kind, abort };
    try {
      await deps.tryItem?.({ key, n, kind }, AbortSignal.any([stopping.signal, abort.signal]));
    } finally {
      trying = undefined;
    }
  }

  async function round(): Promise<void> {
    await step("withdrawal", deps.finishWithdrawal);
    await step("answers", books.noteAnswers);
    for (const key of Array.from(state.batches.entries(), ([each]) => each))
      await step(`reports ${key}`, () => tidy(key));
    const { freezeClosed } = deps;
    if (freezeClosed !== undefined)
      for (const question of catalogue.questions)
        await step(`freezing ${question.id}`, () => freezeClosed(question));
    if (deps.tryItem === undefined) return;
    const due = [...books.waiting("report"), ...books.waiting("delete")]
      .filter(({ dueMs, tries }) => dueMs <= now() && tries < sharingLimits.attemptsMax)
      .toSorted((one, other) => one.dueMs - other.dueMs);
    for (const item of due) await step(`sending ${item.key}`, () => send(item));
  }

  function tick(): Promise<void> {
    under ??= round().finally(() => {
      under = undefined;
    });
    return under;
  }

  const stopTicking = every(tickMs, () => {
    if (leader.isLeader()) void tick();
  });
  return {
    tick,
    abortReport() {
      if (trying?.kind === "report") trying.abort.abort();
    },
    async stop() {
      stopTicking();
      stopping.abort();
      await under;
    },
  };
}

function byTimer(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms);
  return () => clearInterval(timer);
}
