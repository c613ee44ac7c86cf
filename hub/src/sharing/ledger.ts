// Adds entries to the ledger: each once, numbered without gaps, whatever dies in between. The head in the broker's bucket holds the last
// entries that got numbers; they are written there first, with a revision check, and only then into the database. Whoever comes next
// sees to it that they are there.
import { LedgerEntry, type LedgerPage, jsonParser } from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../errors.ts";
import { type Bucket, RevisionConflict } from "../state/bucket.ts";
import type { LedgerStore, StoredEntry } from "../store/sharing-ledger.ts";

/** Without its number. */
export type NewEntry = Omit<StoredEntry, "number">;

export interface Ledger {
  /** What was added before, by its `id`, is not added again. Resolves when all of it is in the database. */
  append(entries: readonly NewEntry[]): Promise<void>;
  /** Newest first. Throws RequestRefused for a cursor that is none. */
  page(cursor: string | undefined, limit: number): Promise<LedgerPage>;
}

const headKey = "ledger";
/** Of one write: together less than a value of the bucket may have. */
const entriesMax = 50;
/** Every failure means that another hub got through. */
const attemptsMax = 100;

const Head = Type.Object({
  last: Type.Integer({ minimum: 0 }),
  entries: Type.Array(Type.Object({ ...LedgerEntry.properties, id: Type.String() })),
});
const parseHead = jsonParser(Head, "head of the ledger");

export function openLedger(bucket: Pick<Bucket, "get" | "put">, store: LedgerStore): Ledger {
  /** The head whose entries are known to be stored, and the last number that the database has with them. */
  let known = { last: 0, revision: 0 };

  /** The head, its entries stored. */
  async function settled(): Promise<{ readonly last: number; readonly revision: number }> {
    const held = await bucket.get(headKey);
    if (held === undefined) return { last: await store.last(), revision: 0 };
    if (held.revision !== known.revision) {
      const { last, entries } = parseHead(held.value);
      const stored = await store.known(entries.map(({ id }) => id));
      const missing = entries.filter(({ id }) => !stored.has(id));
      if (missing.length > 0) await store.insert(missing);
      // A bucket that was lost, or put back to an earlier state, gives no number that the database has: it would replace an entry.
      known = { last: Math.max(last, await store.last()), revision: held.revision };
    }
    return known;
  }

  async function appendSome(entries: readonly NewEntry[]): Promise<void> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const head = await settled();
      // Everything that has a number is stored by now, so what is not stored was never added.
      const stored = await store.known(entries.map(({ id }) => id));
      const fresh = entries
        .filter(({ id }) => !stored.has(id))
        .map((entry, at) => ({ ...entry, number: head.last + 1 + at }));
      if (fresh.length === 0) return;
      const next = { last: head.last + fresh.length, entries: fresh };
      try {
        const revision = await bucket.put(headKey, encode(next), head.revision);
        await store.insert(fresh);
        known = { last: next.last, revision };
        return;
      } catch (cause) {
        if (!(cause instanceof RevisionConflict)) throw cause;
      }
    }
    throw new Error(
      `the ledger was written ${attemptsMax} times by others: look for a hub gone wild`,
    );
  }

  return {
    async append(entries) {
      for (let at = 0; at < entries.length; at += entriesMax)
        await appendSome(entries.slice(at, at + entriesMax));
    },
    async page(cursor, limit) {
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : numberIn(cursor);
      await settled();
      const items = [...(await store.page(before, limit))];
      const last = items.at(-1)?.number ?? 1;
      return { items, nextCursor: items.length < limit || last <= 1 ? null : String(last) };
    },
  };
}

function numberIn(cursor: string): number {
  const number = /^[1-9]\d{0,14}$/.test(cursor) ? Number(cursor) : undefined;
  if (number === undefined)
    throw new RequestRefused("invalid-request", "the cursor is none of the ledger's", {
      field: "/cursor",
    });
  return number;
}

const encode = (head: unknown) => new TextEncoder().encode(JSON.stringify(head));
