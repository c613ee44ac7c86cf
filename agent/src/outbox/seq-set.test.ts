import fc from "fast-check";
import { expect, test } from "vitest";
import { SeqSet } from "./seq-set.ts";

test("answers like a set of numbers, whatever the order of additions and removals", () => {
  const change = fc.record({
    adds: fc.boolean(),
    first: fc.nat(40),
    length: fc.nat(10),
  });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 40 }),
      fc.nat(45),
      fc.nat(45),
      (changes, from, to) => {
        const ranges = new SeqSet();
        const model = new Set<number>();
        for (const { adds, first, length } of changes) {
          if (adds) ranges.add(first, first + length);
          else ranges.remove(first, first + length);
          for (let seq = first; seq <= first + length; seq += 1)
            if (adds) model.add(seq);
            else model.delete(seq);
        }
        let missing: number | undefined;
        let within = 0;
        for (let seq = from; seq <= to; seq += 1) {
          if (model.has(seq)) within += 1;
          else missing ??= seq;
        }
        expect(Array.from({ length: 60 }, (_, seq) => ranges.has(seq))).toEqual(
          Array.from({ length: 60 }, (_, seq) => model.has(seq)),
        );
        expect(ranges.firstMissing(from, to)).toBe(missing);
        expect(ranges.countWithin(from, to)).toBe(within);
        for (const [index, range] of ranges.ranges.entries())
          expect(range[0]).toBeGreaterThan((ranges.ranges[index - 1]?.[1] ?? -2) + 1);
      },
    ),
  );
});
