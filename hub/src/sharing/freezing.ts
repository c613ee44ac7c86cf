// A period has closed: its answers become texts, once. The record is the first thing that is written, so that whoever dies before it has
// kept nothing and sent nothing, and whoever dies after it changes nothing any more, however the data change.
import {
  type SharingAnswer,
  type SharingCatalogue,
  type SharingQuestion,
  periodSpan,
} from "@tidemark/proto";
import { kindOf } from "../errors.ts";
import type { SharingState } from "../state/sharing.ts";
import type { LedgerStore } from "../store/sharing-ledger.ts";
import { batchKey } from "./batch.ts";
import { freeze } from "./batch-changes.ts";
import { type Books, roomIn } from "./books.ts";
import { type Window, closedPeriod, giveUpMsOf, textsOf, untold, windowOf } from "./freeze.ts";
import { dueOf } from "./timing.ts";

/** Answers to a question from the data of a window, and why there are none, in words. */
export type AnswerQuestion = (
  question: SharingQuestion,
  window: Window,
) => Promise<{ readonly answers: readonly SharingAnswer[]; readonly silent: string }>;

export interface FreezingDeps {
  readonly books: Books;
  readonly batches: SharingState["batches"];
  readonly consents: Pick<SharingState["consents"], "get">;
  readonly store: Pick<LedgerStore, "frozen">;
  readonly catalogue: SharingCatalogue;
  readonly catalogueSha256: string;
  readonly answer: AnswerQuestion;
  readonly random: () => number;
  readonly now: () => number;
}

/** Texts that are looked through for an upgrade told before: more than a question can have in its life. */
const frozenMax = 10_000;

/** Freezes the question's last closed period, unless it was, or nobody agreed to it in time. */
export async function freezeClosed(deps: FreezingDeps, question: SharingQuestion): Promise<void> {
  const { books, batches, consents, catalogue, catalogueSha256, answer, random, now } = deps;
  const nowMs = now();
  const period = closedPeriod(question, nowMs);
  const key = batchKey({ question: question.id, period });
  if (batches.get(key) !== undefined) return;
  // By what this hub has heard: without a yes the broker is not asked every half minute. One just given is heard of by the next round.
  if (consents.get(question.id)?.answer !== "yes") return;
  const agreed = await books.agreed(question.id);
  const window = agreed && windowOf(question, period, agreed.sinceMs);
  if (agreed === undefined || window === undefined) return;

  const { answers } = await answer(question, window).catch((cause: unknown) => {
    // Its message may hold what it was made from, and that is everything the hub knows.
    throw new Error(`what answers ${question.id} could not be read: ${kindOf(cause)}`);
  });
  const news = await newIn(deps, question, answers);
  const giveUpMs = giveUpMsOf(question, period);
  const { endMs } = periodSpan(question.periodDays, period);
  const times = { endMs, giveUpMs, agreedAtMs: agreed.sinceMs, nowMs };
  const batch = freeze(
    { question: question.id, period, catalogueSha256, agreedSinceMs: agreed.sinceMs, giveUpMs },
    textsOf(catalogue, question, period, news),
    { nowMs, room: roomIn(books), dueMs: () => dueOf(times, random()) },
  );
  if (await books.create(batch)) await books.note(key);
}

/** Of a question that is asked once: what was not told before. */
export async function newIn(
  { store, batches }: Pick<FreezingDeps, "store" | "batches">,
  question: SharingQuestion,
  answers: readonly SharingAnswer[],
): Promise<readonly SharingAnswer[]> {
  if (question.cadence === "every-period" || answers.length === 0) return answers;
  // What the ledger may not have yet is in the records still.
  const kept = Array.from(batches.entries(), ([, batch]) => batch)
    .filter((batch) => batch.question === question.id)
    .flatMap(({ reports }) => reports.map(({ text }) => text));
  return untold(answers, [...kept, ...(await store.frozen(question.id, frozenMax))]);
}
