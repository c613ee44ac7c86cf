import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf } from "./keys.ts";

const master = new Uint8Array(32).fill(7);
const place = { catalogueSha256: "ab".repeat(32), question: "fleet.size", period: 741, n: 0 };

test("the same place has the same key for ever", () => {
  // Of this very secret and place: another derivation would orphan every report that was sent.
  expect(keyOf(master, place).publicKey).toBe("yKIB_2XhWHfGF5GxYUotpIyVJXVOJCHVQJifj-3V5CI");
});

test("whatever differs, the key does", () => {
  const places = fc.record({
    catalogueSha256: fc.constantFrom("ab".repeat(32), "cd".repeat(32)),
    question: fc.constantFrom("fleet.size", "network.size"),
    period: fc.integer({ min: 740, max: 742 }),
    n: fc.integer({ min: 0, max: 29 }),
  });
  fc.assert(
    fc.property(places, places, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(keyOf(master, one).publicKey === keyOf(master, other).publicKey).toBe(isSame);
    }),
  );
  const theirs = new Uint8Array(32).fill(8);
  expect(keyOf(theirs, place).publicKey).not.toBe(keyOf(master, place).publicKey);
});
