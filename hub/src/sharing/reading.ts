// What people are shown: the questions with their answers, and the exact bytes that would leave or wait to. It writes nothing.
import {
  type PreviewedReport,
  type SharingCatalogue,
  type SharingOverview,
  type SharingPreview,
  type SharingQuestion,
  askedQuestion,
  bitsOf,
  periodAt,
  periodSpan,
  questionById,
  reportBodyBytes,
  sentenceOf,
} from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";
import type { SharingState } from "../state/sharing.ts";
import type { LedgerCounts, LedgerStore } from "../store/sharing-ledger.ts";
import type { Books, Waiting } from "./books.ts";
import { consentView, isRetired, yesTo } from "./consent.ts";
import { textSha256 } from "./envelope.ts";
import { answerIn, textsOf } from "./freeze.ts";
import { type FreezingDeps, newIn } from "./freezing.ts";
import type { SharingSettings } from "./settings.ts";

export interface ReadingDeps extends Pick<FreezingDeps, "answer" | "batches"> {
  readonly state: SharingState;
  readonly books: Books;
  readonly store: Pick<LedgerStore, "counts" | "frozen">;
  readonly catalogue: SharingCatalogue;
  readonly catalogueSha256: string;
  readonly settings: SharingSettings;
  readonly now: () => number;
}

/** Where requests go: nowhere without a receiver. */
export const destinationOf = ({ receiver, relay }: SharingSettings): string | undefined =>
  receiver === undefined ? undefined : (relay ?? receiver);

export async function overviewOf(deps: ReadingDeps): Promise<SharingOverview> {
  const { state, books, store, catalogue, catalogueSha256, settings, now } = deps;
  const nowMs = now();
  const counts = new Map((await store.counts()).map((each) => [each.question, each]));
  const reports = books.waiting("report");
  const deletions = books.waiting("delete");
  const address = destinationOf(settings);
  const leaves = settings.lock === null && address !== undefined;
  const dueMs = [...reports, ...deletions].map((each) => each.dueMs);
  const total = (of: (counts: LedgerCounts) => number) =>
    Array.from(counts.values(), of).reduce((sum, each) => sum + each, 0);
  return {
    lock: settings.lock,
    receiver: address ?? null,
    relayed: address !== undefined && settings.relay !== undefined,
    catalogue: { version: catalogue.version, sha256: catalogueSha256 },
    questions: catalogue.questions.map((question) => ({
      ...askedQuestion(question),
      consent: consentView(state.consents.get(question.id), question, nowMs),
      waiting: reports.filter(({ batch }) => batch.question === question.id).length,
      sent: counts.get(question.id)?.sent ?? 0,
    })),
    nextSendMs: leaves && dueMs.length > 0 ? Math.min(...dueMs) : null,
    deletionsWaiting: deletions.length,
    givenUp: total(({ givenUp }) => givenUp),
    dropped: total((each) => each.dropped),
  };
}

/** Throws RequestRefused when there is no such question. */
export async function previewOf(deps: ReadingDeps, id?: string): Promise<SharingPreview> {
  const { books, catalogue, now } = deps;
  const asked = id === undefined ? catalogue.questions : [questionById(id, catalogue)];
  const nowMs = now();
  const waiting = books.waiting("report");
  const reports: PreviewedReport[] = [];
  const silent: SharingPreview["silent"] = [];
  for (const question of asked) {
    if (question === undefined)
      throw new RequestRefused("not-found", "the catalogue has no such question", {
        field: "/question",
      });
    const frozen = waiting.filter(({ batch }) => batch.question === question.id);
    if (frozen.length > 0) {
      reports.push(...frozen.map((each) => waitingView(question, each)));
      continue;
    }
    const would = await wouldSend(deps, question, nowMs);
    reports.push(...would.reports);
    if (would.reports.length === 0) silent.push({ question: question.id, reason: would.silent });
  }
  return { bodyBytes: reportBodyBytes, reports, silent };
}

const waitingView = (
  question: SharingQuestion,
  { batch: { period }, report: { text }, dueMs }: Waiting,
): PreviewedReport => ({ ...viewOf(question, period, text), state: "waiting", dueMs });

const reasonLengthMax = 256;

/** If the open period ended now; of the data since a yes, or since the period began. */
async function wouldSend(
  deps: ReadingDeps,
  question: SharingQuestion,
  nowMs: number,
): Promise<{ readonly reports: readonly PreviewedReport[]; readonly silent: string }> {
  if (isRetired(question, nowMs)) return { reports: [], silent: "it is asked no more" };
  const { state, catalogue, answer } = deps;
  const period = periodAt(question.periodDays, nowMs);
  const agreed = yesTo(state.consents.get(question.id), question, nowMs);
  const { startMs } = periodSpan(question.periodDays, period);
  const sinceMs = Math.max(startMs, agreed?.sinceMs ?? 0);
  const { answers, silent } = await answer(question, { sinceMs, untilMs: nowMs });
  const news = await newIn(deps, question, answers);
  const reports = textsOf(catalogue, question, period, news).map((text): PreviewedReport => ({
    ...viewOf(question, period, text),
    state: "would",
    dueMs: null,
  }));
  const why = answers.length > 0 ? "all of it was told before" : silent;
  return { reports, silent: why.slice(0, reasonLengthMax) };
}

const viewOf = (question: SharingQuestion, period: number, text: string) => ({
  question: question.id,
  period,
  text,
  sha256: textSha256(text),
  bits: bitsOf(question),
  sentence: sentenceOf(question, answerIn(text)),
});
