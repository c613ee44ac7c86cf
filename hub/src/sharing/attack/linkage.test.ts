// Must prove 4: no report tells whose the next one is. Figures are printed for the policy; they are of simulated operators, so only
// their sizes against the bounds mean something.
import { type SharingQuestion, sharingCatalogue } from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Facts } from "../answers/facts.ts";
import { type Treatments, treatments } from "../answers/treatments.ts";
import { type Linkage, type Seen, linkagePeriods, linkageQuestions } from "./linkage.ts";
import { factsOf, reportsOf } from "./operators.ts";

const operators = 3_000;
/** At 300 the mean of ten fleets: one alone says little of a question that few answer. */
const sizes = [
  { count: 300, excessMax: 0.15 },
  { count: operators, excessMax: 0.05 },
] as const;
const { questions } = sharingCatalogue;
/** Nothing is coarsened. */
const untreated: Treatments = { ...treatments, labelOf: (_treatment, value) => String(value) };
const firstPeriod = 3;
const periodsOn = { 28: firstPeriod + 1, 84: firstPeriod + 3 } as const;

let before: readonly Facts[];
let after: ReadonlyMap<number, readonly Facts[]>;
/** Of others, whose reports an attacker can tell apart and learn from. */
let known: readonly Facts[];
beforeAll(() => {
  before = factsOf(0, operators, firstPeriod);
  after = new Map(
    Object.values(periodsOn).map((period) => [period, factsOf(0, operators, period)]),
  );
  known = factsOf(100_000, operators, firstPeriod);
});

const lines: string[] = [];
afterAll(() => process.stdout.write(`${lines.join("\n")}\n`));
const shown = ({ linked, chance }: Linkage) =>
  `${linked.toFixed(4)} (chance ${chance.toFixed(4)}, excess ${(linked - chance).toFixed(4)})`;

/** Mean over as many fleets of `count` as there are operators for. */
function overFleets(count: number, attack: (from: number, until: number) => Linkage): Linkage {
  const each = Array.from({ length: operators / count }, (_, fleet) =>
    attack(fleet * count, (fleet + 1) * count),
  ).filter(({ reports }) => reports > 0);
  const mean = (of: (linkage: Linkage) => number) =>
    each.reduce((sum, linkage) => sum + of(linkage), 0) / Math.max(1, each.length);
  return {
    reports: mean(({ reports }) => reports),
    linked: mean(({ linked }) => linked),
    chance: mean(({ chance }) => chance),
  };
}
const within = (seen: readonly Seen[], from: number, until: number) =>
  seen.filter(({ operator }) => operator >= from && operator < until);

/** The attack on fleets of a size. */
function acrossPeriods(question: SharingQuestion, by = treatments): (count: number) => Linkage {
  const one = reportsOf(question, before, by);
  const other = reportsOf(question, after.get(periodsOn[question.periodDays]) ?? [], by);
  return (count) =>
    overFleets(count, (from, until) =>
      linkagePeriods(question, within(one, from, until), within(other, from, until)),
    );
}

describe("across periods", () => {
  test.each(questions.map((question) => [question.id, question] as const))(
    "%s does not tell whose the next is",
    (id, question) => {
      const attack = acrossPeriods(question);
      for (const { count, excessMax } of sizes) {
        const found = attack(count);
        lines.push(`linkage of ${id} across periods, ${count} operators: ${shown(found)}`);
        expect(found.linked - found.chance).toBeLessThanOrEqual(excessMax);
      }
    },
  );

  test("without labels the same reports would tell it (positive control)", () => {
    for (const id of ["fleet.size", "network.size", "network.family"]) {
      const question = questions.find((each) => each.id === id)!;
      const { linked, chance } = acrossPeriods(question, untreated)(300);
      expect(linked - chance, id).toBeGreaterThan(0.15);
    }
  });

  test("one report of everything would tell it (positive control)", () => {
    const combined: SharingQuestion = {
      ...questions[0]!,
      fields: ["fleet.size", "network.size", "network.family", "hub.environment"].flatMap(
        (id) => questions.find((each) => each.id === id)!.fields,
      ),
    };
    const all = (facts: readonly Facts[]): readonly Seen[] => {
      const merged = new Map<number, Seen>();
      for (const each of questions.slice(0, 3).concat(questions.at(-1)!))
        for (const { operator, answer } of reportsOf(each, facts))
          merged.set(operator, {
            operator,
            answer: { ...merged.get(operator)?.answer, ...answer },
          });
      return [...merged.values()];
    };
    const [one, other] = [all(before), all(after.get(periodsOn[28]) ?? [])];
    const found = overFleets(300, (from, until) =>
      linkagePeriods(combined, within(one, from, until), within(other, from, until)),
    );
    lines.push(`linkage of a combined report across periods, 300 operators: ${shown(found)}`);
    expect(found.linked - found.chance).toBeGreaterThan(0.5);
  });
});

describe("across questions", () => {
  const seenBy = new Map<
    string,
    { readonly seen: readonly Seen[]; readonly learnt: readonly Seen[] }
  >();
  beforeAll(() => {
    for (const question of questions)
      seenBy.set(question.id, {
        seen: reportsOf(question, before),
        learnt: reportsOf(question, known),
      });
  });

  function acrossQuestions(
    one: SharingQuestion,
    other: SharingQuestion,
  ): (count: number) => Linkage {
    const [from, to] = [seenBy.get(one.id)!, seenBy.get(other.id)!];
    const byOperator = Map.groupBy(to.learnt, ({ operator }) => operator);
    const pairs = from.learnt.flatMap(({ operator, answer }) =>
      (byOperator.get(operator) ?? []).map((seen) => [answer, seen.answer] as const),
    );
    const attack = linkageQuestions(one, other, pairs);
    return (count) =>
      overFleets(count, (low, high) =>
        attack(within(from.seen, low, high), within(to.seen, low, high)),
      );
  }

  test.each(questions.map((question) => [question.id, question] as const))(
    "%s does not tell which other reports are the same operator's",
    (id, question) => {
      const attacks = questions
        .filter((other) => other.id !== id)
        .map((other) => ({ other: other.id, attack: acrossQuestions(question, other) }));
      for (const { count, excessMax } of sizes) {
        const found = attacks
          .map(({ other, attack }) => ({ other, ...attack(count) }))
          .toSorted((a, b) => b.linked - b.chance - (a.linked - a.chance));
        const [worst] = found;
        lines.push(
          `linkage of ${id} to other questions, ${count} operators, at most ${shown(worst!)} to ${worst!.other}`,
        );
        expect(worst!.linked - worst!.chance).toBeLessThanOrEqual(excessMax);
      }
    },
  );

  test("two questions with the same figures would tell it (positive control)", () => {
    const question = questions.find(({ id }) => id === "network.size")!;
    const seen = reportsOf(question, before, untreated);
    const pairs = seen.map(({ answer }) => [answer, answer] as const);
    const attack = linkageQuestions(question, question, pairs);
    const found = overFleets(300, (from, until) => {
      const own = within(seen, from, until);
      return attack(own, own);
    });
    expect(found.linked - found.chance).toBeGreaterThan(0.15);
  });
});
