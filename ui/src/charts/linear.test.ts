import fc from "fast-check";
import { expect, test } from "vitest";
import { units } from "../format/unit.ts";
import { linearAxis, placeOn, swarm } from "./linear.ts";
import { mergedSpectrum } from "./merged-spectrum.ts";
import { spectrumRatio } from "./spectrum-ratio.ts";

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });

test("every value and every tick lies on the axis, and the ticks are few", () => {
  fc.assert(
    fc.property(values, (given) => {
      const axis = linearAxis(given, units.percent, 5);
      for (const value of [...given, ...axis.ticks]) {
        expect(placeOn(axis, value)).toBeGreaterThanOrEqual(-1e-9);
        expect(placeOn(axis, value)).toBeLessThanOrEqual(1 + 1e-9);
      }
      expect(axis.ticks.length).toBeLessThanOrEqual(6);
    }),
  );
});

test("where all is zero the axis reaches as far as the unit's floor", () => {
  expect(linearAxis([0, 0], units.percent, 5).to).toBe(units.percent.floor);
});

test("dots of one row never touch while there are rows left", () => {
  const places = [10, 10, 10, 30, 31];
  const rows = swarm(places, 9);
  expect(rows).toEqual([0, 1, -1, 0, 1]);
});

const curve = (scale: number) => [
  { percentile: 0, micros: 100 * scale },
  { percentile: 50, micros: 200 * scale },
  { percentile: 90, micros: 400 * scale },
  { percentile: 100, micros: 1_000 * scale },
];

test("a curve merged with itself is itself", () => {
  const merged = mergedSpectrum([
    { points: curve(1), weight: 10 },
    { points: curve(1), weight: 30 },
  ]);
  for (const [index, { percentile, micros }] of curve(1).entries()) {
    expect(merged[index]?.percentile).toBe(percentile);
    expect(merged[index]?.micros).toBeCloseTo(micros, 6);
  }
});

test("distributions are mixed, not percentiles averaged: the slower half makes the median's upper side", () => {
  const merged = mergedSpectrum([
    { points: curve(1), weight: 1 },
    { points: curve(100), weight: 1 },
  ]);
  const at = (percentile: number) =>
    merged.find((point) => point.percentile === percentile)?.micros;
  // Half of all requests are the quick curve's: their slowest is the median.
  expect(at(50)).toBeGreaterThanOrEqual(1_000);
  expect(at(50)).toBeLessThanOrEqual(10_000);
  expect(at(100)).toBe(100_000);
});

test("curves are compared only where both have requests enough beyond", () => {
  const side = (scale: number, requests: number) => ({ points: curve(scale), requests });
  expect(
    spectrumRatio(side(1, 1_000), side(1.07, 1_000)).map(({ percentile }) => percentile),
  ).toEqual([0, 50, 90]);
  expect(spectrumRatio(side(1, 50), side(1.07, 1_000)).map(({ percentile }) => percentile)).toEqual(
    [0, 50],
  );
  expect(spectrumRatio(side(1, 1_000), side(1.07, 1_000))[1]?.ratio).toBeCloseTo(0.07, 9);
});
