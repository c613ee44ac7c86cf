import { expect, test } from "vitest";
import type { CapacitySearch, Pacing } from "./pacing.ts";
import { pacingText } from "./pacing-text.ts";

test.each<[Pacing | CapacitySearch, string]>([
  [{ kind: "constant", ratePerSecond: 0.25 }, "0.25/s"],
  [{ kind: "ramp", fromPerSecond: 0, toPerSecond: 12_345 }, "0 → 12,350/s"],
  [
    {
      kind: "stages",
      fromPerSecond: 10,
      stages: [
        { durationMs: 1_000, toPerSecond: 10 },
        { durationMs: 1_000, toPerSecond: 500 },
        { durationMs: 1_000, toPerSecond: 500 },
        { durationMs: 1_000, toPerSecond: 0 },
      ],
    },
    "10 → 500 → 0/s",
  ],
  [
    {
      kind: "stages",
      fromPerSecond: 1,
      stages: [2, 3, 4, 5, 6, 7].map((toPerSecond) => ({ durationMs: 1_000, toPerSecond })),
    },
    "1 → 2 → 3 → 4 → 5 → …/s",
  ],
  [{ kind: "poisson", ratePerSecond: 1_000, seed: 1 }, "Poisson 1,000/s"],
  [{ kind: "closed", clients: 1, thinkMs: 0 }, "1 client"],
  [{ kind: "closed", clients: 8, thinkMs: 12.5 }, "8 clients, think 12.5 ms"],
  [{ kind: "max" }, "as fast as possible"],
])("%j reads %s", (pacing, text) => {
  expect(pacingText(pacing)).toBe(text);
});
