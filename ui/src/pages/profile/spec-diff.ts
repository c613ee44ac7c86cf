// What changed between two revisions of a profile, field by field, in words. Variants are told apart by their labels and headers
// by their names, so that one inserted above does not change all below. Pure.
import type { ProfileSpec } from "@tidemark/proto";
import { labelsText } from "../profiles/profile-form.ts";

export interface Change {
  /** `load, pacing, rate per second`. */
  readonly where: string;
  /** undefined: it was not there. */
  readonly before: string | undefined;
  /** undefined: it is no longer there. */
  readonly after: string | undefined;
}

export function changesBetween(before: ProfileSpec, after: ProfileSpec): readonly Change[] {
  const [old, young] = [leavesOf(before), leavesOf(after)];
  const places = [...new Set([...old.keys(), ...young.keys()])];
  return places
    .filter((where) => old.get(where) !== young.get(where))
    .map((where) => ({
      where,
      before: shortened(old.get(where)),
      after: shortened(young.get(where)),
    }));
}

/** Characters shown of one value: a data feed or a certificate is long. */
const shownMax = 240;
const shortened = (text: string | undefined) =>
  text !== undefined && text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;

/** Everything a spec says, by where it says it. */
function leavesOf(spec: ProfileSpec): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: readonly string[]): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, [...path, nameOf(item, index)]);
      return;
    }
    if (typeof value !== "object" || value === null) {
      leaves.set(path.join(", "), String(value));
      return;
    }
    for (const [key, item] of Object.entries(value)) walk(item, [...path, wordsOf(key, path)]);
  };
  const { variants = [], ...rest } = spec;
  walk(rest, []);
  for (const { labels, ...otherwise } of variants) {
    const name = `variant ${labelsText(labels)}`;
    if (Object.keys(otherwise).length === 0) leaves.set(name, "as the profile says");
    walk(otherwise, [name]);
  }
  return leaves;
}

/** What an item of a list is called: its name, or its place. */
function nameOf(item: unknown, index: number): string {
  const isNamed = typeof item === "object" && item !== null && "name" in item;
  return isNamed && typeof item.name === "string" ? item.name : String(index + 1);
}

/** Labels keep their spelling; a field's name becomes words: `ratePerSecond`, `rate per second`. */
const wordsOf = (key: string, path: readonly string[]): string =>
  path.at(-1) === "labels" ? key : key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
