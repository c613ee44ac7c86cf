import { expect, test } from "vitest";
import { type Heard, lostCause } from "./lost.ts";

const heard: Heard = {
  sinceMs: 0,
  durationMs: 600_000,
  heardAtMs: 100_000,
  forgottenAtMs: undefined,
};

test.each<[string, Partial<Heard>, number, boolean]>([
  ["heard of lately", {}, 119_000, false],
  ["silent past three leases", {}, 121_000, true],
  ["just forgotten: its final may be on its way", { forgottenAtMs: 100_000 }, 110_000, false],
  ["forgotten for long", { forgottenAtMs: 100_000 }, 116_000, true],
  ["a little past its end", { heardAtMs: 660_000 }, 680_000, false],
  ["long past its end", { heardAtMs: 690_000 }, 691_000, true],
])("%s", (_, change, nowMs, isLost) => {
  expect(lostCause({ ...heard, ...change }, nowMs) !== undefined).toBe(isLost);
});
