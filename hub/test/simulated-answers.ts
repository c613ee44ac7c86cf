// The answers of simulated operators to the questions whose charts are attacked, each coarsened as the catalogue says.
import {
  type SharingAnswer,
  type SharingField,
  canonicalJson,
  labelOf,
  questionById,
  sharingCatalogue,
} from "@tidemark/proto";
import type { DeclaredChart } from "../src/receive/charts/declared.ts";
import { declaredCharts } from "../src/receive/charts/declared.ts";
import type { AnswerCount } from "../src/receive/charts/freeze.ts";
import type { Facts } from "../src/sharing/answers/facts.ts";
import { makeOperator } from "../src/simulate/operator.ts";

export function declared(id: string): DeclaredChart {
  const found = declaredCharts.find((chart) => chart.id === id);
  if (found === undefined) throw new Error(`there is no chart ${id}`);
  return found;
}

export function field(question: string, name: string): SharingField {
  const found = questionById(question, sharingCatalogue)?.fields.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no field ${name} of ${question}`);
  return found;
}

/** A question's answers, one operator a member. */
export type Answers = readonly (readonly SharingAnswer[])[];

const label = (question: string, name: string, value: number | string) =>
  labelOf(field(question, name).treatment, value) ?? "other";

const addresses = ({ hosts }: Facts) =>
  hosts.flatMap(({ interfaces }) => interfaces.flatMap((one) => one.addresses));
const names = ({ hosts }: Facts) =>
  hosts.flatMap(({ interfaces }) => interfaces.map(({ name }) => name));

const simulated: Readonly<Record<string, (facts: Facts) => SharingAnswer[]>> = {
  "fleet.size": (facts) => [
    {
      hosts: label("fleet.size", "hosts", facts.hosts.length),
      release: facts.hosts.length % 4 === 0 ? "other" : "0.1",
    },
  ],
  "network.size": (facts) => [
    {
      subnets: label("network.size", "subnets", new Set(addresses(facts)).size - 2),
      vlans: label(
        "network.size",
        "vlans",
        new Set(names(facts).filter((name) => name.includes("."))).size,
      ),
    },
  ],
  "api.latency": ({ runs }) =>
    runs.flatMap(({ labels, p99Ms }) => {
      const operation = labels["operation"];
      return operation === undefined
        ? []
        : [{ operation, p99: label("api.latency", "p99", p99Ms) }];
    }),
};

/** What one site answers; nothing to a question that is not simulated here. */
export const answersTo = (question: string, facts: Facts): readonly SharingAnswer[] =>
  simulated[question]?.(facts) ?? [];

/** The questions `simulatedAnswers` knows. */
export const simulatedQuestions = Object.keys(simulated);

/** What `count` operators answer, from the seed on. */
export function simulatedAnswers(question: string, count: number, seed = 0): Answers {
  const answer = simulated[question];
  if (answer === undefined) throw new Error(`${question} is not simulated`);
  return Array.from({ length: count }, (_, index) => answer(makeOperator(seed + index)(0)));
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
