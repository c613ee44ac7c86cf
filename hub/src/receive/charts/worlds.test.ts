// What frozen charts give away, by brute force over every population of few operators and few labels.
//
// The adversary sees every chart ever told, each frozen once, knows how they are made, k, and that only these labels occur. They do
// not see two charts of one period, since there is one. Within a period they must not be able to say of any label that is not told how
// many operators below k it has, nor that it has none: every chart must agree with populations that differ in it. Over two periods they
// may even know that nothing happened but that one operator left: while that operator's label was told in neither, they must not be able
// to say which it was. What remains: a label told in one period and not in the next has become rarer than k; and to whoever
// knows that nothing else happened, a median that moved says on which side of it the operator was.
import { type SharingAnswer, labelsOf } from "@tidemark/proto";
import { describe, expect, test } from "vitest";
import { declared, field } from "../../../test/simulated-answers.ts";
import type { DeclaredChart } from "./declared.ts";
import { type FrozenRow, freeze } from "./freeze.ts";

const k = 3;
const operatorsMax = 15;
/** Where there are more the adversary knows that only the first ones occur. */
const labelsMax = 4;

/** Operators per label. */
type World = readonly number[];
type Freeze = typeof freeze;

function worldsOf(operators: number, labels: number): World[] {
  if (labels === 1) return [[operators]];
  return Array.from({ length: operators + 1 }, (_, first) =>
    worldsOf(operators - first, labels - 1).map((rest) => [first, ...rest]),
  ).flat();
}

const upTo = (operators: number) => Array.from({ length: operators + 1 }, (_, some) => some);

const everyWorld = ({ labels }: Attacked, sizes: readonly number[] = upTo(operatorsMax)): World[] =>
  sizes.flatMap((operators) => worldsOf(operators, labels.length));

interface Attacked {
  readonly chart: DeclaredChart;
  /** What tells the one row apart. */
  readonly row: SharingAnswer;
  readonly name: string;
  readonly labels: readonly string[];
  readonly freeze: Freeze;
}

function attacked(id: string, row: SharingAnswer = {}, how: Freeze = freeze): Attacked {
  const chart = declared(id);
  const name = chart.cells ?? chart.figure ?? "";
  const labels = labelsOf(field(chart.question, name).treatment).slice(0, labelsMax);
  return { chart, row, name, labels, freeze: how };
}

/** What is told of a world: one row at most. */
function told({ chart, row, name, labels, freeze: how }: Attacked, world: World) {
  const [first] = how(
    chart,
    labels.map((label, index) => ({
      answer: { ...row, [name]: label },
      operators: world[index] ?? 0,
    })),
    k,
  );
  return { row: first, text: JSON.stringify(first ?? null) };
}

const tells = (row: FrozenRow | undefined, label: string | undefined) =>
  row?.cells.some((cell) => cell.label === label) ?? false;

/** Labels of which a chart says exactly how many below k they have. */
function pinned(attack: Attacked, sizes?: readonly number[]): string[] {
  const agreeing = Map.groupBy(everyWorld(attack, sizes), (world) => told(attack, world).text);
  return [...agreeing.values()].flatMap((worlds) => {
    const [first] = worlds;
    const { row, text } = told(attack, first ?? []);
    // Of no row at all it is known that fewer than k answered, which is what everybody knows of any row.
    if (row === undefined) return [];
    return attack.labels.flatMap((label, index) => {
      const counts = new Set(worlds.map((world) => world[index] ?? 0));
      const [only] = counts;
      return counts.size === 1 && only !== undefined && only < k && !tells(row, label)
        ? [`${label} has ${only} in ${text}`]
        : [];
    });
  });
}

