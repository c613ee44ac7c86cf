import { expect, test } from "vitest";
import { latencies, latencyOf } from "../../test/run-facts.ts";
import { modesOf } from "./modes.ts";

test.each([1, 2, 3, 4, 5, 6, 7, 8])("one kind of answer is one mode (%i)", (seed) => {
  for (const median of [60, 400, 10_000, 3_000_000])
    expect(modesOf(latencyOf(latencies(5_000, median, seed)))).toHaveLength(1);
});

test.each([
  [60, 180],
  [10_000, 25_000],
])("answers around %i µs and %i µs are two", (low, high) => {
  const modes = modesOf(latencyOf([...latencies(3_000, low, 1), ...latencies(2_000, high, 2)]));
  expect(modes).toHaveLength(2);
  expect(modes[0]!.micros / low).toBeCloseTo(1, 0);
  expect(modes[1]!.micros / high).toBeCloseTo(1, 0);
  expect(modes[0]!.share).toBeCloseTo(0.6, 1);
  expect(modes[0]!.share + modes[1]!.share).toBeCloseTo(1, 6);
});

test("a tail is no mode: too few of one kind, or a long one", () => {
  const few = [...latencies(4_800, 10_000, 1), ...latencies(200, 60_000, 2)];
  expect(modesOf(latencyOf(few))).toHaveLength(1);
  const long = latencies(5_000, 10_000, 3).map(
    (micros, at) => micros * (1 + (at % 100) ** 2 / 3_000),
  );
  expect(modesOf(latencyOf(long))).toHaveLength(1);
});

test("a thousand equal answers are one mode, a few hundred none", () => {
  expect(modesOf(latencyOf(Array.from({ length: 1_000 }, () => 500)))).toHaveLength(1);
  expect(modesOf(latencyOf(latencies(900, 500, 1)))).toEqual([]);
});
