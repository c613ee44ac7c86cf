// A question as whoever is asked sees it: the same for the page, the command line and a hub's answer. Pure.
import type { SharedQuestion } from "../api/sharing.ts";
import { type SharingQuestion, bitsOf } from "./catalogue.ts";
import { treatmentWords } from "./treatment-words.ts";
import { labelsOf } from "./treatment.ts";

/** A question without what was said to it. */
export type AskedQuestion = Omit<SharedQuestion, "consent" | "waiting" | "sent">;

/** Its treatments in words, with every label they can give. The sentence of a report is left out: it tells one answer, not the question. */
export function askedQuestion(question: SharingQuestion): AskedQuestion {
  const { sentence: _sentence, fields, ...told } = question;
  return {
    ...told,
    bits: bitsOf(question),
    fields: fields.map(({ treatment, ...field }) => ({
      ...field,
      treatment: treatmentWords(treatment),
      labels: [...labelsOf(treatment)],
    })),
  };
}
