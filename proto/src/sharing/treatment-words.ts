// How a value is coarsened, said to whoever is asked: pages, command line and docs use the same words. Pure.
import { labelsOf, type Treatment } from "./treatment.ts";

/** `by powers of two, up to 8192`: without the field's unit, which stands beside it. */
export function treatmentWords(treatment: Treatment): string {
  switch (treatment.kind) {
    case "bands":
      return `one of ${labelsOf(treatment).length} bands, the last open: ${labelsOf(treatment).join(", ")}`;
    case "log2":
      return `by powers of two, up to ${treatment.cap}`;
    case "125":
      return `by 1, 2, 5, 10 and so on, from ${treatment.low} to ${treatment.high}`;
    case "ratio":
      return `in steps ${factors[treatment.ratio]}, from ${treatment.low} to ${treatment.high}`;
    case "percent":
      return `to the nearest ${treatment.step}, held within ${treatment.low} and ${treatment.high}`;
    case "one-of":
      return `${treatment.values.length === 1 ? "the one listed name" : `one of ${treatment.values.length} listed names`}; whatever is not listed is “other”`;
  }
}

const factors = {
  sqrt2: "of half a doubling",
  2: "that double",
  4: "that quadruple",
} as const;
