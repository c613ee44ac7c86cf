import { expect, test } from "vitest";
import { historyOf } from "../../../test/mock/history.ts";
import { placeOn } from "../../charts/linear.ts";
import { kindOf, layoutOf, nearest, pointAt } from "./layout.ts";

const history = historyOf("profile", new URLSearchParams("figure=p99"), 1_700_000_000_000);
const changed = history.series.find(({ changes }) => changes.length === 2)!;

test.each(["run", "time"] as const)("along %s points keep their order within the plot", (along) => {
  const { places } = layoutOf(changed, history.unit, along);
  expect(places).toEqual(places.toSorted((left, right) => left - right));
  expect(places[0]).toBeGreaterThan(0);
  expect(places.at(-1)).toBeLessThan(1);
});

test("releases share the whole axis, one band after the other", () => {
  const { bands } = layoutOf(changed, history.unit, "run");
  expect(bands.map(({ release }) => release)).toEqual(["3.4", "3.5", "3.6"]);
  expect(bands[0]?.from).toBe(0);
  expect(bands.at(-1)?.to).toBe(1);
  for (const [index, { to }] of bands.slice(0, -1).entries())
    expect(bands[index + 1]?.from).toBe(to);
});

test("each change is a step from the level before to the level after, at its run", () => {
  const { levels, changes } = layoutOf(changed, history.unit, "run");
  expect(levels.map(({ value }) => value)).toEqual([
    changed.changes[0]!.before,
    changed.changes[0]!.after,
    changed.changes[1]!.after,
  ]);
  expect(levels[1]?.from).toBe(changes[0]?.place);
  expect(layoutOf({ ...changed, changes: [] }, history.unit, "run").levels).toEqual([]);
});

test("a run that does not count does not squeeze those that do", () => {
  const { axis } = layoutOf(changed, history.unit, "run");
  const counted = changed.points.filter(({ validity }) => validity !== "invalid");
  for (const { value } of counted) {
    expect(placeOn(axis, value)).toBeGreaterThan(0);
    expect(placeOn(axis, value)).toBeLessThan(1);
  }
  const invalid = changed.points.filter(({ validity }) => validity === "invalid");
  expect(invalid.some(({ value }) => value > axis.to)).toBe(true);
  expect(kindOf(invalid[0]!)).toBe("invalid");
});

test("the cursor finds the nearest point, and in other series the latest at its time", () => {
  expect(nearest([0.1, 0.5, 0.9], 0.6)).toBe(1);
  expect(nearest([], 0.6)).toBeUndefined();
  const { points } = changed;
  expect(pointAt(points, points[7]!.atMs / 1_000 + 1)).toBe(7);
  expect(pointAt(points, 0)).toBe(0);
  expect(pointAt([], 0)).toBeUndefined();
});
