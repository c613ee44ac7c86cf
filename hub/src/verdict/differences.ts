// What tells two sides apart besides what is compared: fields of their comparison keys, which forbid a comparison, and of their
// environments, which are told beside it. Pure.
import type { Difference, VariantLabels } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";

type Fields = Readonly<Record<string, string>>;
type Compared = Pick<RunEvidence, "key" | "environment" | "origin">;

/** Differences shown at most: hosts of a large run bring a dozen facts each. */
const differencesMax = 64;
const textLengthMax = 256;
const none = "none";

/**
 * Fields in which the sides' keys differ. A field that the variants name themselves, as the label `mesh`, is what is compared and no
 * difference.
 */
export function keyDifferences(
  baseline: readonly Compared[],
  candidate: readonly Compared[],
): Difference[] {
  const all = [...baseline, ...candidate];
  return differences(baseline, candidate, ({ key }) => key).filter(
    ({ what }) => !all.every(({ key, origin }) => isLabel(origin?.variant, what, key[what])),
  );
}

function isLabel(variant: VariantLabels | undefined, name: string, value: string | undefined) {
  return variant !== undefined && variant[name] === value;
}

/** Facts of the environment of which one side has a value that the other has not. */
export function environmentChanges(
  baseline: readonly Compared[],
  candidate: readonly Compared[],
): Difference[] {
  return differences(baseline, candidate, ({ environment }) => environment).slice(
    0,
    differencesMax,
  );
}

/** Whether the runs were made the same way. */
export function areKeysEqual(one: Compared, other: Compared): boolean {
  const names = new Set([...Object.keys(one.key), ...Object.keys(other.key)]);
  // The store shares the keys of runs that were made alike.
  return one.key === other.key || [...names].every((name) => one.key[name] === other.key[name]);
}

function differences(
  baseline: readonly Compared[],
  candidate: readonly Compared[],
  fieldsOf: (run: Compared) => Fields,
): Difference[] {
  const before = distinct(baseline.map(fieldsOf));
  const after = distinct(candidate.map(fieldsOf));
  const names = new Set([...before, ...after].flatMap((fields) => Object.keys(fields)));
  return Array.from(names, (what) => ({
    what,
    baseline: valuesOf(before, what),
    candidate: valuesOf(after, what),
  })).filter((difference) => difference.baseline !== difference.candidate);
}

/** Most runs of a side share their fields, as one object. */
const distinct = (all: readonly Fields[]): readonly Fields[] => [...new Set(all)];

function valuesOf(all: readonly Fields[], what: string): string {
  const values = [...new Set(all.map((fields) => fields[what] ?? none))].toSorted();
  const text = values.join(" | ");
  return text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax - 1)}…`;
}
