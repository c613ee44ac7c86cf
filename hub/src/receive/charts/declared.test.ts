import { sharingCatalogue } from "@tidemark/proto";
import { describe, expect, test } from "vitest";
import { simulatedAnswers } from "../../../test/simulated-answers.ts";
import { type DeclaredChart, chartProblems, declaredCharts, oncePer } from "./declared.ts";

const problems = (...charts: DeclaredChart[]) => chartProblems(charts, sharingCatalogue);
const chart = (change: Partial<DeclaredChart>): DeclaredChart => ({
  id: "made",
  question: "fleet.size",
  topic: "fleet",
  title: "Made up",
  rows: [],
  ...change,
});

describe("declared charts", () => {
  test("are sound, have ids of their own, and leave no question out", () => {
    expect(problems(...declaredCharts)).toEqual([]);
    expect(new Set(declaredCharts.map(({ id }) => id)).size).toBe(declaredCharts.length);
    expect(new Set(declaredCharts.map(({ question }) => question))).toEqual(
      new Set(sharingCatalogue.questions.map(({ id }) => id)),
    );
  });

  test.each([
    [
      "rows in which an operator would count several times",
      chart({ question: "api.upgrade", rows: ["from", "to"], figure: "change" }),
      "made: an operator may appear twice in a row without operation",
    ],
    [
      "a question nobody has thought about",
      chart({ question: "fleet.names" }),
      "made: nothing says how often an operator appears in fleet.names",
    ],
    [
      "a field the question does not have",
      chart({ cells: "pool" }),
      "made: fleet.size has no pool",
    ],
    [
      "a median that would tell of cells that are hidden",
      chart({ question: "network.size", cells: "subnets", figure: "subnets" }),
      "made: a figure would tell of cells that are not told",
    ],
  ])("are refused with %s", (_name, refused, problem) => {
    expect(problems(refused)).toEqual([problem]);
  });

  test("are refused when one question has two with a common margin", () => {
    const byHosts = chart({ id: "hosts", cells: "hosts" });
    expect(problems(byHosts, chart({ cells: "release" }))).toEqual([]);
    expect(problems(byHosts, chart({ cells: "hosts" }))).toEqual([
      "made: shares a margin with hosts",
    ]);
    expect(problems(byHosts, chart({ rows: ["hosts"], cells: "release" }))).toEqual([
      "made: shares a margin with hosts",
    ]);
  });
});

test.each(Object.entries(oncePer))("%s: no operator appears twice in a row", (question, fields) => {
  for (const period of [0, 6])
    for (const answers of simulatedAnswers(question, 300, 0, period)) {
      const rows = answers.map((answer) => fields.map((name) => answer[name]).join());
      expect(new Set(rows).size).toBe(rows.length);
    }
});
