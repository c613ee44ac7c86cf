import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Standing, knownKeys } from "./known-keys.ts";

/** Few keys and few texts, so that they meet; all in one corner of the table, so that they crowd. */
const fingerprint = (key: number, text: number) => ({
  keyLow: key % 3,
  keyHigh: key,
  textLow: text,
  textHigh: 7,
});

const step = fc.oneof(
  fc.record({
    do: fc.constant("add" as const),
    key: fc.nat(40),
    text: fc.nat(1),
    day: fc.integer({ min: 1, max: 5 }),
    deleted: fc.boolean(),
  }),
  fc.record({ do: fc.constant("forget" as const), today: fc.integer({ min: 0, max: 5 }) }),
);

describe("known keys", () => {
  test("answer as a map would, whatever is added and forgotten", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const capacity = 20;
        const known = knownKeys(capacity);
        const model = new Map<number, { text: number; day: number; deleted: boolean }>();
        for (const one of steps) {
          if (one.do === "forget") {
            known.forget(one.today);
            for (const [key, { day }] of model) if (day <= one.today) model.delete(key);
          } else {
            const before = model.get(one.key);
            const fits = before !== undefined || model.size < capacity;
            expect(known.add(fingerprint(one.key, one.text), one.day, one.deleted)).toBe(fits);
            if (before !== undefined) before.deleted ||= one.deleted;
            else if (fits)
              model.set(one.key, { text: one.text, day: one.day, deleted: one.deleted });
          }
          expect(known.size()).toBe(model.size);
        }
        for (let key = 0; key <= 40; key += 1)
          for (const text of [0, 1]) {
            const of = model.get(key);
            let expected: Standing = "unknown";
            if (of !== undefined)
              expected = of.text !== text ? "other" : of.deleted ? "deleted" : "stored";
            expect(known.find(fingerprint(key, text))).toBe(expected);
            expect(known.closedDay(fingerprint(key, text))).toBe(of?.day ?? 0);
          }
      }),
    );
  });
});
