// From answers to the texts that leave: which period, which data, which bytes. The preview and the freezing go through here alike. Pure.
import {
  type SharingAnswer,
  type SharingCatalogue,
  type SharingQuestion,
  canonicalJson,
  parser,
  periodAt,
  periodSpan,
  readReport,
  reportText,
} from "@tidemark/proto";
import { Type } from "typebox";

/** Of the data that answers are made from: [sinceMs, untilMs), Unix ms. */
export interface Window {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** The question's period that closed last. */
export const closedPeriod = ({ periodDays }: SharingQuestion, nowMs: number): number =>
  periodAt(periodDays, nowMs) - 1;

/** From its end of a period on, its reports are refused. */
export const giveUpMsOf = ({ periodDays }: SharingQuestion, period: number): number =>
  periodSpan(periodDays, period + 1).endMs;

/** What may be used of a period: nothing from before the yes. Undefined when the yes came after it. */
export function windowOf(
  { periodDays }: SharingQuestion,
  period: number,
  agreedSinceMs: number,
): Window | undefined {
  const { startMs, endMs } = periodSpan(periodDays, period);
  const sinceMs = Math.max(startMs, agreedSinceMs);
  return sinceMs < endMs ? { sinceMs, untilMs: endMs } : undefined;
}

/**
 * The texts of one question's reports of one period, in an order that tells nothing. Throws when an answer is none that the catalogue
 * knows, or there are too many: then the answers are wrong, and nothing of them may leave.
 */
export function textsOf(
  catalogue: SharingCatalogue,
  question: SharingQuestion,
  period: number,
  answers: readonly SharingAnswer[],
): readonly string[] {
  if (answers.length > question.reportsMax)
    throw new RangeError(
      `${question.id} has ${answers.length} answers, at most ${question.reportsMax} may leave`,
    );
  const texts = answers.map((answer) =>
    reportText({ question: question.id, catalogue: catalogue.version, period, answer }),
  );
  for (const text of texts) {
    const fault = readReport(text, catalogue);
    // The text itself may hold what must not be told.
    if (typeof fault === "string")
      throw new TypeError(
        `an answer to ${question.id} does not fit the catalogue (${fault}): none of them is kept`,
      );
  }
  return texts.toSorted();
}

/** Answers of a question that is asked once, without those whose upgrade was told before. `frozen`: texts of what was. */
export function untold(
  answers: readonly SharingAnswer[],
  frozen: readonly string[],
): readonly SharingAnswer[] {
  const told = new Set(frozen.map((text) => upgradeOf(answerIn(text))));
  return answers.filter((answer) => !told.has(upgradeOf(answer)));
}

/** What was upgraded, without what came of it: a comparison that is made again tells the same upgrade. */
const upgradeOf = ({ change: _change, verdict: _verdict, ...upgrade }: SharingAnswer) =>
  canonicalJson(upgrade);

const parseText = parser(
  Type.Object({ answer: Type.Record(Type.String(), Type.String()) }),
  "text of a report",
);
/** The answer in a text of our own, of whichever catalogue. */
export const answerIn = (text: string): SharingAnswer => parseText(JSON.parse(text)).answer;
