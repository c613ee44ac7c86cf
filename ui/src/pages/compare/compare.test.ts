import type { Comparison, EvidenceRun, FigureComparison, Verdict } from "@tidemark/proto";
import { expect, test } from "vitest";
import { placeOn } from "../../charts/linear.ts";
import { askOf, compareUrl, swapped, type Ask } from "./ask.ts";
import { dotsOf, forestAxis, marginOf, shortLabel } from "./figures.ts";

const asks: readonly Ask[] = [
  { kind: "campaign", campaign: "aaaaaaaaaaaaaaaa" },
  { kind: "runs", baseline: ["a", "b"], candidate: ["c"] },
  { kind: "profile", profile: "p", baseline: "release=3.5", candidate: "release=3.6,mesh in (on)" },
];

test.each(asks)("a comparison of a $kind is the same after its way through the URL", (ask) => {
  const url = new URL(compareUrl(ask), "http://hub");
  expect(url.pathname).toBe("/compare");
  expect(askOf(url.searchParams)).toEqual(ask);
});

test.each(["", "baselineRun=a", "profile=p&baseline=release%3D3.5"])(
  "half a comparison (%s) is none",
  (query) => expect(askOf(new URLSearchParams(query))).toBeUndefined(),
);

const run = (id: string, p99: number | null, excluded = ""): EvidenceRun =>
  ({ run: id, excluded, figures: { p99, errorRatio: 0.001 } }) as EvidenceRun;
const verdict = {
  marginRatio: 0.05,
  baseline: { label: "release=3.5", runs: [run("a", 10), run("b", null)], counted: 2 },
  candidate: { label: "release=3.6", runs: [run("c", 12, "stolen")], counted: 0 },
  figures: [
    { figure: "p99", ratio: 0.2, low: 0.1, high: 0.3 },
    { figure: "errors", ratio: 0, low: 0, high: 0.0002 },
  ] as FigureComparison[],
} as Verdict;

test("a campaign's sides are exchanged by its runs, and only where there is one stratum", () => {
  const campaign: Ask = { kind: "campaign", campaign: "x" };
  const one = { kind: "regression", verdicts: [verdict] } as Comparison;
  expect(swapped(campaign, one)).toEqual({
    kind: "runs",
    baseline: ["c"],
    candidate: ["a", "b"],
  });
  expect(swapped(campaign, { ...one, verdicts: [verdict, verdict] })).toBeUndefined();
  expect(swapped(asks[2]!, undefined)).toMatchObject({ baseline: "release=3.6,mesh in (on)" });
});

test("every run with the figure is a dot, whether it counts or not", () => {
  expect(dotsOf(verdict, "p99").map(({ run: { run: id }, side }) => `${side} ${id}`)).toEqual([
    "baseline a",
    "candidate c",
  ]);
  expect(dotsOf(verdict, "errors")).toHaveLength(3);
});

test("intervals are drawn with zero and the margin in view, errors on an axis of their own", () => {
  for (const figure of ["p99", "errors"] as const) {
    const axis = forestAxis(verdict, figure);
    const margin = marginOf(figure, 0.05);
    for (const value of [0, -margin, margin]) {
      expect(placeOn(axis, value)).toBeGreaterThan(0);
      expect(placeOn(axis, value)).toBeLessThan(1);
    }
  }
  expect(forestAxis(verdict, "errors").to).toBeLessThan(0.002);
});

test.each([
  ["release=3.5", "3.5"],
  ["release=3.5, dataset=1000", "baseline"],
  ["a name that is far too long", "baseline"],
])("where there is little room %s is called %s", (label, short) =>
  expect(shortLabel(label, "baseline")).toBe(short),
);
