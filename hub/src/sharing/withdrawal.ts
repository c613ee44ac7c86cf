// The way out. The intent is written first: from then on no report leaves, and whoever dies in the middle leaves the rest to the next hub.
import { type Withdrawn, jsonParser } from "@tidemark/proto";
import { Type } from "typebox";
import type { SharingState } from "../state/sharing.ts";
import { waitingIn } from "./batch.ts";
import { askedBack, dropped } from "./batch-changes.ts";
import type { Books } from "./books.ts";
import type { Ledger } from "./ledger.ts";

export interface WithdrawalDeps {
  readonly state: SharingState;
  readonly books: Books;
  readonly ledger: Ledger;
  /** Ids of those that can be agreed to. */
  readonly questions: readonly string[];
  readonly random: () => number;
}

const intentKey = "withdrawal";
const Intent = Type.Object({
  atMs: Type.Integer(),
  by: Type.String({ maxLength: 64 }),
  delete: Type.Boolean(),
});
const parseIntent = jsonParser(Intent, "withdrawal");

/** Keeps the intent; another that is under way is carried out with it, with `delete` if either has it. */
export async function intend(
  { state: { bucket } }: WithdrawalDeps,
  { atMs, by, delete: isDelete }: { atMs: number; by: string; delete: boolean },
): Promise<void> {
  const held = await bucket.get(intentKey);
  const before = held === undefined ? undefined : parseIntent(held.value);
  const intent = { atMs, by: by.slice(0, 64), delete: isDelete || before?.delete === true };
  await bucket.put(
    intentKey,
    new TextEncoder().encode(JSON.stringify(intent)),
    held?.revision ?? 0,
  );
}

export const isIntended = async (bucket: SharingState["bucket"]): Promise<boolean> =>
  (await bucket.get(intentKey)) !== undefined;

/** Carries out what is intended, if anything; every step may be repeated. */
export async function carryOut(deps: WithdrawalDeps): Promise<Withdrawn> {
  const { state, books, ledger, questions, random } = deps;
  const { consents, batches, bucket } = state;
  const held = await bucket.get(intentKey);
  if (held === undefined) return { dropped: 0, deletions: 0 };
  const { atMs, by, delete: isDelete } = parseIntent(held.value);

  const known = Array.from(consents.entries(), ([id]) => id);
  for (const question of new Set([...questions, ...known])) {
    // From the broker: a yes that another hub took a moment ago ends too.
    await consents.fetch(question);
    await consents.change(question, (record) =>
      record?.answer === "yes"
        ? { answer: "no", answeredAtMs: atMs, by, agreed: null, isNoted: true }
        : undefined,
    );
  }
  let droppedCount = 0;
  for (const key of Array.from(batches.entries(), ([each]) => each)) {
    let newlyDropped = 0;
    await books.change(key, (batch) => {
      newlyDropped = waitingIn(batch).filter(({ kind }) => kind === "report").length;
      const after = dropped(batch, atMs, said);
      return isDelete ? askedBack(after, atMs, random) : after;
    });
    droppedCount += newlyDropped;
    await books.note(key);
  }
  await ledger.append([
    {
      id: `withdrawn|${atMs}`,
      atMs,
      event: "withdrawn",
      question: null,
      period: null,
      text: "",
      sha256: "",
      status: null,
      receipt: "",
      said: `by ${by}${isDelete ? "; what was sent is asked back" : ""}`,
    },
  ]);
  await bucket.remove(intentKey);
  return { dropped: droppedCount, deletions: books.waiting("delete").length };
}

const said = "everything was withdrawn";
