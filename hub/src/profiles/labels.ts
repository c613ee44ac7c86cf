// Labels of a variant, as text and by name. Pure.
import type { VariantLabels } from "@tidemark/proto";

/** `dataset=10, release=3.5`, the labels by name. */
export function labelText(labels: VariantLabels): string {
  const entries = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? "no labels" : entries.map(([k, v]) => `${k}=${v}`).join(", ");
}

/** Undefined where it has none of this name, also of one that every object has, as `constructor`. */
export function labelOf(labels: VariantLabels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

export function without(labels: VariantLabels, names: ReadonlySet<string>): VariantLabels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.has(name)));
}
