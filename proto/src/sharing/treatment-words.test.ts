import { expect, test } from "vitest";
import type { Treatment } from "./treatment.ts";
import { treatmentWords } from "./treatment-words.ts";

test.each<[Treatment, string]>([
  [{ kind: "bands", edges: [1, 5, 20] }, "one of 3 bands, the last open: 1-4, 5-19, 20+"],
  [{ kind: "log2", cap: 8_192 }, "by powers of two, up to 8192"],
  [{ kind: "125", low: 10, high: 20_000 }, "by 1, 2, 5, 10 and so on, from 10 to 20000"],
  [{ kind: "ratio", ratio: 4, low: 0.1, high: 100 }, "in steps that quadruple, from 0.1 to 100"],
  [{ kind: "percent", step: 5, low: -50, high: 50 }, "to the nearest 5, held within -50 and 50"],
  [
    { kind: "one-of", values: ["nvme", "ssd"] },
    "one of 2 listed names; whatever is not listed is “other”",
  ],
  [{ kind: "one-of", values: ["0.1"] }, "the one listed name; whatever is not listed is “other”"],
])("%j in words", (treatment, words) => {
  expect(treatmentWords(treatment)).toBe(words);
});
