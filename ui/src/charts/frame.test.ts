import { expect, test } from "vitest";
import { appendSamples, type Frame } from "./frame.ts";

const series = (
  metric: string,
  values: (number | null)[],
  labels: Record<string, string> = {},
) => ({ metric, labels, values });
const frame: Frame = {
  times: [10, 11, 12],
  stepSeconds: 1,
  truncated: false,
  series: [series("a", [1, 2, 3])],
};
const samples = (times: number[], ...all: ReturnType<typeof series>[]) => ({
  agent: "a",
  times,
  series: all.map((each) => ({ ...each, unit: "1", kind: "gauge" as const })),
});
const wanted = new Set(["a", "b"]);

test("a new second moves the window on", () => {
  const next = appendSamples(frame, samples([13], series("a", [4])), wanted, 2);
  expect(next.times).toEqual([11, 12, 13]);
  expect(next.series[0]?.values).toEqual([2, 3, 4]);
});

test("seconds that never came are gaps", () => {
  const next = appendSamples(frame, samples([15], series("a", [6])), wanted, 4);
  expect(next.series[0]?.values).toEqual([2, 3, null, null, 6]);
});

test("a late batch fills its own place", () => {
  const gap = appendSamples(frame, samples([15], series("a", [6])), wanted, 4);
  const next = appendSamples(gap, samples([13, 14], series("a", [4, 5])), wanted, 4);
  expect(next.series[0]?.values).toEqual([2, 3, 4, 5, 6]);
});

test("a series that appears begins where it appears", () => {
  const next = appendSamples(frame, samples([13], series("b", [9], { x: "y" })), wanted, 2);
  expect(next.series[1]).toEqual(series("b", [null, null, 9], { x: "y" }));
});

test("metrics of other sections are left out", () => {
  expect(appendSamples(frame, samples([13], series("c", [9])), wanted, 2).series).toHaveLength(1);
});

test("an empty frame begins with the first sample", () => {
  const next = appendSamples(
    { ...frame, times: [], series: [] },
    samples([100], series("a", [1])),
    wanted,
    2,
  );
  expect(next.times).toEqual([98, 99, 100]);
  expect(next.series[0]?.values).toEqual([null, null, 1]);
});
