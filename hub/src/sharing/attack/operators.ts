// What a receiver would hold of many simulated operators, for the attacks on it.
import type { SharingQuestion } from "@tidemark/proto";
import { makeOperator } from "../../simulate/operator.ts";
import { answersBy } from "../answers/answers.ts";
import type { Facts } from "../answers/facts.ts";
import { type Treatments, treatments } from "../answers/treatments.ts";
import type { Seen } from "./linkage.ts";

/** Facts of operators `first` … `first + count − 1` in a period. */
export const factsOf = (first: number, count: number, period: number): readonly Facts[] =>
  Array.from({ length: count }, (_, index) => makeOperator(first + index)(period));

export const reportsOf = (
  question: SharingQuestion,
  facts: readonly Facts[],
  by: Treatments = treatments,
): readonly Seen[] =>
  facts.flatMap((each, operator) =>
    answersBy(by, question, each).answers.map((answer) => ({ operator, answer })),
  );
