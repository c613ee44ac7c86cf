import { expect, test } from "vitest";
import { boardOf } from "../../../test/mock/board.ts";
import {
  cellKey,
  comparisonOf,
  groupsOf,
  headlines,
  neighbour,
  placeOfKey,
  referenceOf,
} from "./board.ts";

const board = boardOf(new URLSearchParams("figure=p50"));

test("a board of a thousand cells is grouped by profile without losing a row", () => {
  expect(board.rows.length * board.columns.length).toBe(1_000);
  const groups = groupsOf(board);
  expect(groups.map(({ profileName }) => profileName)).toEqual([
    ...new Set(board.rows.map(({ profileName }) => profileName)),
  ]);
  expect(groups.flatMap(({ rows }) => rows.map(({ index }) => index))).toEqual([
    ...board.rows.keys(),
  ]);
});

test("what became worse is said first, then what became better, each the most certain first", () => {
  const said = headlines(board, 6);
  expect(said.map(({ cell }) => cell.verdict)).toEqual([
    ...Array.from({ length: 3 }, () => "regression"),
    ...Array.from({ length: 3 }, () => "improvement"),
  ]);
  for (const half of [said.slice(0, 3), said.slice(3)]) {
    const sizes = half.map(({ cell }) => Math.min(Math.abs(cell.low!), Math.abs(cell.high!)));
    expect(sizes).toEqual(sizes.toSorted((left, right) => right - left));
  }
});

test("a cell is found again by its key, and names what it is compared with", () => {
  const [place] = headlines(board, 1);
  const key = cellKey(board, place!.row, place!.column);
  expect(placeOfKey(board, key)).toEqual(place);
  const reference = referenceOf(board, place!, null);
  expect(reference).toBe(board.columns[place!.column - 1]);
  const query = new URL(comparisonOf(board, place!, reference!), "http://hub").searchParams;
  expect(query.get("baseline")).toContain(`release=${reference}`);
  expect(query.get("candidate")).toContain(`release=${board.columns[place!.column]}`);
  expect(placeOfKey(board, "gone~a=b~1.0")).toBeUndefined();
});

test("the arrow keys lead to the next cell that holds something", () => {
  const row = board.rows.findIndex(
    ({ cells }) => cells[0] !== null && cells.slice(1).includes(null),
  );
  const hole = board.rows[row]!.cells.indexOf(null, 1);
  expect(neighbour(board, { row, column: hole - 1 }, "ArrowRight")?.column).toBeGreaterThan(hole);
  expect(neighbour(board, { row, column: hole - 1 }, "Home")).toEqual({ row, column: 0 });
  expect(neighbour(board, { row: 0, column: 0 }, "ArrowUp")).toBeUndefined();
  expect(neighbour(board, { row: 0, column: 0 }, "a")).toBeUndefined();
});
