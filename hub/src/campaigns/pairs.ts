// Which variants of a profile a comparison holds against each other. Pure. They are paired as its runs will be when they are judged; a
// variant without a counterpart is refused here, before it costs a run.
import { type ProfileSpec, type Variant, type VariantLabels, parseSelector } from "@tidemark/proto";
import { labelText } from "../profiles/labels.ts";
import { variantsOf } from "../profiles/variants.ts";
import { strataOf } from "../verdict/strata.ts";
import type { Pair } from "./order.ts";

export type Paired =
  | { readonly kind: "paired"; readonly strata: readonly Pair<Variant>[] }
  | { readonly kind: "unpaired"; readonly side: Side; readonly reason: string };
type Side = "baseline" | "candidate";

export function pairsOf(spec: ProfileSpec, selectors: Readonly<Record<Side, string>>): Paired {
  for (const side of ["baseline", "candidate"] as const) {
    const reason = selectorFault(spec, selectors[side]);
    if (reason !== undefined) return { kind: "unpaired", side, reason };
  }
  const baseline = variantsOf(spec, selectors.baseline);
  const candidate = variantsOf(spec, selectors.candidate);
  const paired = strataOf(
    baseline.map(({ labels }) => labels),
    candidate.map(({ labels }) => labels),
  );
  if (paired.kind === "unpaired") return paired;
  const [alone] = paired.alone;
  if (alone !== undefined) {
    const side = baseline.some(({ labels }) => labels === alone) ? "candidate" : "baseline";
    const reason = `${labelText(alone)} has no counterpart among the ${side}'s variants: select only variants that both sides have`;
    return { kind: "unpaired", side, reason };
  }
  const variants = new Map([...baseline, ...candidate].map((one) => [labelText(one.labels), one]));
  const variantOf = (labels: VariantLabels) => variants.get(labelText(labels)) ?? { labels };
  const strata = paired.strata.map((stratum) => ({
    baseline: variantOf(stratum.baseline),
    candidate: variantOf(stratum.candidate),
  }));
  return { kind: "paired", strata };
}

/** Why a selector of variants means none; undefined when it means some. */
export function selectorFault(spec: ProfileSpec, selector: string): string | undefined {
  const parsed = parseSelector(selector);
  if (parsed.kind === "faulty") return parsed.reason;
  if (variantsOf(spec, selector).length > 0) return undefined;
  const all = variantsOf(spec).map(({ labels }) => labelText(labels));
  const more = all.length > shownMax ? `, and ${all.length - shownMax} more` : "";
  return `no variant matches ${selector}; there are: ${all.slice(0, shownMax).join("; ")}${more}`;
}

const shownMax = 8;
