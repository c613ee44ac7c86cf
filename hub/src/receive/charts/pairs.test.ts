// All pairs of charts of simulated operators, with each operator taken away in turn: no two figures may differ by fewer than k
// operators who are known to have given certain answers. The adversary adds and subtracts whatever figures there are of one period; the
// charts are those of one freeze, as there is no other.
import { labelsOf, questionById, sharingCatalogue } from "@tidemark/proto";
import { describe, expect, test } from "vitest";
import {
  type Answers,
  counted,
  declared,
  simulatedAnswers,
} from "../../../test/simulated-answers.ts";
import { type DeclaredChart, chartProblems, declaredCharts } from "./declared.ts";
import { type FrozenRow, freeze } from "./freeze.ts";

const k = 5;
const operators = 60;

/** A set of answers, by index, and how many operators are told to have given one of them. */
interface Figure {
  readonly answers: ReadonlySet<number>;
  readonly operators: number;
}

type Fields = Readonly<Record<string, string>>;

/** Every answer the question can have. */
function answersOf(id: string): readonly Fields[] {
  const fields = questionById(id, sharingCatalogue)?.fields ?? [];
  let answers: readonly Fields[] = [{}];
  for (const { name, treatment } of fields)
    answers = answers.flatMap((answer) =>
      labelsOf(treatment).map((label) => ({ ...answer, [name]: label })),
    );
  return answers;
}

/** What can be added up of a row: any of its cells and its rest. */
function figuresOf(chart: DeclaredChart, row: FrozenRow, all: readonly Fields[]): Figure[] {
  const inRow = (answer: Fields) =>
    chart.rows.every((name, index) => answer[name] === row.labels[index]);
  const where = (holds: (answer: Fields) => boolean): ReadonlySet<number> =>
    new Set([...all.keys()].filter((index) => inRow(all[index] ?? {}) && holds(all[index] ?? {})));
  const { cells: name = "" } = chart;
  const told = row.cells.map(({ label }) => label);
  const parts: Figure[] = row.cells.map(({ label, operators: some }) => ({
    answers: where((answer) => answer[name] === label),
    operators: some,
  }));
  if (row.rest > 0)
    parts.push({
      answers: where((answer) => !told.includes(answer[name] ?? "")),
      operators: row.rest,
    });
  if (parts.length === 0) parts.push({ answers: where(() => true), operators: row.operators });
  let sums: Figure[] = [{ answers: new Set(), operators: 0 }];
  for (const part of parts)
    sums = [
      ...sums,
      ...sums.map((sum) => ({
        answers: new Set([...sum.answers, ...part.answers]),
        operators: sum.operators + part.operators,
      })),
    ];
  return sums;
}

/** Differences of two figures that are of one to k - 1 operators, over all pairs of the charts. */
function revealed(charts: readonly DeclaredChart[], answers: Answers, how = freeze): string[] {
  const [first] = charts;
  const all = answersOf(first?.question ?? "");
  const figures = charts.flatMap((chart) =>
    how(chart, counted(answers), k).flatMap((row) => figuresOf(chart, row, all)),
  );
  const found = figures.flatMap((more) =>
    figures
      .filter(({ operators: fewer }) => more.operators - fewer > 0 && more.operators - fewer < k)
      .filter((less) => [...less.answers].every((answer) => more.answers.has(answer)))
      .map(
        (less) => `${more.operators} - ${less.operators} of ${charts.map(({ id }) => id).join()}`,
      ),
  );
  return [...new Set(found)];
}

/** Their answers have few enough figures to try every pair. */
const questions = sharingCatalogue.questions
  .map(({ id }) => id)
  .filter((id) => !id.endsWith(".upgrade"));

const without = (answers: Answers, index: number): Answers => answers.toSpliced(index, 1);
const chartsOf = (id: string) => declaredCharts.filter(({ question }) => question === id);

describe("no operator can be subtracted out of the charts", () => {
  test.each(questions)(
    "of %s",
    (id) => {
      const answers = simulatedAnswers(id, operators);
      const charts = chartsOf(id);
      for (const chart of charts)
        expect(freeze(chart, counted(answers), k).length).toBeGreaterThan(0);
      expect(revealed(charts, answers)).toEqual([]);
      for (const index of answers.keys())
        expect(revealed(charts, without(answers, index))).toEqual([]);
    },
    120_000,
  );

  test("but out of charts that tell everything, which the search finds", () => {
    const everything: typeof freeze = (chart, answers) => freeze(chart, answers, 1);
    const answers = simulatedAnswers("network.size", operators);
    expect(revealed(chartsOf("network.size"), answers, everything).length).toBeGreaterThan(0);
  });

  test("but out of two that are safe by themselves and share a margin, which are refused", () => {
    const hosts = declared("fleet-hosts");
    const { cells: _, ...rest } = hosts;
    const rows: DeclaredChart = { ...rest, id: "rows", rows: ["hosts"] };
    const answers = ["4-7", "8-15", "16-31"].flatMap((label, index) =>
      Array.from({ length: [9, 6, 1][index] ?? 0 }, () => [{ hosts: label, release: "0.1" }]),
    );
    expect(revealed([hosts], answers)).toEqual([]);
    expect(revealed([rows], answers)).toEqual([]);
    expect(revealed([hosts, rows], answers)).toEqual(["7 - 6 of fleet-hosts,rows"]);
    expect(chartProblems([hosts, rows], sharingCatalogue)).toEqual([
      "rows: shares a margin with fleet-hosts",
    ]);
  });
});
