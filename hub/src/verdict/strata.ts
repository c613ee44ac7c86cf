// Variants of two sides, paired by what they have in common: each pair is a stratum, compared by itself. Pure.
import type { VariantLabels } from "@tidemark/proto";
import { labelOf, labelText, without } from "../profiles/labels.ts";
import type { Labels } from "./sentences.ts";

export interface Stratum {
  /** What both sides have in common. */
  readonly labels: VariantLabels;
  /** What tells them apart, as it is called in sentences. */
  readonly names: Labels;
  readonly baseline: VariantLabels;
  readonly candidate: VariantLabels;
}

export type Paired =
  | {
      readonly kind: "paired";
      readonly strata: readonly Stratum[];
      /** Variants that only one side has. */
      readonly alone: readonly VariantLabels[];
    }
  | { readonly kind: "unpaired"; readonly side: keyof Labels; readonly reason: string };

/** What tells the sides apart are the labels of which they share no value; in all others both have to agree. */
export function strataOf(
  baselineVariants: readonly VariantLabels[],
  candidateVariants: readonly VariantLabels[],
): Paired {
  const [baseline, candidate] = [distinct(baselineVariants), distinct(candidateVariants)];
  const texts = new Set(baseline.map(labelText));
  const both = candidate.find((labels) => texts.has(labelText(labels)));
  if (both !== undefined)
    return { kind: "unpaired", side: "candidate", reason: `${labelText(both)} is on both sides` };
  const apart = labelsApart(baseline, candidate);
  const sharedText = (labels: VariantLabels) => labelText(without(labels, apart));
  const ofBaseline = Map.groupBy(baseline, sharedText);
  const ofCandidate = Map.groupBy(candidate, sharedText);
  for (const [side, groups] of [
    ["baseline", ofBaseline],
    ["candidate", ofCandidate],
  ] as const)
    for (const [one, other] of groups.values())
      if (one !== undefined && other !== undefined) return alike(side, one, other);
  const strata = baseline.flatMap((before) => {
    const [after] = ofCandidate.get(sharedText(before)) ?? [];
    if (after === undefined) return [];
    const names = { baseline: nameOf(before, apart), candidate: nameOf(after, apart) };
    return [{ labels: without(before, apart), names, baseline: before, candidate: after }];
  });
  const alone = [
    ...baseline.filter((labels) => !ofCandidate.has(sharedText(labels))),
    ...candidate.filter((labels) => !ofBaseline.has(sharedText(labels))),
  ];
  return { kind: "paired", strata, alone };
}

/** What two groups of runs share and are called: by the labels that all runs of a group agree in. */
export function groupNames(
  baseline: readonly VariantLabels[],
  candidate: readonly VariantLabels[],
): Pick<Stratum, "labels" | "names"> {
  const [before, after] = [agreed(baseline), agreed(candidate)];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const apart = new Set(
    [...names].filter((name) => labelOf(before, name) !== labelOf(after, name)),
  );
  const isNamed = apart.size > 0;
  return {
    labels: without(before, apart),
    names: {
      baseline: isNamed ? nameOf(before, apart) : "the baseline",
      candidate: isNamed ? nameOf(after, apart) : "the candidate",
    },
  };
}

const distinct = (all: readonly VariantLabels[]): readonly VariantLabels[] => [
  ...new Map(all.map((labels) => [labelText(labels), labels])).values(),
];

function labelsApart(
  baseline: readonly VariantLabels[],
  candidate: readonly VariantLabels[],
): ReadonlySet<string> {
  const names = new Set([...baseline, ...candidate].flatMap((labels) => Object.keys(labels)));
  const isShared = (name: string) => {
    const values = new Set(baseline.map((labels) => labelOf(labels, name)));
    return candidate.some((labels) => values.has(labelOf(labels, name)));
  };
  return new Set([...names].filter((name) => !isShared(name)));
}

/** `3.6`, where one label tells the sides apart; `mesh=on, release=3.6` where more do; `no mesh` where it is absent. */
function nameOf(labels: VariantLabels, apart: ReadonlySet<string>): string {
  const [only, ...more] = [...apart].toSorted();
  if (only !== undefined && more.length === 0) return labelOf(labels, only) ?? `no ${only}`;
  return labelText(Object.fromEntries(Object.entries(labels).filter(([name]) => apart.has(name))));
}

function agreed([first = {}, ...rest]: readonly VariantLabels[]): VariantLabels {
  const entries = Object.entries(first);
  return Object.fromEntries(
    entries.filter(([name, value]) => rest.every((labels) => labelOf(labels, name) === value)),
  );
}

function alike(side: keyof Labels, one: VariantLabels, other: VariantLabels): Paired {
  const reason = `${labelText(one)} and ${labelText(other)} stand for the same: select one of them`;
  return { kind: "unpaired", side, reason };
}
