// What becomes of a value before it may leave: one label out of a short list that is known beforehand. Pure.

/**
 * How a value is coarsened. Every treatment has a finite list of labels (`labelsOf`), so that everything a report can say is known
 * before anybody is asked. Edges are in the field's unit.
 * - `bands`: whole numbers between named edges: `1`, `3-4`, `9+`; the first edge is the smallest value.
 * - `log2`: whole numbers by powers of two up to `cap`, itself one: `0`, `1`, `2-3`, `4-7`, … `cap+`.
 * - `125`: measured values by 1, 2, 5, 10, … from `low` to `high`, both of that row.
 * - `ratio`: measured values by a constant factor from `low` to at least `high`.
 * - `percent`: a signed or unsigned percentage, to the nearest `step`, held within `low` and `high`, both multiples of it.
 * - `one-of`: a closed list; whatever is not on it is `other`, and what is not known is too.
 */
export type Treatment =
  | { readonly kind: "bands"; readonly edges: readonly number[] }
  | { readonly kind: "log2"; readonly cap: number }
  | { readonly kind: "125"; readonly low: number; readonly high: number }
  | {
      readonly kind: "ratio";
      readonly ratio: "sqrt2" | 2 | 4;
      readonly low: number;
      readonly high: number;
    }
  | {
      readonly kind: "percent";
      readonly step: number;
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: "one-of"; readonly values: readonly string[] };

/** What is not on a list is this, and so is what is not known. */
export const otherLabel = "other";

/** Every label the treatment can give, in their order from the least to the most. No two are equal. */
export function labelsOf(treatment: Treatment): readonly string[] {
  switch (treatment.kind) {
    case "one-of":
      return [...treatment.values, otherLabel];
    case "percent":
      return multiplesOf(treatment).map((percent) => percentLabel(percent, treatment));
    case "bands":
    case "log2":
      return wholeLabels(edgesOf(treatment));
    case "125":
    case "ratio":
      return measuredLabels(edgesOf(treatment));
  }
}

/**
 * The label of `value`. A number that is not finite, and text where a number belongs or a number where text does, is null: nothing
 * is known, so nothing can be said. Text that is not on its list is `other`. What lies below the first edge counts as the first.
 */
export function labelOf(treatment: Treatment, value: number | string): string | null {
  if (treatment.kind === "one-of") {
    if (typeof value !== "string") return null;
    return treatment.values.includes(value) ? value : otherLabel;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  if (treatment.kind === "percent") {
    const { step, low, high } = treatment;
    // Adding zero turns -0, which would read "-0", into 0.
    const nearest = Math.min(high, Math.max(low, Math.round(value / step) * step)) + 0;
    return percentLabel(nearest, treatment);
  }
  const edges = edgesOf(treatment);
  let index = edges.findLastIndex((edge) => value >= edge);
  if (treatment.kind === "bands" || treatment.kind === "log2") index = Math.max(0, index);
  // A measured value has a label of its own below the first edge.
  else index += 1;
  return labelsOf(treatment)[index] ?? null;
}

/** Lower edges of the steps, ascending. */
function edgesOf(treatment: Exclude<Treatment, { kind: "one-of" | "percent" }>): readonly number[] {
  switch (treatment.kind) {
    case "bands":
      return treatment.edges;
    case "log2": {
      const edges = [0];
      for (let edge = 1; edge <= treatment.cap; edge *= 2) edges.push(edge);
      return edges;
    }
    case "125": {
      const edges: number[] = [];
      const first = Math.floor(Math.log10(treatment.low));
      for (let exponent = first; ; exponent += 1)
        for (const digit of [1, 2, 5]) {
          const edge = Number(`${digit}e${exponent}`);
          if (edge > treatment.high) return edges;
          if (edge >= treatment.low) edges.push(edge);
        }
    }
    case "ratio": {
      const { low, high } = treatment;
      const factor = treatment.ratio === "sqrt2" ? Math.SQRT2 : treatment.ratio;
      const steps = Math.ceil(Math.log(high / low) / Math.log(factor) - 1e-9);
      return Array.from({ length: steps + 1 }, (_, step) => low * factor ** step);
    }
  }
}

const wholeLabels = (edges: readonly number[]) =>
  edges.map((edge, index) => {
    const next = edges[index + 1];
    if (next === undefined) return `${edge}+`;
    return next - edge === 1 ? String(edge) : `${edge}-${next - 1}`;
  });

/** Three digits tell the edges of every ratio apart. */
const digits = (edge: number) => String(Number(edge.toPrecision(3)));

function measuredLabels(edges: readonly number[]): readonly string[] {
  const [first] = edges;
  if (first === undefined) return [];
  return [
    `<${digits(first)}`,
    ...edges.map((edge, index) => {
      const next = edges[index + 1];
      return next === undefined ? `${digits(edge)}+` : `${digits(edge)}-${digits(next)}`;
    }),
  ];
}

function multiplesOf({ step, low, high }: Extract<Treatment, { kind: "percent" }>): number[] {
  return Array.from({ length: Math.round((high - low) / step) + 1 }, (_, n) => low + n * step);
}

/** A change tells its sign, a share has none. */
const percentLabel = (percent: number, { low }: { low: number }) =>
  low < 0 && percent > 0 ? `+${percent}` : String(percent);
