// Where the receiver's charts come from and where they stay: counts out of `shared_reports`, frozen charts in `shared_charts`. A chart
// is written once for each period and catalogue and never again, so that asking twice says nothing more.
import { type SharingAnswer, parser } from "@tidemark/proto";
import { Type } from "typebox";
import type { Database } from "../../store/database.ts";
import { dayOf, dayText } from "../day.ts";
import type { DeclaredChart } from "./declared.ts";
import { type AnswerCount, FrozenRow } from "./freeze.ts";

/** A chart of one period, as it is told for ever. */
export interface FrozenChart {
  readonly chart: string;
  /** Of the question's own length: see `periodAt`. */
  readonly period: number;
  /** Version of the catalogue: answers to another are never mixed in. */
  readonly catalogue: number;
  /** Operators every number stands for at least. */
  readonly k: number;
  readonly rows: readonly FrozenRow[];
}

/** One question's reports of one period and catalogue. */
export interface Reported {
  readonly question: string;
  readonly period: number;
  readonly catalogue: number;
}

export interface ChartStore {
  /** Of which questions, periods and catalogues there are reports. */
  reported(): Promise<readonly Reported[]>;
  /** How many operators gave each combination of these fields' labels. Throws when there are more than `answersMax`. */
  count(of: Reported, fields: readonly string[]): Promise<readonly AnswerCount[]>;
  /** Writes a chart at `nowMs` unless there is one of its period and catalogue already. */
  freeze(chart: FrozenChart, nowMs: number): Promise<void>;
  /** All there are, the newest period first. */
  frozen(): Promise<readonly FrozenChart[]>;
}

/** Combinations of labels one chart may have; the catalogue's labels allow hardly more. */
const answersMax = 500_000;
const reportedMax = 10_000;
/** Ten years of eighteen charts. */
const frozenMax = 4_000;

const parseRows = parser(Type.Array(FrozenRow), "rows of a frozen chart");

/** Makes the table where it is missing. `shared_reports` is the receiver's own. One program at a time may freeze. */
export async function openChartStore(database: Database): Promise<ChartStore> {
  await database.command(
    `CREATE TABLE IF NOT EXISTS shared_charts (
      chart LowCardinality(String),
      period UInt32,
      catalogue UInt16,
      k UInt16,
      rows String CODEC(ZSTD(3)),
      frozen_day Date
    ) ENGINE = MergeTree ORDER BY (chart, period, catalogue)
    SETTINGS fsync_after_insert = 1, non_replicated_deduplication_window = 1000`,
  );
  return {
    reported: () =>
      database.query<Reported>(
        `SELECT question, period, catalogue
        FROM shared_reports
        GROUP BY question, period, catalogue
        ORDER BY period, question, catalogue
        LIMIT ${reportedMax}`,
      ),
    async count({ question, period, catalogue }, fields) {
      const rows = await database.query<{ labels: readonly string[]; operators: number }>(
        `SELECT arrayMap(name -> toString(answer[name]), {fields:Array(String)}) AS labels, count() AS operators
        FROM shared_reports FINAL
        WHERE question = {question:String}
          AND period = {period:UInt32}
          AND catalogue = {catalogue:UInt16}
        GROUP BY labels
        LIMIT ${answersMax + 1}`,
        { fields, question, period, catalogue },
      );
      if (rows.length > answersMax)
        throw new RangeError(`${question} has more than ${answersMax} different answers`);
      return rows.map(({ labels, operators }) => ({
        answer: answerOf(fields, labels),
        operators,
      }));
    },
    async freeze({ chart, period, catalogue, k, rows }, nowMs) {
      const [known] = await database.query<{ count: number }>(
        `SELECT count() AS count
        FROM shared_charts
        WHERE chart = {chart:String}
          AND period = {period:UInt32}
          AND catalogue = {catalogue:UInt16}
        LIMIT 1`,
        { chart, period, catalogue },
      );
      if (known === undefined || known.count > 0) return;
      await database.insertRows(
        "shared_charts",
        [
          {
            chart,
            period,
            catalogue,
            k,
            rows: JSON.stringify(rows),
            frozen_day: dayText(dayOf(nowMs)),
          },
        ],
        `${chart} ${period} ${catalogue}`,
      );
    },
    async frozen() {
      const rows = await database.query<Omit<FrozenChart, "rows"> & { readonly rows: string }>(
        `SELECT chart, period, catalogue, k, rows
        FROM shared_charts
        ORDER BY period DESC, chart, catalogue DESC, frozen_day
        LIMIT 1 BY chart, period, catalogue
        LIMIT ${frozenMax}`,
      );
      return rows.map((row) => ({ ...row, rows: parseRows(JSON.parse(row.rows)) }));
    },
  };
}

const answerOf = (fields: readonly string[], labels: readonly string[]): SharingAnswer =>
  Object.fromEntries(fields.map((name, index) => [name, labels[index] ?? ""]));

/** The fields a chart looks at. */
export function countedFields({ rows, cells, figure, share }: DeclaredChart): readonly string[] {
  const fields = [...rows, cells, figure, share?.field].filter((name) => name !== undefined);
  return [...new Set(fields)];
}
