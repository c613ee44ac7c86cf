// From answers and how many operators gave each to what is told of them. Pure, and the only way to a chart: what is not in a frozen
// row is never told.
//
// Nothing is told of fewer than k operators. Cells below that are merged into the row's rest, and the smallest cell that would have been
// told joins them, so that subtracting cells from the total says nothing either. An empty cell and a small one look alike. There is no
// noise: figures are exact or absent.
import {
  type SharingAnswer,
  type SharingCatalogue,
  type SharingField,
  labelsOf,
  sharingCatalogue,
} from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { type DeclaredChart, fieldsOf } from "./declared.ts";

/** How many operators gave an answer. Of the answer only the chart's fields are looked at. */
export interface AnswerCount {
  readonly answer: SharingAnswer;
  readonly operators: number;
}

const label = Type.String({ maxLength: 64 });
const operators = Type.Integer({ minimum: 0 });
const quartile = Type.Union([label, Type.Null()]);

/** A row as it is told. Every number is of k operators or more. */
export const FrozenRow = Type.Object(
  {
    /** One for each of the chart's row fields. */
    labels: Type.Array(label, { maxItems: 5 }),
    operators,
    /** In the order of the labels. */
    cells: Type.Array(Type.Object({ label, operators }), { maxItems: 64 }),
    /** Operators in all other cells together, k or more; 0 when the chart has no cells, or all are told. */
    rest: operators,
    /** Labels, each null where fewer than k lie on either side, or where a tenth of the operators could move it further. */
    quartiles: Type.Object({ first: quartile, median: quartile, third: quartile }),
    /** Operators with the chart's share; null where they or the others are fewer than k, or the chart has none. */
    share: Type.Union([operators, Type.Null()]),
  },
  { additionalProperties: false },
);
export type FrozenRow = Static<typeof FrozenRow>;

/** Who sees a chart. */
export type Audience = "maintainers" | "public";

/** Operators a number stands for at least. `seen`: operators the chart knows of. */
export function thresholdOf(seen: number, audience: Audience): number {
  if (audience === "public") return 20;
  return seen < 200 ? 5 : 10;
}

/** The largest row's operators: as many there are at least, since each is in a row once. */
export function operatorsSeen(chart: DeclaredChart, answers: readonly AnswerCount[]): number {
  return Math.max(0, ...[...rowsOf(chart, answers).values()].map(sumOf));
}

/** The chart's rows that may be told, in the order of their labels. Rows of fewer than `k` operators are left out. */
export function freeze(
  chart: DeclaredChart,
  answers: readonly AnswerCount[],
  k: number,
  from: SharingCatalogue = sharingCatalogue,
): readonly FrozenRow[] {
  const fields = fieldsOf(chart, from);
  return [...rowsOf(chart, answers).values()]
    .filter((row) => sumOf(row) >= k)
    .map((row) => freezeRow(chart, fields, row, k))
    .toSorted(byLabels(fields.rows));
}

type Row = readonly AnswerCount[];

function rowsOf(chart: DeclaredChart, answers: readonly AnswerCount[]): ReadonlyMap<string, Row> {
  return Map.groupBy(answers, ({ answer }) =>
    JSON.stringify(chart.rows.map((name) => answer[name])),
  );
}

const sumOf = (row: Row) => row.reduce((sum, { operators: some }) => sum + some, 0);

function freezeRow(
  { rows, share }: DeclaredChart,
  { cells, figure }: Pick<ReturnType<typeof fieldsOf>, "cells" | "figure">,
  row: Row,
  k: number,
): FrozenRow {
  const total = sumOf(row);
  const told = cells === undefined ? [] : toldCells(votesOf(row, cells), k);
  const some = share === undefined ? 0 : sumOf(row.filter(isOf(share)));
  return {
    labels: rows.map((name) => row[0]?.answer[name] ?? ""),
    operators: total,
    cells: told,
    rest: cells === undefined ? 0 : total - told.reduce((sum, one) => sum + one.operators, 0),
    quartiles: quartilesOf(figure === undefined ? [] : votesOf(row, figure), k),
    share: share !== undefined && some >= k && total - some >= k ? some : null,
  };
}

const isOf =
  ({ field, label: wanted }: NonNullable<DeclaredChart["share"]>) =>
  ({ answer }: AnswerCount) =>
    answer[field] === wanted;

/** Operators per label, in the labels' order, those nobody gave too. */
type Votes = readonly { readonly label: string; readonly operators: number }[];

const votesOf = (row: Row, { name, treatment }: SharingField): Votes =>
  labelsOf(treatment).map((one) => ({
    label: one,
    operators: sumOf(row.filter(({ answer }) => answer[name] === one)),
  }));

/**
 * Cells of k or more; while any label has fewer, without the smallest of them and its equals. So what is told stays the same whichever
 * way the labels that are not told are swapped, and of none of them can it be said whether it has many, few or nobody.
 */
function toldCells(votes: Votes, k: number): { label: string; operators: number }[] {
  const enough = votes.filter((cell) => cell.operators >= k);
  if (enough.length === votes.length) return enough;
  const least = Math.min(...enough.map((cell) => cell.operators));
  return enough.filter((cell) => cell.operators > least);
}

/** Of a hundred operators, this many may be liars and move no quartile that is told by more than one label. */
const poisonPercent = 10;

/**
 * The quartiles only where they lie further from the median than the liars of both and k between them: nearer ones tell by their
 * distances how many operators a label has.
 */
function quartilesOf(votes: Votes, k: number): FrozenRow["quartiles"] {
  const total = votes.reduce((sum, vote) => sum + vote.operators, 0);
  const liars = Math.ceil((total * poisonPercent) / 100);
  const at = (part: number) => {
    const rank = Math.ceil(part * total);
    if (rank - 1 < k || total - rank < k) return null;
    const index = indexAt(votes, rank);
    const spread = [rank - liars, rank + liars].map((one) => Math.abs(indexAt(votes, one) - index));
    return Math.max(...spread) <= 1 ? (votes[index]?.label ?? null) : null;
  };
  if (Math.floor(total / 4) <= 2 * liars + k) return { first: null, median: at(0.5), third: null };
  return { first: at(0.25), median: at(0.5), third: at(0.75) };
}

/** Index of the label of the operator with that rank, from 1. */
function indexAt(votes: Votes, rank: number): number {
  let passed = 0;
  return votes.findIndex(({ operators: some }) => (passed += some) >= rank);
}

function byLabels(fields: readonly SharingField[]): (one: FrozenRow, other: FrozenRow) => number {
  const orders = fields.map(({ treatment }) => labelsOf(treatment));
  return (one, other) => {
    for (const [index, order] of orders.entries()) {
      const place = (row: FrozenRow) => order.indexOf(row.labels[index] ?? "");
      const apart = place(one) - place(other);
      if (apart !== 0) return apart;
    }
    return 0;
  };
}
