// The ledger of the sharing: entries are only ever added. A number that is stored again holds the same, so that one who died in between
// may repeat it.
import { LedgerEntry, parser } from "@tidemark/proto";
import type { Database } from "./database.ts";
import { dateTime64 } from "./sql-text.ts";

/** `id`: the same for the same event, however often it is told. */
export type StoredEntry = LedgerEntry & { readonly id: string };

/** Of one question, all time. */
export interface LedgerCounts {
  readonly question: string;
  /** Reports that were sent, or written to a file. */
  readonly sent: number;
  readonly givenUp: number;
  readonly dropped: number;
}

export interface LedgerStore {
  insert(entries: readonly StoredEntry[]): Promise<void>;
  /** The highest number; 0 when there is none. */
  last(): Promise<number>;
  /** Which of these ids are stored. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Newest first, numbers below `before`. */
  page(before: number, limit: number): Promise<readonly LedgerEntry[]>;
  counts(): Promise<readonly LedgerCounts[]>;
  /** Texts of what was frozen of a question, newest first. */
  frozen(question: string, limit: number): Promise<readonly string[]>;
}

interface Row extends Record<string, unknown> {
  readonly number: number | string;
  readonly atMs: number | string;
  readonly question: string;
}

const parseEntry = parser(LedgerEntry, "stored entry of the ledger");
const questionsMax = 1_000;

export function openLedgerStore(database: Database): LedgerStore {
  return {
    async insert(entries) {
      await database.insertRows("sharing_ledger", entries.map(rowOf));
    },
    async last() {
      const [row] = await database.query<{ last: number | string }>(
        "SELECT max(number) AS last FROM sharing_ledger LIMIT 1",
      );
      return Number(row?.last ?? 0);
    },
    async known(ids) {
      const rows = await database.query<{ id: string }>(
        `SELECT DISTINCT id
        FROM sharing_ledger
        WHERE id IN {ids:Array(String)}
        LIMIT {limit:UInt32}`,
        { ids, limit: ids.length },
      );
      return new Set(rows.map(({ id }) => id));
    },
    async page(before, limit) {
      const rows = await database.query<Row>(
        `SELECT number, toUnixTimestamp64Milli(at) AS atMs, event, question, period, text, sha256, status, receipt, said
        FROM sharing_ledger FINAL
        WHERE number < {before:UInt64}
        ORDER BY number DESC
        LIMIT {limit:UInt32}`,
        { before, limit },
      );
      return rows.map((row) =>
        parseEntry({
          ...row,
          number: Number(row.number),
          atMs: Number(row.atMs),
          question: row.question === "" ? null : row.question,
        }),
      );
    },
    async counts() {
      const rows = await database.query<Record<keyof LedgerCounts, string>>(
        `SELECT
          question,
          uniqExactIf(sha256, event IN ('sent', 'exported')) AS sent,
          countIf(event = 'given-up') AS givenUp,
          countIf(event = 'dropped') AS dropped
        FROM sharing_ledger FINAL
        GROUP BY question
        LIMIT {limit:UInt32}`,
        { limit: questionsMax },
      );
      return rows.map(({ question, sent, givenUp, dropped }) => ({
        question,
        sent: Number(sent),
        givenUp: Number(givenUp),
        dropped: Number(dropped),
      }));
    },
    async frozen(question, limit) {
      const rows = await database.query<{ text: string }>(
        `SELECT text
        FROM sharing_ledger FINAL
        WHERE question = {question:String} AND event = 'frozen'
        ORDER BY number DESC
        LIMIT {limit:UInt32}`,
        { question, limit },
      );
      return rows.map(({ text }) => text);
    },
  };
}

const rowOf = ({ atMs, question, ...entry }: StoredEntry): Record<string, unknown> => ({
  ...entry,
  at: dateTime64(atMs),
  question: question ?? "",
});
