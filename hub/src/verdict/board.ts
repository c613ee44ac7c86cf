// The release board: every profile's variants in rows, their releases in columns, each cell against the one it is compared with. Pure.
import {
  type Board,
  type BoardCell,
  type BoardRow,
  type Figure,
  type VariantLabels,
  defaultComparison,
  verdictLimits,
} from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";
import { labelOf, labelText, without } from "../profiles/labels.ts";
import { type CellRuns, cellOf, cellRuns } from "./board-cell.ts";
import { type ComparedFigure, comparedFigures } from "./compared-figures.ts";
import { compareVersions } from "./versions.ts";

export interface BoardInput {
  /** Newest first. */
  readonly runs: readonly RunEvidence[];
  readonly figure: Figure;
  /** The label whose values are the columns. */
  readonly across: string;
  /** The column the others are compared with; without it each with the nearest before it in its row. */
  readonly baseline: string | undefined;
  /** As the profile is called now; undefined leaves its rows out. */
  readonly profileName: (run: RunEvidence) => string | undefined;
}

/** The usual margin: a row is of any profile. */
const { marginRatio } = defaultComparison;

export function boardOf(input: BoardInput): Board {
  const { figure: name, across, baseline } = input;
  const figure: ComparedFigure = comparedFigures[name];
  const rows = rowsOf(input, figure);
  const seen = new Set(rows.flatMap(({ runs }) => [...runs.keys()]));
  const columns = [...seen].toSorted(compareVersions);
  const rowsMax = Math.floor(verdictLimits.boardCellsMax / Math.max(1, columns.length));
  const shown = rows.slice(0, rowsMax);
  return {
    figure: name,
    unit: figure.unit,
    across,
    columns,
    rows: shown.map(({ row, runs }) => ({
      ...row,
      cells: cellsOf(row.operation, columns, runs, baseline, figure),
    })),
    isCut: shown.length < rows.length,
  };
}

interface UnfinishedRow {
  readonly row: Omit<BoardRow, "cells">;
  /** By column. */
  readonly runs: ReadonlyMap<string, RunEvidence[]>;
}

/** Those in which anything has the figure; by profile's name, then by labels, numbers among them by value. */
function rowsOf(input: BoardInput, figure: ComparedFigure): readonly UnfinishedRow[] {
  const across: ReadonlySet<string> = new Set([input.across]);
  const rows = new Map<string, UnfinishedRow & { readonly runs: Map<string, RunEvidence[]> }>();
  const texts = new Map<VariantLabels, string>();
  for (const run of input.runs) {
    const { origin } = run;
    const column = origin && labelOf(origin.variant, input.across);
    if (origin === undefined || column === undefined) continue;
    if (figure.value(run.figures) === undefined && run.validity.level !== "invalid") continue;
    const key = `${origin.profile.id} ${textOf(origin.variant)}`;
    const row = rows.get(key) ?? newRow(run, origin.profile.id, without(origin.variant, across));
    if (row === undefined) continue;
    rows.set(key, row);
    const runs = row.runs.get(column) ?? [];
    row.runs.set(column, runs);
    runs.push(run);
  }
  return [...rows.values()].toSorted((one, other) => compareRows(one.row, other.row));

  function textOf(variant: VariantLabels): string {
    const text = texts.get(variant) ?? labelText(without(variant, across));
    texts.set(variant, text);
    return text;
  }

  function newRow(run: RunEvidence, profile: string, labels: VariantLabels) {
    const profileName = input.profileName(run);
    if (profileName === undefined) return undefined;
    const row = {
      profile,
      profileName,
      operation: labels["operation"] ?? profileName,
      dataset: labels["dataset"] ?? "",
      labels,
    };
    return { row, runs: new Map<string, RunEvidence[]>() };
  }
}

function compareRows(one: UnfinishedRow["row"], other: UnfinishedRow["row"]): number {
  return (
    compareVersions(one.profileName, other.profileName) ||
    compareVersions(one.operation, other.operation) ||
    Number(one.dataset !== "") - Number(other.dataset !== "") ||
    compareVersions(one.dataset, other.dataset) ||
    compareVersions(labelText(one.labels), labelText(other.labels))
  );
}

function cellsOf(
  operation: string,
  columns: readonly string[],
  runs: UnfinishedRow["runs"],
  baseline: string | undefined,
  figure: ComparedFigure,
): (BoardCell | null)[] {
  const sides = new Map(
    Array.from(runs, ([column, ofColumn]) => [column, cellRuns(column, ofColumn, figure)]),
  );
  let before: CellRuns | undefined;
  return columns.map((column) => {
    const side = sides.get(column);
    if (side === undefined) return null;
    const against = baseline === undefined ? before : sides.get(baseline);
    before = side;
    return cellOf(operation, against === side ? undefined : against, side, figure, marginRatio);
  });
}
