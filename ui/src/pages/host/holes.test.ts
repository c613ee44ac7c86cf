import { expect, test } from "vitest";
import { type Holes, followHoles, isCatchingUp } from "./holes.ts";

const after = (...counts: number[]) =>
  counts.reduce<Holes | undefined>(
    (holes, count, index) => followHoles(holes, count, index * 10_000),
    undefined,
  ) ?? expect.unreachable();

test.each<[string, number[], boolean]>([
  ["just seen", [172], true],
  ["growing fewer", [172, 150, 150, 120, 90], true],
  ["staying", [172, 172, 172, 172], false],
  ["growing", [0, 5, 10, 20, 30], false],
  ["new after none", [3, 3, 3, 3, 0, 7], true],
  ["filled", [172, 0], false],
])("messages missing, %s", (_, counts, expected) => {
  expect(isCatchingUp(after(...counts), (counts.length - 1) * 10_000)).toBe(expected);
});
