import { expect, test } from "vitest";
import { groupNames, strataOf } from "./strata.ts";

test("variants are paired by the labels that both sides share", () => {
  const baseline = [
    { release: "3.5", dataset: "10" },
    { release: "3.5", dataset: "100" },
    { release: "3.5", dataset: "7" },
  ];
  const candidate = [
    { release: "3.6", dataset: "100" },
    { release: "3.6", dataset: "10" },
    { release: "3.6", dataset: "10" },
  ];
  expect(strataOf(baseline, candidate)).toEqual({
    kind: "paired",
    strata: ["10", "100"].map((dataset) => ({
      labels: { dataset },
      names: { baseline: "3.5", candidate: "3.6" },
      baseline: { release: "3.5", dataset },
      candidate: { release: "3.6", dataset },
    })),
    alone: [{ release: "3.5", dataset: "7" }],
  });
});

test("several labels that differ name the sides, and so does a label that one lacks", () => {
  expect(
    strataOf([{ release: "3.5", mesh: "off" }], [{ release: "3.6", mesh: "on" }]),
  ).toMatchObject({
    strata: [{ names: { baseline: "mesh=off, release=3.5", candidate: "mesh=on, release=3.6" } }],
  });
  expect(strataOf([{ a: "1" }], [{ a: "1", mesh: "on" }])).toMatchObject({
    strata: [{ labels: { a: "1" }, names: { baseline: "no mesh", candidate: "on" } }],
  });
});

test("a label may be called as what every object has", () => {
  expect(strataOf([{ a: "1" }], [{ a: "1", constructor: "on" }])).toMatchObject({
    strata: [{ labels: { a: "1" }, names: { baseline: "no constructor", candidate: "on" } }],
  });
});

test.each([
  [[{ release: "3.5" }], [{ release: "3.5" }], "candidate", "release=3.5 is on both sides"],
  [[{}], [{}], "candidate", "no labels is on both sides"],
  [
    [{ release: "3.4" }, { release: "3.5" }],
    [{ release: "3.6" }],
    "baseline",
    "release=3.4 and release=3.5 stand for the same: select one of them",
  ],
  [
    [{ release: "3.5" }],
    [{ release: "3.6" }, { release: "3.7" }],
    "candidate",
    "release=3.6 and release=3.7 stand for the same: select one of them",
  ],
])("%j and %j are no pairs", (baseline, candidate, side, reason) => {
  expect(strataOf(baseline, candidate)).toEqual({ kind: "unpaired", side, reason });
});

test("groups of runs are called by what their labels agree in", () => {
  const variant = (release: string, dataset: string) => ({ release, dataset });
  expect(groupNames([variant("3.5", "10"), variant("3.5", "10")], [variant("3.6", "10")])).toEqual({
    labels: { dataset: "10" },
    names: { baseline: "3.5", candidate: "3.6" },
  });
  expect(groupNames([{}], [{}]).names).toEqual({
    baseline: "the baseline",
    candidate: "the candidate",
  });
});
