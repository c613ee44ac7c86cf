// A profile as it is being edited, but for its load and who generates it, which `load-form` has: text where people type. Pure.
import type { OnSuspect, ProfileSpec, VariantLabels } from "@tidemark/proto";
import { linesOf } from "../load-form/draft-of-load.ts";

export interface VariantForm {
  /** One value for each of the form's keys, in their order; empty where the variant has no such label. */
  values: readonly string[];
  /** Empty: as the load says. */
  target: string;
  /** Beside the load's own, one `Name: value` a line. */
  headers: string;
  body: string;
}

export interface ObjectiveForm {
  percentile: string;
  responseMs: string;
  errorPercent: string;
}

export interface ProfileForm {
  name: string;
  description: string;
  /** `key=value`, separated by commas. */
  labels: string;
  variantKeys: readonly string[];
  variants: readonly VariantForm[];
  objectives: readonly ObjectiveForm[];
  repeats: string;
  runsEach: string;
  marginPercent: string;
  onSuspect: OnSuspect;
}

/** Labels that variants usually have, in the order they are offered. */
export const usualKeys = ["release", "dataset", "mesh", "operation"] as const;

/** Proto's `defaultComparison`, which stands among its schemas. A test compares. */
export const usualComparison = { runsEach: 8, marginRatio: 0.05, onSuspect: "rerun" } as const;

export const emptyForm: Readonly<ProfileForm> = {
  name: "",
  description: "",
  labels: "",
  variantKeys: [],
  variants: [],
  objectives: [],
  repeats: "1",
  runsEach: String(usualComparison.runsEach),
  marginPercent: percentText(usualComparison.marginRatio),
  onSuspect: usualComparison.onSuspect,
};

export const emptyObjective: Readonly<ObjectiveForm> = {
  percentile: "99",
  responseMs: "20",
  errorPercent: "0.1",
};

export function formOfSpec(spec: ProfileSpec): ProfileForm {
  const variants = spec.variants ?? [];
  const variantKeys = keysOf(variants.map(({ labels }) => labels));
  return {
    name: spec.name,
    description: spec.description ?? "",
    labels: labelsText(spec.labels ?? {}),
    variantKeys,
    variants: variants.map(({ labels, target, headers, body }) => ({
      values: variantKeys.map((key) => labels[key] ?? ""),
      target: target ?? "",
      headers: linesOf(headers),
      body: body ?? "",
    })),
    objectives: (spec.objectives ?? []).map(({ percentile, responseMs, errorRatioMax }) => ({
      percentile: String(percentile),
      responseMs: String(responseMs),
      errorPercent: percentText(errorRatioMax),
    })),
    repeats: String(spec.repeats ?? 1),
    runsEach: String(spec.comparison?.runsEach ?? usualComparison.runsEach),
    marginPercent: percentText(spec.comparison?.marginRatio ?? usualComparison.marginRatio),
    onSuspect: spec.comparison?.onSuspect ?? usualComparison.onSuspect,
  };
}

/** Every label of the variants once: the usual ones first, the others as they come. */
function keysOf(variants: readonly VariantLabels[]): string[] {
  const found = new Set(variants.flatMap((labels) => Object.keys(labels)));
  return [
    ...usualKeys.filter((key) => found.has(key)),
    ...[...found].filter((key) => !usualKeys.some((usual) => usual === key)),
  ];
}

/** `zone=ams-1, tier=gold`. */
export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");

/** .05 as `5`, without the digits that a multiplication adds. */
function percentText(ratio: number): string {
  return String(Number((ratio * 100).toPrecision(12)));
}
