// Variants chosen by their labels: from the values that were pressed to the selector that the hub reads. Pure.
import { parseSelector, type VariantLabels } from "@tidemark/proto";

/** Chosen values by label; a label without any is not asked about. */
export type Choice = Readonly<Record<string, readonly string[]>>;

export interface LabelValues {
  readonly key: string;
  readonly values: readonly string[];
}

/** Every label of the variants with its values, as versions go: 3.9 before 3.10. */
export function valuesByLabel(variants: readonly VariantLabels[]): readonly LabelValues[] {
  const found = new Map<string, Set<string>>();
  for (const labels of variants)
    for (const [key, value] of Object.entries(labels))
      found.set(key, (found.get(key) ?? new Set()).add(value));
  return [...found].map(([key, values]) => ({
    key,
    values: [...values].toSorted((one, other) => inOrder.compare(one, other)),
  }));
}

const inOrder = new Intl.Collator("en", { numeric: true });

/** `release=3.6,dataset in (10,100)`; undefined when nothing is chosen, which means all. */
export function selectorOf(choice: Choice): string | undefined {
  const terms = Object.entries(choice)
    .filter(([, values]) => values.length > 0)
    .map(([key, values]) =>
      values.length === 1 ? `${key}=${values[0] ?? ""}` : `${key} in (${values.join(",")})`,
    );
  return terms.length === 0 ? undefined : terms.join(",");
}

/** The variants that a choice means. */
export function chosen(
  variants: readonly VariantLabels[],
  choice: Choice,
): readonly VariantLabels[] {
  const text = selectorOf(choice);
  if (text === undefined) return variants;
  const selector = parseSelector(text);
  return selector.kind === "faulty" ? [] : variants.filter((each) => selector.matches(each));
}

/** What the sides of a comparison have in common, a stratum each: `{ dataset: "1000" }`. */
export function strataOf(
  variants: readonly VariantLabels[],
  across: string,
  baseline: string,
  candidate: string,
): readonly VariantLabels[] {
  const rest = (labels: VariantLabels) =>
    Object.fromEntries(Object.entries(labels).filter(([key]) => key !== across));
  const said = (labels: VariantLabels) =>
    JSON.stringify(
      Object.entries(rest(labels)).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  const others = new Set(variants.filter((each) => each[across] === candidate).map(said));
  return variants.filter((each) => each[across] === baseline && others.has(said(each))).map(rest);
}
