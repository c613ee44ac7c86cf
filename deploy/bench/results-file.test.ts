import { expect, test } from "vitest";
import { median, result } from "./result.ts";
import { withSection } from "./results-file.ts";

const report = (value: number) => ({
  results: [result("bytes", value, "B", { atMost: 1 }, { JSON: 70 })],
  notes: ["A note."],
});

test("a suite is added at the end, and later replaced in its place", () => {
  const first = withSection("# Benchmarks\n", "wire", report(0.82), "a machine");
  const both = withSection(first, "query", report(3), "a machine");
  const again = withSection(both, "wire", report(0.9), "another machine");
  expect(again).toContain("| bytes | 0.9 B | <= 1 | yes | JSON 70 |");
  expect(again).not.toContain("0.82");
  expect(again.indexOf("## wire")).toBeLessThan(again.indexOf("## query"));
  expect(again).toContain("| bytes | 3 B | <= 1 | **no** |");
  expect(again.match(/begin wire/g)).toHaveLength(1);
});

test.each([
  ["at most, on it", { atMost: 1 }, 1, true],
  ["at most, past it", { atMost: 1 }, 1.001, false],
  ["at least, on it", { atLeast: 2 }, 2, true],
  ["at least, under it", { atLeast: 2 }, 1.9, false],
  ["nothing measured", { atMost: 1 }, Number.NaN, false],
  ["without a bar", undefined, 5, true],
])("a bar of %s", (_, bar, value, holds) => {
  expect(result("x", value, "B", bar).holds).toBe(holds);
});

test("the median of an even number of values lies between the middle two", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});
