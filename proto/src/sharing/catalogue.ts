// What a catalogue of questions is, and all that can be worked out from one. The questions themselves are in `questions.ts`.
import type { PeriodDays } from "./period.ts";
import { labelsOf, otherLabel, type Treatment } from "./treatment.ts";

/** Bounds of the catalogue itself, held by its test. */
export const catalogueLimits = {
  /** log2 of the payloads one report of a question can have. */
  bitsMax: 24,
  fieldsMax: 5,
  reportsMax: 30,
} as const;

export interface SharingField {
  readonly name: string;
  /** What it is, for a reader who has seen none of this. */
  readonly title: string;
  /** Of the labels: `GiB`, `ms`; empty where they count things or name them. */
  readonly unit: string;
  readonly treatment: Treatment;
  /** Why the maintainers need it. */
  readonly reason: string;
}

export interface SharingQuestion {
  readonly id: string;
  readonly title: string;
  /** The question, as one person asks another. */
  readonly asks: string;
  /** What the maintainers do with the answers. */
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** Where it was discussed: a heading of the policy, `deploy/docs/sharing.md`. */
  readonly review: string;
  /** It is asked no more from this day on, UTC. */
  readonly expires: string;
  /** How long a period is, days: one answer a period. */
  readonly periodDays: PeriodDays;
  /** `once`: of one upgrade, whenever it happens, and never again; otherwise anew every period. */
  readonly cadence: "every-period" | "once";
  /** Reports of one period at most; each is on its own and names no other. */
  readonly reportsMax: number;
  /** In the order they are shown; canonical JSON has its own. */
  readonly fields: readonly SharingField[];
  /** One report as a sentence, with `{field}` where its label and unit stand. */
  readonly sentence: string;
}

export interface SharingCatalogue {
  readonly version: number;
  readonly questions: readonly SharingQuestion[];
}

/** One answer: field → label. */
export type SharingAnswer = Readonly<Record<string, string>>;

export const questionById = (id: string, from: SharingCatalogue): SharingQuestion | undefined =>
  from.questions.find((question) => question.id === id);

/** log2 of the number of answers the question can have. */
export function bitsOf(question: SharingQuestion): number {
  return question.fields.reduce(
    (bits, { treatment }) => bits + Math.log2(labelsOf(treatment).length),
    0,
  );
}

/** Every string that can leave in a report, sorted: the ids of questions, the names of fields, their labels. */
export function vocabularyOf(from: SharingCatalogue): readonly string[] {
  const words = new Set<string>();
  for (const question of from.questions) {
    words.add(question.id);
    for (const { name, treatment } of question.fields) {
      words.add(name);
      for (const label of labelsOf(treatment)) words.add(label);
    }
  }
  return [...words].toSorted();
}

/** A label with its unit, as people read it: `64-127 hosts`, `1 host`, `+5 % against the release before`. */
export function labelWithUnit({ unit }: SharingField, label: string): string {
  if (unit === "" || label === otherLabel) return label;
  return `${label} ${label === "1" ? unit.replace(/^(host|subnet|VLAN|core)s$/, "$1") : unit}`;
}

/** One answer as a sentence. */
export function sentenceOf(question: SharingQuestion, answer: SharingAnswer): string {
  return question.sentence.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const field = question.fields.find((one) => one.name === name);
    return field === undefined ? name : labelWithUnit(field, answer[name] ?? otherLabel);
  });
}

/**
 * What `now` could say that `agreed` could not, in words; empty when a consent to `agreed` covers `now`. A new field, a new label, a shorter
 * period, more reports, or an answer anew where one was agreed to: each asks for a fresh yes. Fewer of them do not.
 */
export function widenings(agreed: SharingQuestion, now: SharingQuestion): readonly string[] {
  const found: string[] = [];
  for (const field of now.fields) {
    const before = agreed.fields.find(({ name }) => name === field.name);
    if (before === undefined) {
      found.push(`a new field, ${field.title}`);
      continue;
    }
    const known = new Set(labelsOf(before.treatment));
    const added = labelsOf(field.treatment).filter((label) => !known.has(label));
    if (added.length > 0)
      found.push(`${field.title}: ${added.length} new answers, ${added[0]} for one`);
    if (before.unit !== field.unit) found.push(`${field.title} is told in another unit`);
  }
  if (now.periodDays < agreed.periodDays)
    found.push(`every ${now.periodDays} days instead of ${agreed.periodDays}`);
  if (now.reportsMax > agreed.reportsMax)
    found.push(`${now.reportsMax} reports a period instead of ${agreed.reportsMax}`);
  if (now.cadence === "every-period" && agreed.cadence === "once")
    found.push("anew every period instead of once");
  return found;
}
