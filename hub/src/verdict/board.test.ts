import { expect, test } from "vitest";
import { Board, type Figure, parser } from "@tidemark/proto";
import { type Made, evidence, runsAt, spread } from "../../test/made-evidence.ts";
import type { RunEvidence } from "../evidence/evidence.ts";
import { type BoardInput, boardOf } from "./board.ts";

const parseBoard = parser(Board, "board");
function board(runs: readonly RunEvidence[], more: Partial<BoardInput> = {}): Board {
  const profileName = (run: RunEvidence) => run.origin?.profile.name;
  const figure: Figure = "p50";
  const newest = runs.toSorted((one, other) => other.createdAtMs - one.createdAtMs);
  const input = { figure, across: "release", baseline: undefined, profileName, ...more };
  return parseBoard(boardOf({ runs: newest, ...input }));
}
const ran = (release: string, factor: number, more: Made = {}, count = 8) =>
  runsAt(
    spread.slice(0, count).map((ratio) => ratio * factor),
    { ...more, variant: { release, ...more.variant } },
  );

test("a row for each variant, a column for each release in the order of versions", () => {
  const runs = [
    ...ran("3.10", 0.68),
    ...ran("3.9", 1),
    ...ran("3.10-rc1", 1.1, { variant: { dataset: "100" } }),
    ...ran("3.9", 1, { variant: { dataset: "20", operation: "power on" } }),
  ];
  const { columns, rows, isCut } = board(runs);
  expect(columns).toEqual(["3.9", "3.10-rc1", "3.10"]);
  expect(isCut).toBe(false);
  expect(rows).toMatchObject([
    { operation: "machine list", dataset: "", labels: {} },
    { operation: "machine list", dataset: "100", labels: { dataset: "100" } },
    { operation: "power on", dataset: "20" },
  ]);
  expect(rows[0]?.cells).toMatchObject([
    { runs: 8, ratio: null, verdict: null },
    null,
    { runs: 8, verdict: "improvement", sentence: "machine list is 32 % faster [30, 34] than 3.9" },
  ]);
});

test.each([
  [1, "equivalent", /^machine list is within ±5 % of 3\.1: \[-\d\.\d, \+\d\.\d\]$/],
  [1.2, "regression", /^machine list is 20 % slower \[\d+, \d+\] than 3\.1$/],
  [
    1.03,
    "inconclusive",
    /^machine list against 3\.1: \[-\d\.\d, \+\d\.\d\], could be \d\.\d % slower$/,
  ],
])("a release that is × %d is %s", (factor, verdict, sentence) => {
  const [row] = board([...ran("3.1", 1), ...ran("3.2", factor)]).rows;
  expect(row?.cells[1]?.sentence).toMatch(sentence);
  expect(row?.cells[1]?.verdict).toBe(verdict);
});

test("each is compared with the nearest before it, or with the baseline", () => {
  const runs = [...ran("3.1", 1), ...ran("3.2", 1.2), ...ran("3.3", 1.44)];
  const than = (of: Board) => of.rows[0]?.cells.map((cell) => cell?.sentence.split(" ").at(-1));
  expect(than(board(runs))?.slice(1)).toEqual(["3.1", "3.2"]);
  const based = board(runs, { baseline: "3.2" });
  expect(than(based)?.[0]).toBe("3.2");
  expect(based.rows[0]?.cells[0]?.ratio).toBeCloseTo(1 / 1.2 - 1, 2);
  expect(based.rows[0]?.cells[1]?.verdict).toBeNull();
});

test("cells without evidence say so", () => {
  const invalid = [{ rule: "host" as const, level: "invalid" as const, detail: "stolen" }];
  const runs = [
    ...ran("3.1", 1),
    ...ran("3.2", 1, {}, 3),
    ...ran("3.3", 1, { findings: invalid }),
    ...ran("3.4", 1, { key: { load: "7/s" } }),
  ];
  const cells = board(runs, { baseline: "3.1" }).rows[0]?.cells;
  expect(cells?.map((cell) => [cell?.runs, cell?.verdict, cell?.sentence]).slice(1)).toEqual([
    [
      3,
      "not-enough-runs",
      "machine list: 8 runs of 3.1 and 3 of 3.2 count; to compare them takes 4 of each",
    ],
    [0, "invalid", "machine list: none of 8 runs with 3.3 is valid"],
    [8, "not-comparable", "machine list ran otherwise with 3.4 than with 3.1"],
  ]);
});

test("another label may be across, another figure in the cells", () => {
  const capacity = (release: string, rate: number) =>
    spread.map((ratio) => evidence({ capacity: rate * ratio, variant: { release, dataset: "1" } }));
  const more = { across: "dataset", figure: "capacity" } as const;
  expect(board(capacity("3.1", 1_000), more)).toMatchObject({
    unit: "1/s",
    columns: ["1"],
    rows: [{ labels: { release: "3.1" } }],
  });
  const [row] = board([...capacity("3.1", 1_000), ...capacity("3.2", 800)], {
    figure: "capacity",
  }).rows;
  expect(row?.cells[1]?.sentence).toMatch(
    /^machine list has 20 % less capacity \[\d+, \d+\] than 3\.1$/,
  );
});

test("runs without the label, of no profile, or of one that is left out are on no board", () => {
  const runs = [evidence(), evidence({ variant: {} }), ...ran("3.1", 1)];
  expect(board(runs).rows).toHaveLength(1);
  expect(board(runs, { profileName: () => undefined }).rows).toEqual([]);
});

test("a board holds no more cells than it may, and says that it is cut", () => {
  const runs = Array.from({ length: 5_100 }, (_, at) =>
    evidence({ variant: { release: "3.1", dataset: `${at}` } }),
  );
  const cut = board(runs);
  expect(cut.rows).toHaveLength(5_000);
  expect(cut.isCut).toBe(true);
});

test("no column of what every object has", () => {
  expect(board(ran("3.5", 1), { across: "constructor" })).toMatchObject({ columns: [], rows: [] });
});
