// A tenth of liars: whatever they say, together and knowing everybody's answer, no median and no quartile that is told is further than
// one label from what the honest ones alone would have.
import { labelsOf } from "@tidemark/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Answers,
  counted,
  declared,
  field,
  simulatedAnswers,
} from "../../../test/simulated-answers.ts";
import { freeze } from "./freeze.ts";

const chart = declared("api-operations");
const labels = labelsOf(field("api.latency", "p99").treatment);
const row = { operation: "machines.list" } as const;
const parts = [
  ["first", 0.25],
  ["median", 0.5],
  ["third", 0.75],
] as const;

/** Indices of labels, one an operator. */
type Votes = readonly number[];

const answersOf = (votes: Votes): Answers =>
  votes.map((vote) => [{ ...row, p99: labels[vote] ?? "" }]);

const exact = (votes: Votes, part: number) =>
  votes.toSorted((a, b) => a - b)[Math.ceil(part * votes.length) - 1] ?? 0;

/** By how many labels each figure that is told with the liars is off the honest ones' own. */
function moved(honest: Votes, all: Votes): number[] {
  const quartiles = freeze(chart, counted(answersOf(all)), 5)[0]?.quartiles;
  return parts.flatMap(([name, part]) => {
    const told = quartiles?.[name] ?? null;
    return told === null ? [] : [Math.abs(labels.indexOf(told) - exact(honest, part))];
  });
}

/** The honest with a tenth of liars besides, and with a tenth of them turned: all say the same. */
function poisoned(honest: Votes): Votes[] {
  const liars = Math.floor(honest.length / 10);
  const sorted = honest.toSorted((a, b) => a - b);
  return labels.flatMap((_, lie) => {
    const lies = Array.from({ length: liars }, () => lie);
    return [
      [...honest, ...lies],
      [...sorted.slice(liars), ...lies],
      [...sorted.slice(0, -liars), ...lies],
    ];
  });
}

const votesOf = (operation: string, seed: number): Votes =>
  simulatedAnswers("api.latency", 400, seed)
    .flat()
    .filter((answer) => answer["operation"] === operation)
    .map((answer) => labels.indexOf(answer["p99"] ?? ""));

const operations = ["machines.list", "machines.read", "subnets.list", "version.read"];

describe("a tenth of liars", () => {
  test.each(operations)(
    "move no figure of simulated operators further than a label: %s",
    (operation) => {
      const honest = votesOf(operation, 0);
      expect(honest.length).toBeGreaterThan(40);
      const all = poisoned(honest).map((votes) => moved(honest, votes));
      expect(Math.max(...all.flat())).toBeLessThanOrEqual(1);
      // Not by telling nothing.
      expect(all.filter(({ length }) => length > 0).length).toBeGreaterThan(all.length / 2);
    },
  );

  test("move no figure of any operators further than a label", () => {
    const vote = fc.integer({ min: 0, max: labels.length - 1 });
    fc.assert(
      fc.property(fc.array(vote, { minLength: 10, maxLength: 150 }), (honest) => {
        for (const votes of poisoned(honest))
          expect(Math.max(0, ...moved(honest, votes))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40 },
    );
  });

  test("would move a mean, and a median of operators who are of two kinds", () => {
    const honest = votesOf("machines.list", 0);
    const mean = (votes: Votes) => votes.reduce((sum, vote) => sum + vote, 0) / votes.length;
    const byMean = poisoned(honest).map((votes) => Math.abs(mean(votes) - mean(honest)));
    expect(Math.max(...byMean)).toBeGreaterThan(1);
    const kinds: Votes = [...Array<number>(51).fill(2), ...Array<number>(49).fill(18)];
    const byMedian = poisoned(kinds).map((votes) =>
      Math.abs(exact(votes, 0.5) - exact(kinds, 0.5)),
    );
    expect(Math.max(...byMedian)).toBe(16);
  });
});
