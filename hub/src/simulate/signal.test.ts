import { expect, test } from "vitest";
import { simulatedSeries } from "./shape.ts";
import { createSignal } from "./signal.ts";

const shape = simulatedSeries(72);

function ticks(seed: number): Float64Array {
  const values = new Float64Array(shape.length * 15);
  createSignal(shape, seed).fill(values, 1_790_000_000, 1, 15);
  return values;
}

test("the same seed gives the same values, another seed others", () => {
  expect(ticks(7)).toEqual(ticks(7));
  expect(ticks(7)).not.toEqual(ticks(8));
});

test("a fleet's series are distinct, bounded and partly constant", () => {
  const keys = new Set(shape.map(({ metric, labels }) => JSON.stringify([metric, labels])));
  expect(keys.size).toBe(72);
  const constant = shape.filter((series) => series.noise === 0).length;
  expect(constant / shape.length).toBeGreaterThan(0.2);
  for (const [index, value] of ticks(1).entries())
    expect(value).toBeLessThanOrEqual(shape[Math.floor(index / 15)]?.max ?? 0);
});
