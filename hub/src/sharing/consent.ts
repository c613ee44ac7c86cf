// What an operator's answer to a question is worth now. Pure.
import {
  type ConsentState,
  type SharingConsent,
  type SharingQuestion,
  sharingLimits,
  widenings,
} from "@tidemark/proto";

/** A yes or a no, as it is kept. */
export interface ConsentRecord {
  readonly answer: "yes" | "no";
  readonly answeredAtMs: number;
  readonly by: string;
  /** What a yes was given to; null for a no. */
  readonly agreed: Agreed | null;
  /** Whether the ledger has it. */
  readonly isNoted: boolean;
}

export interface Agreed {
  /** The question, whole: what it may ask later is held against it. */
  readonly question: SharingQuestion;
  readonly catalogue: number;
  readonly sha256: string;
  /** Since when it has been yes without a break: nothing from before is ever used. */
  readonly sinceMs: number;
  readonly expiresAtMs: number;
}

const dayMs = 86_400_000;

/** Whether the question is asked no more. */
export const isRetired = ({ expires }: SharingQuestion, nowMs: number): boolean =>
  nowMs >= Date.parse(`${expires}T00:00:00Z`);

/** In words; empty without a yes. */
const widenedSince = (record: ConsentRecord | undefined, question: SharingQuestion) =>
  record === undefined || record.agreed === null ? [] : widenings(record.agreed.question, question);

export function consentStateOf(
  record: ConsentRecord | undefined,
  question: SharingQuestion,
  nowMs: number,
): ConsentState {
  if (record === undefined) return "unasked";
  const { agreed } = record;
  if (record.answer === "no" || agreed === null) return "no";
  if (widenedSince(record, question).length > 0) return "void";
  return nowMs >= agreed.expiresAtMs || isRetired(question, nowMs) ? "expired" : "yes";
}

/** The yes in force, or undefined. */
export function yesTo(
  record: ConsentRecord | undefined,
  question: SharingQuestion,
  nowMs: number,
): Agreed | undefined {
  if (consentStateOf(record, question, nowMs) !== "yes") return undefined;
  return record?.agreed ?? undefined;
}

/** The record after an answer. A yes that is renewed while it holds goes on from where it began. */
export function answered(
  before: ConsentRecord | undefined,
  answer: {
    readonly answer: "yes" | "no";
    readonly question: SharingQuestion;
    readonly catalogue: number;
    readonly sha256: string;
    readonly by: string;
    readonly nowMs: number;
  },
): ConsentRecord {
  const { question, catalogue, sha256, by, nowMs } = answer;
  const sinceMs = yesTo(before, question, nowMs)?.sinceMs ?? nowMs;
  const expiresAtMs = nowMs + sharingLimits.consentDaysMax * dayMs;
  return {
    answer: answer.answer,
    answeredAtMs: nowMs,
    by: by.slice(0, byLengthMax),
    agreed: answer.answer === "no" ? null : { question, catalogue, sha256, sinceMs, expiresAtMs },
    isNoted: false,
  };
}

const byLengthMax = 64;
const widenedLengthMax = 256;

/** As the API shows it. */
export function consentView(
  record: ConsentRecord | undefined,
  question: SharingQuestion,
  nowMs: number,
): SharingConsent {
  return {
    state: consentStateOf(record, question, nowMs),
    answeredAtMs: record?.answeredAtMs ?? null,
    answeredBy: record?.by ?? null,
    expiresAtMs: record?.agreed?.expiresAtMs ?? null,
    sha256: record?.agreed?.sha256 ?? null,
    widened: widenedSince(record, question).map((text) => text.slice(0, widenedLengthMax)),
  };
}
