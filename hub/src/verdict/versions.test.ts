import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions, isVersion } from "./versions.ts";

test.each([
  [
    ["3.10", "3.9", "3.10.1", "3.1"],
    ["3.1", "3.9", "3.10", "3.10.1"],
  ],
  [
    ["3.6", "3.6-rc1", "3.6~beta2", "3.6.0-alpha1", "3.6-beta10", "3.5.9", "3.6-dev"],
    ["3.5.9", "3.6-dev", "3.6.0-alpha1", "3.6~beta2", "3.6-beta10", "3.6-rc1", "3.6"],
  ],
  [
    ["v2", "1", "v1.5"],
    ["1", "v1.5", "v2"],
  ],
  [
    ["stable", "edge", "3.6"],
    ["3.6", "edge", "stable"],
  ],
  [
    ["3.6-lts", "3.6", "3.6-rc2"],
    ["3.6-rc2", "3.6", "3.6-lts"],
  ],
])("%j in order", (names, ordered) => {
  expect(names.toSorted(compareVersions)).toEqual(ordered);
});

test("is an order of all names", () => {
  const name = fc.stringMatching(/^[a-c0-3.~rb-]{0,6}$/);
  fc.assert(
    fc.property(name, name, name, (one, two, three) => {
      expect(Math.sign(compareVersions(one, two)) + Math.sign(compareVersions(two, one))).toBe(0);
      if (compareVersions(one, two) <= 0 && compareVersions(two, three) <= 0)
        expect(compareVersions(one, three)).toBeLessThanOrEqual(0);
      expect(compareVersions(one, two) === 0).toBe(one === two);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["3.6", true],
  ["v3", true],
  ["v", false],
  ["stable", false],
  ["", false],
])("%s is a version: %s", (name, wanted) => expect(isVersion(name)).toBe(wanted));
