// What tells the variants of a profile apart.
import { Type, type Static } from "typebox";
import { plainText } from "./common.ts";

/** Labels of one variant at most. */
export const variantLabelsMax = 8;

/** `release=3.6, dataset=1000, mesh=on, operation=machine list`. */
export const VariantLabels = Type.Record(
  Type.String({ pattern: "^[a-z][a-z0-9_.-]{0,31}$" }),
  plainText(64, 1),
  { maxProperties: variantLabelsMax, additionalProperties: false },
);
export type VariantLabels = Static<typeof VariantLabels>;

/** The label by which releases are told apart, on the board and along a history. */
export const releaseLabel = "release";
