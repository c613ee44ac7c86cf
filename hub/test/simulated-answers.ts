// What simulated operators answer, as a receiver counts it: the input of the charts' tests.
import {
  type SharingAnswer,
  type SharingField,
  type SharingQuestion,
  canonicalJson,
  questionById,
  sharingCatalogue,
} from "@tidemark/proto";
import { type DeclaredChart, declaredCharts } from "../src/receive/charts/declared.ts";
import type { AnswerCount } from "../src/receive/charts/freeze.ts";
import { answersOf } from "../src/sharing/answers/answers.ts";
import { makeOperator } from "../src/simulate/operator.ts";

export function declared(id: string): DeclaredChart {
  const found = declaredCharts.find((chart) => chart.id === id);
  if (found === undefined) throw new Error(`there is no chart ${id}`);
  return found;
}

function questionOf(id: string): SharingQuestion {
  const question = questionById(id, sharingCatalogue);
  if (question === undefined) throw new Error(`there is no question ${id}`);
  return question;
}

export function field(question: string, name: string): SharingField {
  const found = questionOf(question).fields.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no field ${name} of ${question}`);
  return found;
}

/** A question's answers, one operator a member. */
export type Answers = readonly (readonly SharingAnswer[])[];

/** What `count` operators answer in a period, from the seed on. */
export function simulatedAnswers(question: string, count: number, seed = 0, period = 0): Answers {
  return Array.from(
    { length: count },
    (_, index) => answersOf(questionOf(question), makeOperator(seed + index)(period)).answers,
  );
}

/** As the receiver counts them. */
export function counted(answers: Answers): readonly AnswerCount[] {
  const counts = new Map<string, { answer: SharingAnswer; operators: number }>();
  for (const answer of answers.flat()) {
    const key = canonicalJson(answer);
    const known = counts.get(key) ?? { answer, operators: 0 };
    counts.set(key, { answer, operators: known.operators + 1 });
  }
  return [...counts.values()];
}