/** Labels told in neither of two charts of which it is certain that the operator who left had them. */
function betrayed(attack: Attacked): string[] {
  const leavers = new Map<string, Set<number>>();
  const hidden = new Set<string>();
  for (const world of everyWorld(attack))
    for (const [label, operators] of world.entries()) {
      if (operators === 0) continue;
      const before = told(attack, world);
      const after = told(
        attack,
        world.map((count, index) => (index === label ? count - 1 : count)),
      );
      if (before.row === undefined && after.row === undefined) continue;
      const pair = `${before.text} then ${after.text}`;
      leavers.set(pair, (leavers.get(pair) ?? new Set()).add(label));
      const name = attack.labels[label];
      if (!tells(before.row, name) && !tells(after.row, name)) hidden.add(pair);
    }
  return [...hidden].filter((pair) => leavers.get(pair)?.size === 1);
}

const charts: readonly (readonly [string, Attacked])[] = [
  ["labels without order", attacked("hub-node")],
  ["steps of one row of several", attacked("hardware-cpu", { cpu: "ibm-z" })],
  ["two labels", attacked("fleet-release")],
];

describe("whatever the population, no chart of labels", () => {
  test.each(charts)("says how many below k a label has: %s", (_name, attack) => {
    expect(pinned(attack).slice(0, 3)).toEqual([]);
  });
  test.each(charts)("says which label the operator had who left: %s", (_name, attack) => {
    expect(betrayed(attack).slice(0, 3)).toEqual([]);
  });
});

test("whatever the population, no median and no quartile says how many below k a label has", () => {
  const attack = attacked("api-releases", { release: "3.6" });
  expect(pinned(attack, upTo(operatorsMax)).slice(0, 3)).toEqual([]);
  // The fewest that have quartiles.
  const quartiles = told(attack, [20, 20, 20, 20]).row?.quartiles;
  expect(Object.values(quartiles ?? {})).not.toContain(null);
  expect(pinned(attack, [80]).slice(0, 3)).toEqual([]);
});

describe("the search finds it", () => {
  const cellsOf = (world: readonly { label: string; operators: number }[], least: number) =>
    world.filter(({ operators }) => operators >= least);
  const without =
    (least: number): Freeze =>
    (chart, answers) => {
      const all = answers.map(({ answer, operators }) => ({
        label: answer[chart.cells ?? ""] ?? "",
        operators,
      }));
      const operators = all.reduce((sum, one) => sum + one.operators, 0);
      const cells = cellsOf(all, least);
      const rest = operators - cells.reduce((sum, one) => sum + one.operators, 0);
      const quartiles = { first: null, median: null, third: null };
      return operators < k ? [] : [{ labels: [], operators, cells, rest, quartiles, share: null }];
    };

  test("when only the small labels are left out, and their total can be had by subtraction", () => {
    const attack = attacked("hub-node", {}, without(k));
    expect(pinned(attack).length).toBeGreaterThan(0);
    expect(betrayed(attacked("fleet-release", {}, without(k))).length).toBeGreaterThan(0);
  });

  test("when quartiles lie close to the median", () => {
    const close: Freeze = (chart, answers) => {
      const order = answers.flatMap(({ answer, operators }) =>
        Array.from({ length: operators }, () => answer[chart.figure ?? ""] ?? ""),
      );
      const at = (part: number) => order[Math.ceil(part * order.length) - 1] ?? null;
      const quartiles = { first: at(0.4), median: at(0.5), third: at(0.6) };
      return [{ labels: [], operators: order.length, cells: [], rest: 0, quartiles, share: null }];
    };
    const attack = attacked("api-releases", { release: "3.6" }, close);
    expect(pinned(attack).length).toBeGreaterThan(0);
  });

  test("when empty labels are told apart from small ones", () => {
    const told0: Freeze = (chart, answers, least) =>
      freeze(chart, answers, least).map((row) => ({
        ...row,
        labels: answers
          .filter(({ operators }) => operators === 0)
          .map(({ answer }) => answer[chart.cells ?? ""] ?? ""),
      }));
    expect(pinned(attacked("hub-node", {}, told0)).length).toBeGreaterThan(0);
  });
});
