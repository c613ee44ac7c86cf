import fc from "fast-check";
import { expect, test } from "vitest";
import { stagesDurationMs } from "../load/pacing.ts";
import { presets, withPreset } from "./presets.ts";
import { presetNames } from "./load-spec.ts";

const target = "http://127.0.0.1/";

test.each(presetNames)("%s fills in what was left open and leaves what was given", (preset) => {
  const filled = withPreset({ target, preset });
  expect(filled).toMatchObject({
    target,
    pacing: expect.anything(),
    connections: expect.anything(),
  });
  expect(filled.preset).toBeUndefined();
  expect(withPreset({ target, preset, connections: 3, warmupSeconds: 1 })).toMatchObject({
    connections: 3,
    warmupSeconds: 1,
  });
});

test("stages last exactly as long as was asked", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("stress" as const, "spike" as const),
      fc.double({ min: 1, max: 10_000, noNaN: true }),
      fc.double({ min: 0.1, max: 100_000, noNaN: true }),
      (name, seconds, rate) => {
        const { pacing } = presets[name].shape(rate, seconds);
        if (pacing.kind !== "stages") throw new Error(pacing.kind);
        expect(stagesDurationMs(pacing.stages)).toBe(Math.round(seconds * 1_000));
        expect(Math.min(...pacing.stages.map(({ durationMs }) => durationMs))).toBeGreaterThan(0);
      },
    ),
  );
});

test("a rate that was given scales the shape", () => {
  expect(withPreset({ target, preset: "load", ratePerSecond: 7 })).toMatchObject({
    pacing: { kind: "constant", ratePerSecond: 7 },
  });
});
