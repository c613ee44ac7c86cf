// The sharing as the rest of the hub sees it. Any hub answers for it; the one that leads freezes and sends.
import {
  type ConsentAnswers,
  type LedgerPage,
  type SharingBundle,
  type SharingCatalogue,
  type SharingOverview,
  type SharingPreview,
  type Withdrawal,
  type Withdrawn,
  questionById,
  sharingCatalogue,
} from "@tidemark/proto";
import type { Logger } from "pino";
import type { SharingState } from "../state/sharing.ts";
import type { LedgerStore } from "../store/sharing-ledger.ts";
import { type KeptReport, exportable, placeOf } from "./batch.ts";
import { dropped, exported } from "./batch-changes.ts";
import { type SharingTelemetry, openBooks } from "./books.ts";
import { catalogueSha256 as hashOf } from "./catalogue-hash.ts";
import { answered } from "./consent.ts";
import { seal } from "./envelope.ts";
import { SharingConflict, SharingLocked } from "./errors.ts";
import { type AnswerQuestion, freezeClosed } from "./freezing.ts";
import { inTurns } from "./in-turn.ts";
import { keyOf, masterSecret } from "./keys.ts";
import { openLedger } from "./ledger.ts";
import { destinationOf, overviewOf, previewOf } from "./reading.ts";
import { receiverKeyOf } from "./receipt.ts";
import { mayLeave, tryItem } from "./sending.ts";
import type { SharingSettings } from "./settings.ts";
import { carryOut, intend } from "./withdrawal.ts";
import { type WorkerDeps, startWorker } from "./worker.ts";

export interface Sharing {
  overview(): Promise<SharingOverview>;
  /** What would be sent, and what waits to be, byte for byte; of one question or of all. Throws RequestRefused when there is no such question. */
  preview(question?: string): Promise<SharingPreview>;
  /** Throws SharingConflict when another catalogue was shown, or holds no such question, and SharingLocked for a yes under a lock. */
  answer(answers: ConsentAnswers, by: string): Promise<SharingOverview>;
  /** Resolves once nothing but deletions can leave. */
  withdraw(how: Withdrawal, by: string): Promise<Withdrawn>;
  /** Newest first. Throws RequestRefused for a cursor that is none. */
  ledger(cursor: string | undefined, limit: number): Promise<LedgerPage>;
  /** Throws SharingLocked under a lock. */
  export(by: string): Promise<SharingBundle>;
}

