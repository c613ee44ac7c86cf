import { expect, test } from "vitest";
import { chosen, selectorOf, strataOf, valuesByLabel } from "./variant-choice.ts";

const variants = ["3.5", "3.6"].flatMap((release) =>
  ["10", "100"].map((dataset) => ({ release, dataset })),
);

test("chosen values become the selector that the hub reads", () => {
  expect(selectorOf({})).toBeUndefined();
  expect(selectorOf({ release: [] })).toBeUndefined();
  expect(selectorOf({ release: ["3.6"], dataset: ["10", "100"] })).toBe(
    "release=3.6,dataset in (10,100)",
  );
});

test("what is chosen is what the selector matches", () => {
  expect(chosen(variants, {})).toEqual(variants);
  expect(chosen(variants, { release: ["3.6"] })).toEqual(variants.slice(2));
  expect(chosen(variants, { release: ["3.6"], dataset: ["1000"] })).toEqual([]);
});

test("values are in the order of versions", () => {
  expect(valuesByLabel([{ release: "3.10" }, { release: "3.9" }])).toEqual([
    { key: "release", values: ["3.9", "3.10"] },
  ]);
});

test("sides are paired by the labels they share, whatever their order", () => {
  expect(strataOf(variants, "release", "3.5", "3.6")).toEqual([
    { dataset: "10" },
    { dataset: "100" },
  ]);
  const lopsided = [
    { release: "3.5", dataset: "10", mesh: "on" },
    { mesh: "on", dataset: "10", release: "3.6" },
    { release: "3.6", dataset: "100", mesh: "on" },
  ];
  expect(strataOf(lopsided, "release", "3.5", "3.6")).toEqual([{ dataset: "10", mesh: "on" }]);
});
