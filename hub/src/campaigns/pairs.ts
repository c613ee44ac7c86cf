// Which variants of a profile a comparison holds against each other. Pure. What tells the sides apart are the labels whose values the
// sides do not share; variants that agree in all others are a pair, and what they agree in is their stratum.
import { type ProfileSpec, type Variant, type VariantLabels, parseSelector } from "@tidemark/proto";
import { variantsOf } from "../profiles/variants.ts";
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
  const both = candidate.find((variant) => baseline.includes(variant));
  if (both !== undefined)
    return unpaired("candidate", `${labelText(both.labels)} is on both sides`);
  const apart = labelsApart(baseline, candidate);
  const stratumOf = ({ labels }: Variant) => labelText(without(labels, apart));
  const byStratum = Map.groupBy(candidate, stratumOf);
  const strata: Pair<Variant>[] = [];
  const seen = new Map<string, Variant>();
  for (const one of baseline) {
    const stratum = stratumOf(one);
    const twin = seen.get(stratum);
    if (twin !== undefined) return unpaired("baseline", alike(twin, one));
    seen.set(stratum, one);
    const [counterpart, another] = byStratum.get(stratum) ?? [];
    if (counterpart === undefined) return unpaired("candidate", missing(one, "candidate"));
    if (another !== undefined) return unpaired("candidate", alike(counterpart, another));
    strata.push({ baseline: one, candidate: counterpart });
  }
  const alone = candidate.find((variant) => !seen.has(stratumOf(variant)));
  if (alone !== undefined) return unpaired("baseline", missing(alone, "baseline"));
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

/** `release=3.5, dataset=10`, the labels by name. */
export function labelText(labels: VariantLabels): string {
  const entries = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? "no labels" : entries.map(([k, v]) => `${k}=${v}`).join(", ");
}

/** Names of labels that no variant of one side has in common with any of the other. */
function labelsApart(
  baseline: readonly Variant[],
  candidate: readonly Variant[],
): ReadonlySet<string> {
  const names = new Set([...baseline, ...candidate].flatMap(({ labels }) => Object.keys(labels)));
  const isShared = (name: string) => {
    const values = new Set(baseline.map(({ labels }) => labels[name]));
    return candidate.some(({ labels }) => values.has(labels[name]));
  };
  return new Set([...names].filter((name) => !isShared(name)));
}

function without(labels: VariantLabels, names: ReadonlySet<string>): VariantLabels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.has(name)));
}

function unpaired(side: Side, reason: string): Paired {
  return { kind: "unpaired", side, reason };
}

const missing = (variant: Variant, side: Side) =>
  `${labelText(variant.labels)} has no counterpart among the ${side}'s variants: select only variants that both sides have`;
const alike = (one: Variant, other: Variant) =>
  `${labelText(one.labels)} and ${labelText(other.labels)} stand for the same: select one of them`;
