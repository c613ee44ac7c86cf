import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharingCatalogue } from "./questions.ts";
import { type Treatment, labelOf, labelsOf, otherLabel } from "./treatment.ts";

type Measuring = Exclude<Treatment, { kind: "one-of" }>;

const exponent = (max: number) => fc.integer({ min: 0, max }).map((power) => 2 ** power);
const treatments: fc.Arbitrary<Measuring> = fc.oneof(
  fc
    .uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 12 })
    .map((edges) => ({ kind: "bands" as const, edges: edges.toSorted((a, b) => a - b) })),
  exponent(24).map((cap) => ({ kind: "log2" as const, cap })),
  fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 6 })).map(([low, more]) => ({
    kind: "125" as const,
    low: Number(`1e${low}`),
    high: Number(`5e${low + more}`),
  })),
  fc
    .record({
      ratio: fc.constantFrom("sqrt2" as const, 2 as const, 4 as const),
      low: fc.constantFrom(0.1, 1, 50),
      decades: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ ratio, low, decades }) => ({
      kind: "ratio" as const,
      ratio,
      low,
      high: low * 10 ** decades,
    })),
  fc
    .record({
      step: fc.constantFrom(1, 5, 10),
      down: fc.integer({ min: 0, max: 20 }),
      up: fc.integer({ min: 1, max: 20 }),
    })
    .map(({ step, down, up }) => ({
      kind: "percent" as const,
      step,
      low: -down * step,
      high: up * step,
    })),
);
const values = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e7, max: 1e7 }),
  fc.integer({ min: -100, max: 100_000 }),
);

describe("a treatment of numbers", () => {
  test("gives every number one of its labels", () => {
    fc.assert(
      fc.property(treatments, fc.double({ noNaN: true, noDefaultInfinity: true }), (by, value) => {
        expect(labelsOf(by)).toContain(labelOf(by, value));
      }),
    );
  });

  test("keeps the order", () => {
    fc.assert(
      fc.property(treatments, values, values, (by, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const at = (value: number) => labelsOf(by).indexOf(labelOf(by, value) ?? "");
        expect(at(low)).toBeLessThanOrEqual(at(high));
      }),
    );
  });

  test("has no two labels alike, and each is some number's", () => {
    fc.assert(
      fc.property(treatments, (by) => {
        const labels = labelsOf(by);
        expect(new Set(labels).size).toBe(labels.length);
        expect(new Set(probes(by).map((value) => labelOf(by, value)))).toEqual(new Set(labels));
      }),
    );
  });

  test("says nothing of what is no number", () => {
    fc.assert(
      fc.property(treatments, fc.string(), (by, text) => {
        for (const value of [text, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
          expect(labelOf(by, value)).toBeNull();
      }),
    );
  });
});

/** Numbers of which every label has one, found without the treatment's own edges. */
function probes(by: Measuring): readonly number[] {
  switch (by.kind) {
    case "bands":
      return [...by.edges];
    case "log2":
      return [0, ...Array.from({ length: 25 }, (_, power) => 2 ** power)];
    case "percent":
      return Array.from({ length: 400 }, (_, at) => -200 + at);
    case "125":
    case "ratio":
      return Array.from({ length: 1_800 }, (_, at) => 1e-5 * 1.02 ** at);
  }
}

test.each<[Treatment, number, string]>([
  [{ kind: "bands", edges: [1, 2, 3, 5, 9] }, 0, "1"],
  [{ kind: "bands", edges: [1, 2, 3, 5, 9] }, 4, "3-4"],
  [{ kind: "bands", edges: [1, 2, 3, 5, 9] }, 9_000, "9+"],
  [{ kind: "log2", cap: 8 }, 0, "0"],
  [{ kind: "log2", cap: 8 }, 7.9, "4-7"],
  [{ kind: "log2", cap: 8 }, 8, "8+"],
  [{ kind: "125", low: 10, high: 200 }, 9.99, "<10"],
  [{ kind: "125", low: 10, high: 200 }, 49, "20-50"],
  [{ kind: "125", low: 10, high: 200 }, 1e9, "200+"],
  [{ kind: "ratio", ratio: 2, low: 0.1, high: 0.4 }, 0.05, "<0.1"],
  [{ kind: "ratio", ratio: 2, low: 0.1, high: 0.4 }, 0.3, "0.2-0.4"],
  [{ kind: "percent", step: 5, low: -50, high: 50 }, -2.4, "0"],
  [{ kind: "percent", step: 5, low: -50, high: 50 }, 7.6, "+10"],
  [{ kind: "percent", step: 5, low: -50, high: 50 }, -1_000, "-50"],
])("%j makes of %d %s", (by, value, label) => expect(labelOf(by, value)).toBe(label));

test("a closed list has its words and other, whatever is said", () => {
  const by = { kind: "one-of", values: ["3.5", "3.6"] } as const;
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.constantFrom("3.5", "3.6", "3.5 ", "３.５")), (text) => {
      expect(labelOf(by, text)).toBe(text === "3.5" || text === "3.6" ? text : otherLabel);
    }),
  );
  expect(labelOf(by, "3.6")).toBe("3.6");
  expect(labelOf(by, "constructor")).toBe(otherLabel);
  expect(labelOf(by, 3.5)).toBeNull();
  expect(labelsOf(by)).toEqual(["3.5", "3.6", "other"]);
});

test("every label of the catalogue can be reached", () => {
  const fields = sharingCatalogue.questions.flatMap((question) => question.fields);
  for (const { treatment } of fields) {
    const probed =
      treatment.kind === "one-of" ? [...treatment.values, "no such word"] : probes(treatment);
    const reached = probed.map((value) => labelOf(treatment, value));
    expect(new Set(reached)).toEqual(new Set(labelsOf(treatment)));
  }
});
