import { expect, test } from "vitest";
import { seededRandom } from "./random.ts";

const words = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random() * 2 ** 32);
};

test("a seed means the same numbers for ever: past verdicts are made again from it", () => {
  expect(words(1, 4)).toEqual([3568522572, 2118479590, 2258263061, 3685413526]);
});

test("neighbouring seeds have nothing in common, and numbers fill the range evenly", () => {
  const [one, other] = [words(7, 10_000), words(8, 10_000)];
  expect(one.filter((word, at) => word === other[at])).toEqual([]);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const word of one) tenths[Math.floor((10 * word) / 2 ** 32)]! += 1;
  // χ² with 9 degrees of freedom: above 30 once in 2,000 seeds, and the seed stands above.
  expect(tenths.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)).toBeLessThan(30);
});
