// What a list has room to say of a profile's variants: each label with its values. Pure.
import type { VariantLabels } from "@tidemark/proto";
import { valuesByLabel } from "../profile/variant-choice.ts";

const valuesShownMax = 4;

/** `release 3.5, 3.6` and so on; more values than there is room for are counted. */
export function variantSummary(variants: readonly VariantLabels[]): readonly string[] {
  return valuesByLabel(variants).map(({ key, values }) => {
    const more = values.length - valuesShownMax;
    const shown = values.slice(0, valuesShownMax).join(", ");
    return `${key} ${more > 0 ? `${shown} and ${more} more` : shown}`;
  });
}