export interface RunningSharing extends Sharing {
  /** A round of the leader's work at once; resolves when it has ended. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

export interface SharingDeps extends Pick<WorkerDeps, "leader" | "every"> {
  readonly state: SharingState;
  readonly store: LedgerStore;
  readonly settings: SharingSettings;
  readonly answer: AnswerQuestion;
  readonly telemetry: SharingTelemetry;
  readonly catalogue?: SharingCatalogue;
  /** From 0 to below 1, of a source that nobody can foresee. */
  readonly random: () => number;
  /** Unix ms. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Throws when the receiver's key is none. */
export async function startSharing(deps: SharingDeps): Promise<RunningSharing> {
  const { state, store, settings, telemetry, random, now, log } = deps;
  const { catalogue = sharingCatalogue } = deps;
  const { batches, consents, bucket } = state;
  const catalogueSha256 = hashOf(catalogue);
  const ledger = openLedger(bucket, store);
  const books = openBooks({ state, ledger, catalogue, telemetry, now });
  const inTurn = inTurns();
  const address = destinationOf(settings);
  const receiverKey =
    settings.receiverKey === undefined ? undefined : receiverKeyOf(settings.receiverKey);
  const known = { ...deps, books, batches, consents, catalogue, catalogueSha256 };
  const questions = catalogue.questions.map(({ id }) => id);
  const withdrawing = { state, books, ledger, questions, random };
  const sending = { books, bucket, receiverKey, telemetry, random, now, log };
  const isOpen = settings.lock === null;

  const tellWaiting = () =>
    telemetry.waiting(books.waiting("report").length + books.waiting("delete").length);
  const stopFollowing = batches.onChange(tellWaiting);
  tellWaiting();
  const worker = startWorker({
    ...known,
    inTurn,
    finishWithdrawal: () => carryOut(withdrawing),
    freezeClosed: isOpen ? (question) => freezeClosed(known, question) : undefined,
    tryItem:
      isOpen && address !== undefined
        ? (item, signal) => tryItem({ ...sending, url: address }, item, signal)
        : undefined,
  });

  /** The ledger learns it later when the database is away; what was decided holds from now on. */
  const noteAnswers = () =>
    books.noteAnswers().catch((err: unknown) => log.warn({ err }, "answers not noted yet"));

  async function keep(answers: ConsentAnswers["answers"], by: string): Promise<void> {
    // One that is under way would take back what is answered now.
    await carryOut(withdrawing);
    await noteAnswers();
    for (const { question: id, answer } of answers) {
      const question = questionById(id, catalogue);
      if (question === undefined) continue;
      const given = { answer, question, catalogue: catalogue.version, sha256: catalogueSha256 };
      await consents.change(id, (before) => answered(before, { ...given, by, nowMs: now() }));
    }
    await noteAnswers();
    const refused = new Set(
      answers.filter(({ answer }) => answer === "no").map(({ question }) => question),
    );
    for (const [key, { question }] of batches.entries()) {
      if (!refused.has(question)) continue;
      await books.change(key, (batch) => dropped(batch, now(), "the answer is no"));
      await books.note(key);
    }
  }

  async function bundle(by: string): Promise<SharingBundle> {
    const bodies: string[] = [];
    const master = await masterSecret(bucket);
    for (const key of Array.from(batches.entries(), ([each]) => each)) {
      const batch = await books.batch(key);
      if (batch === undefined || !(await mayLeave({ books, bucket }, batch))) continue;
      // Those that the record has as written to a file, and no other: one that another hub drops in this moment stays here.
      let taken: readonly KeptReport[] = [];
      await books.change(key, (each) => {
        taken = exportable(each, now());
        return exported(each, now(), by);
      });
      await books.note(key);
      for (const report of taken)
        bodies.push(seal(report.text, keyOf(master, placeOf(batch, report))).toString("base64"));
    }
    // Each begins with its key: sorted, their order tells nothing.
    return { bodies: bodies.toSorted() };
  }

  return {
    overview: () => overviewOf({ ...known }),
    preview: (question) => previewOf(known, question),
    async answer({ sha256, answers }, by) {
      if (sha256 !== catalogueSha256)
        throw new SharingConflict(
          "the questions have changed since they were shown: read them again, then answer",
        );
      const unknown = answers.find(
        ({ question }) => questionById(question, catalogue) === undefined,
      );
      if (unknown !== undefined)
        throw new SharingConflict(`the catalogue has no question ${unknown.question}`);
      if (!isOpen && answers.some(({ answer }) => answer === "yes"))
        throw new SharingLocked(lockedText(settings));
      if (answers.some(({ answer }) => answer === "no")) worker.abortReport();
      await inTurn(() => keep(answers, by));
      return await overviewOf(known);
    },
    async withdraw(how, by) {
      worker.abortReport();
      return await inTurn(async () => {
        await noteAnswers();
        await intend(withdrawing, { ...how, by, atMs: now() });
        return await carryOut(withdrawing);
      });
    },
    ledger: (cursor, limit) => ledger.page(cursor, limit),
    async export(by) {
      if (!isOpen) throw new SharingLocked(lockedText(settings));
      return await inTurn(() => bundle(by));
    },
    tick: () => worker.tick(),
    async stop() {
      stopFollowing();
      await worker.stop();
      await inTurn(async () => undefined);
    },
  };
}

const lockedText = ({ lock }: SharingSettings) =>
  lock === "DO_NOT_TRACK"
    ? "DO_NOT_TRACK is set, so nothing is shared: unset it and start the hub anew"
    : "sharing.locked is set, so nothing is shared: change the configuration and start the hub anew";
