// Records and ledger kept in step: a change of a batch is written together with what the ledger is to learn of it, then the ledger is
// told, then the record forgets it. Whoever dies in between leaves it to the next one, who tells the same by the same ids.
import { type SharingCatalogue, questionById, sharingLimits } from "@tidemark/proto";
import { RevisionConflict } from "../state/bucket.ts";
import type { SharingState } from "../state/sharing.ts";
import { type Batch, type BatchEvent, type Due, batchKey, waitingIn } from "./batch.ts";
import { noted } from "./batch-changes.ts";
import { type Agreed, yesTo } from "./consent.ts";
import { type BodyKind, textSha256 } from "./envelope.ts";
import type { Ledger } from "./ledger.ts";

/** What Prometheus is told. */
export interface SharingTelemetry {
  /** Something happened to a report: `frozen`, `sent`, `failed`, `given-up`, `dropped`, … */
  readonly happened: (event: BatchEvent["event"]) => void;
  /** The receiver will not have it, for a reason of its list. */
  readonly refused: (reason: string) => void;
  /** Reports and deletions that wait. */
  readonly waiting: (count: number) => void;
}

export interface Waiting extends Due {
  /** Of its batch. */
  readonly key: string;
  readonly batch: Batch;
}

export interface Books {
  /** From the broker, whoever wrote it last. */
  batch(key: string): Promise<Batch | undefined>;
  /** False when there is one already: then that one holds. */
  create(batch: Batch): Promise<boolean>;
  /** Writes what `change` makes of it, unless that is the same; throws when others write it all the time. */
  change(key: string, change: (batch: Batch) => Batch): Promise<void>;
  /** Tells the ledger what it may not have yet of a batch. */
  note(key: string): Promise<void>;
  /** Likewise of the answers. */
  noteAnswers(): Promise<void>;
  /** The yes in force to a question, from the broker. */
  agreed(question: string): Promise<Agreed | undefined>;
  /** Whether the yes that a batch was frozen under is still in force. */
  isCovered(batch: Batch): Promise<boolean>;
  /** What waits to leave, of all batches. */
  waiting(kind: BodyKind): readonly Waiting[];
}

export function openBooks(deps: {
  readonly state: SharingState;
  readonly ledger: Ledger;
  readonly catalogue: SharingCatalogue;
  readonly telemetry: SharingTelemetry;
  readonly now: () => number;
}): Books {
  const { state, ledger, catalogue, telemetry, now } = deps;
  const { batches, consents } = state;

  function count(before: readonly BatchEvent[], after: readonly BatchEvent[]): void {
    const known = new Set(before.map(({ id }) => id));
    for (const { id, event } of after) if (!known.has(id)) telemetry.happened(event);
  }

  async function agreed(id: string): Promise<Agreed | undefined> {
    const question = questionById(id, catalogue);
    if (question === undefined) return undefined;
    return yesTo(await consents.fetch(id), question, now());
  }

  async function change(key: string, make: (batch: Batch) => Batch): Promise<void> {
    let before: Batch | undefined;
    let after: Batch | undefined;
    await batches.change(key, (batch) => {
      before = batch;
      after = batch && make(batch);
      return after === before ? undefined : after;
    });
    count(before?.unnoted ?? [], after?.unnoted ?? []);
  }

  return {
    batch: (key) => batches.fetch(key),
    async create(batch) {
      try {
        await batches.create(batchKey(batch), batch);
      } catch (cause) {
        if (cause instanceof RevisionConflict) return false;
        throw cause;
      }
      count([], batch.unnoted);
      return true;
    },
    change,
    async note(key) {
      const batch = await batches.fetch(key);
      if (batch === undefined || batch.unnoted.length === 0) return;
      const { question, period, unnoted } = batch;
      await ledger.append(
        unnoted.map((event) => ({
          ...event,
          question,
          period,
          sha256: textSha256(event.text),
        })),
      );
      const ids = new Set(unnoted.map(({ id }) => id));
      await change(key, (each) => noted(each, ids));
    },
    async noteAnswers() {
      for (const [question, record] of consents.entries()) {
        if (record.isNoted) continue;
        const { answer, answeredAtMs, by, agreed: yes } = record;
        await ledger.append([
          {
            id: `answered|${question}|${answeredAtMs}|${answer}`,
            atMs: answeredAtMs,
            event: "answered",
            question,
            period: null,
            text: "",
            sha256: yes?.sha256 ?? "",
            status: null,
            receipt: "",
            said: `${answer}, by ${by}`,
          },
        ]);
        await consents.change(question, (each) =>
          each?.answeredAtMs === answeredAtMs && each.answer === answer
            ? { ...each, isNoted: true }
            : undefined,
        );
      }
    },
    agreed,
    isCovered: async (batch) => (await agreed(batch.question))?.sinceMs === batch.agreedSinceMs,
    waiting: (kind) =>
      Array.from(batches.entries(), ([key, batch]) =>
        waitingIn(batch).map((due) => ({ ...due, key, batch })),
      )
        .flat()
        .filter((due) => due.kind === kind),
  };
}

/** How many more reports may wait. */
export const roomIn = (books: Pick<Books, "waiting">): number =>
  sharingLimits.waitingMax - books.waiting("report").length;
