import { expect, test } from "vitest";
import { catalogue, metricOf } from "./catalogue.ts";
import { wireLimits } from "./limits.ts";
import { Series } from "./series.ts";
import { parser } from "./parse.ts";

const parseSeries = parser(Series, "series");

test.each(catalogue.map((metric) => [metric.name, metric] as const))(
  "%s can be shipped with all of its labels",
  (name, { labels, unit, kind, decimals, help }) => {
    const values = Object.fromEntries(labels.map((label) => [label, "x"]));
    expect(parseSeries({ metric: name, labels: values, unit, kind, decimals }).metric).toBe(name);
    expect(labels.length).toBeLessThanOrEqual(wireLimits.labelsMax);
    expect(help).not.toBe("");
    expect(metricOf(name)?.unit).toBe(unit);
  },
);

test("every name stands once", () => {
  expect(new Set(catalogue.map((metric) => metric.name)).size).toBe(catalogue.length);
});

test("a name that is not in the catalogue has no metric", () => {
  expect(metricOf("constructor")).toBeUndefined();
});
