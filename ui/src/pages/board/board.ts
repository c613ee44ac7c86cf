// The release board as a page needs it: rows by profile and operation, what to say first, and how a cell is named in the URL. Pure.
import type {
  Board,
  BoardCell,
  BoardRow,
  Figure,
  VariantLabels,
  VerdictKind,
} from "@tidemark/proto";
import { selectorOf } from "../../format/labels.ts";
import { compareUrl } from "../compare/ask.ts";

export interface Group {
  readonly profile: string;
  readonly profileName: string;
  readonly rows: readonly PlacedRow[];
}
export interface PlacedRow {
  readonly row: BoardRow;
  /** Among all rows, for the arrow keys. */
  readonly index: number;
  /** The operation, where the row before has another. */
  readonly operation: string;
}
export interface Place {
  readonly row: BoardRow;
  readonly column: number;
  readonly cell: BoardCell;
}

/** Rows in the order they came, under their profiles. */
export function groupsOf({ rows }: Board): readonly Group[] {
  const groups: { profile: string; profileName: string; rows: PlacedRow[] }[] = [];
  for (const [index, row] of rows.entries()) {
    let group = groups.at(-1);
    if (group?.profile !== row.profile) {
      group = { profile: row.profile, profileName: row.profileName, rows: [] };
      groups.push(group);
    }
    const before = group.rows.at(-1)?.row.operation;
    group.rows.push({ row, index, operation: before === row.operation ? "" : row.operation });
  }
  return groups;
}

/**
 * What differs most for certain: the end of its interval that is nearest to no difference lies farthest from it. What became worse
 * comes first and has half the room, for it needs somebody.
 */
export function headlines(board: Board, most: number): readonly Place[] {
  const sorted = placesOf(board).toSorted(
    (left, right) => certain(right.cell) - certain(left.cell),
  );
  const of = (kind: VerdictKind) => sorted.filter(({ cell }) => cell.verdict === kind);
  const worse = of("regression").slice(0, Math.ceil(most / 2));
  return [...worse, ...of("improvement").slice(0, most - worse.length)];
}

function certain({ low, high }: BoardCell): number {
  return low === null || high === null ? 0 : Math.min(Math.abs(low), Math.abs(high));
}

const placesOf = ({ rows }: Board): readonly Place[] =>
  rows.flatMap((row) =>
    row.cells.flatMap((cell, column) => (cell === null ? [] : [{ row, column, cell }])),
  );

/** How the URL names a cell: by what it is of, for rows and columns come and go. */
export const cellKey = (board: Board, row: BoardRow, column: number): string =>
  [row.profile, selectorOf(row.labels), board.columns[column] ?? ""].join("~");

export function placeOfKey(board: Board, key: string): Place | undefined {
  return placesOf(board).find(({ row, column }) => cellKey(board, row, column) === key);
}

/** The column a cell is compared with: the chosen one, or the nearest before it that has runs. */
export function referenceOf(
  board: Board,
  { row, column }: Pick<Place, "row" | "column">,
  baseline: string | null,
): string | undefined {
  const chosen =
    baseline === null
      ? row.cells.slice(0, column).findLastIndex((cell) => cell !== null)
      : board.columns.indexOf(baseline);
  return chosen === column || !row.cells[chosen] ? undefined : board.columns[chosen];
}

/** The variant of a row in a column. */
export const labelsAt = (board: Board, row: BoardRow, release: string): VariantLabels => ({
  ...row.labels,
  [board.across]: release,
});

export function comparisonOf(
  board: Board,
  { row, column }: Pick<Place, "row" | "column">,
  reference: string,
): string {
  return compareUrl({
    kind: "profile",
    profile: row.profile,
    baseline: selectorOf(labelsAt(board, row, reference)),
    candidate: selectorOf(labelsAt(board, row, board.columns[column] ?? "")),
  });
}

export const figureWords: Record<Figure, string> = {
  p50: "p50",
  p95: "p95",
  p99: "p99",
  errors: "errors",
  capacity: "capacity",
};

/** The cell an arrow key leads to: the next that holds something, or none. */
export function neighbour(
  { rows, columns }: Board,
  from: { readonly row: number; readonly column: number },
  key: string,
): { row: number; column: number } | undefined {
  const step = steps[key];
  if (step === undefined) return undefined;
  let { row, column } = from;
  if (key === "Home") column = -1;
  if (key === "End") column = columns.length;
  for (;;) {
    row += step.row;
    column += step.column;
    if (row < 0 || row >= rows.length || column < 0 || column >= columns.length) return undefined;
    if (rows[row]?.cells[column]) return { row, column };
  }
}

const steps: Readonly<Record<string, { row: number; column: number }>> = {
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
  Home: { row: 0, column: 1 },
  End: { row: 0, column: -1 },
};
