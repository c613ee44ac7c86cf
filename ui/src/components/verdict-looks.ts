// How each verdict looks: a mark whose shape differs as well as its colour, and the word that always stands beside it or is read out.
import type { ValidityFinding, ValidityLevel, Verdict, VerdictKind } from "@tidemark/proto";

export type Tone = "good" | "bad" | "warn" | "calm" | "idle";
interface Look {
  readonly mark: string;
  readonly word: string;
  readonly tone: Tone;
}

export const verdictLooks: Record<VerdictKind, Look> = {
  regression: { mark: "◆", word: "Regression", tone: "bad" },
  improvement: { mark: "✓", word: "Improvement", tone: "good" },
  equivalent: { mark: "=", word: "Equivalent", tone: "calm" },
  inconclusive: { mark: "?", word: "Inconclusive", tone: "warn" },
  "not-enough-runs": { mark: "…", word: "Not enough runs", tone: "idle" },
  "not-comparable": { mark: "≠", word: "Not comparable", tone: "idle" },
  invalid: { mark: "×", word: "Invalid", tone: "bad" },
  suspect: { mark: "!", word: "Suspect", tone: "warn" },
};

export const validityLooks: Record<ValidityLevel, Look> = {
  valid: { mark: "✓", word: "Valid", tone: "good" },
  flagged: { mark: "!", word: "Flagged", tone: "warn" },
  invalid: { mark: "×", word: "Invalid", tone: "bad" },
};

/** A finding that is only noted takes nothing from a run. */
export const findingLooks: Record<ValidityFinding["level"], Look> = {
  noted: { mark: "i", word: "Noted", tone: "idle" },
  flagged: validityLooks.flagged,
  invalid: validityLooks.invalid,
};

/** Proto's kinds, written down again, for they stand among schemas. */
export const verdictKinds = [
  "regression",
  "improvement",
  "equivalent",
  "inconclusive",
  "not-enough-runs",
  "not-comparable",
  "invalid",
  "suspect",
] as const satisfies readonly VerdictKind[];

/** What would settle it, where the sentence before does not say it already. */
export const settlingOf = ({ sentence, settles }: Pick<Verdict, "sentence" | "settles">): string =>
  sentence.includes(settles) ? "" : settles;
