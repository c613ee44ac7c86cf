import { expect, test } from "vitest";
import { settlingMs } from "./steps.ts";

test.each([
  ["a hub that has just started", 1_000, 6_000],
  ["one that started long ago", 60_000, 0],
  ["one whose clock went back by a day since", -86_400_000, 7_000],
])("how long no run begins: %s", (_what, sinceMs, expected) => {
  const startedAtMs = 1_790_000_000_000;
  expect(settlingMs(startedAtMs, startedAtMs + sinceMs, 7_000)).toBe(expected);
});
