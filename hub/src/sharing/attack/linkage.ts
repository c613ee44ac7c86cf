// Who can be told again: how often the nearest report of another period, or the likeliest of another question, is the same operator's.
import { type SharingAnswer, type SharingQuestion, labelsOf } from "@tidemark/proto";

/** One report as the receiver has it; `operator` is what it does not have, and what the attack guesses. */
export interface Seen {
  readonly operator: number;
  readonly answer: SharingAnswer;
}

export interface Linkage {
  readonly reports: number;
  /** Share of reports whose first guess is right; of guesses that are as good as each other, each is as likely. */
  readonly linked: number;
  /** What drawing among all of the other reports would get right. */
  readonly chance: number;
}

/**
 * For each report of `before` the nearest of `after`: steps apart, summed over the fields, where labels have an order, and further
 * than any step where a word is another.
 */
export function linkagePeriods(
  question: SharingQuestion,
  before: readonly Seen[],
  after: readonly Seen[],
): Linkage {
  const points = pointsOf(question);
  const pool = cellsOf(after, points);
  return linkage(before, after, pool, points, (one, other) => -distance(question, one, other));
}

/**
 * For each report of `one`, to `question`, that of `other`, to `toQuestion`, which is likeliest by `learnt`: pairs of answers that are
 * known to be of one operator, as somebody has them who knows many operators. Learning is most of the work, and is done once.
 */
export function linkageQuestions(
  question: SharingQuestion,
  toQuestion: SharingQuestion,
  learnt: readonly (readonly [SharingAnswer, SharingAnswer])[],
): (one: readonly Seen[], other: readonly Seen[]) => Linkage {
  const [points, toPoints] = [pointsOf(question), pointsOf(toQuestion)];
  const pairs = countsOf(learnt.map(([a, b]) => `${points.key(a)} ${toPoints.key(b)}`));
  const ones = countsOf(learnt.map(([a]) => points.key(a)));
  const others = countsOf(learnt.map(([, b]) => toPoints.key(b)));
  const likely = (a: readonly number[], b: readonly number[]) => {
    const together = pairs.get(`${a.join()} ${b.join()}`) ?? 0;
    const apart = ((ones.get(a.join()) ?? 0) * (others.get(b.join()) ?? 0)) / learnt.length;
    return Math.log(together + smoothing) - Math.log(apart + smoothing);
  };
  return (one, other) => linkage(one, other, cellsOf(other, toPoints), points, likely);
}

/** Half a pair: what has never been seen is not impossible. */
const smoothing = 0.5;

interface Cell {
  readonly at: readonly number[];
  readonly size: number;
  readonly byOperator: ReadonlyMap<number, number>;
}

function linkage(
  from: readonly Seen[],
  to: readonly Seen[],
  pool: readonly Cell[],
  points: Points,
  score: (one: readonly number[], other: readonly number[]) => number,
): Linkage {
  const ofOperator = countsOf(to.map(({ operator }) => operator));
  let [linked, chance] = [0, 0];
  const best = new Map<string, readonly Cell[]>();
  for (const { operator, answer } of from) {
    const key = points.key(answer);
    const cells = best.get(key) ?? bestCells(pool, (cell) => score(points.at(answer), cell.at));
    best.set(key, cells);
    const right = cells.reduce((sum, cell) => sum + (cell.byOperator.get(operator) ?? 0), 0);
    const size = cells.reduce((sum, cell) => sum + cell.size, 0);
    linked += size === 0 ? 0 : right / size;
    chance += to.length === 0 ? 0 : (ofOperator.get(operator) ?? 0) / to.length;
  }
  const reports = Math.max(1, from.length);
  return { reports: from.length, linked: linked / reports, chance: chance / reports };
}

function bestCells(pool: readonly Cell[], score: (cell: Cell) => number): readonly Cell[] {
  let [highest, cells]: [number, Cell[]] = [Number.NEGATIVE_INFINITY, []];
  for (const cell of pool) {
    const value = score(cell);
    if (value < highest) continue;
    if (value > highest) cells = [];
    highest = value;
    cells.push(cell);
  }
  return cells;
}

interface Points {
  at(answer: SharingAnswer): readonly number[];
  key(answer: SharingAnswer): string;
}

/** Answers as places of their labels in the fields' lists; a number that is no label, for want of a treatment, stands for itself. */
function pointsOf({ fields }: SharingQuestion): Points {
  const places = fields.map(
    ({ treatment }) => new Map(labelsOf(treatment).map((label, at) => [label, at])),
  );
  const at = (answer: SharingAnswer) =>
    fields.map(({ name }, field) => {
      const label = answer[name] ?? "";
      return places[field]?.get(label) ?? (Number.isFinite(Number(label)) ? Number(label) : -1);
    });
  return { at, key: (answer) => at(answer).join() };
}

/** A word that is another one weighs more than any number of steps. */
const otherWord = 1_000;

function distance(
  { fields }: SharingQuestion,
  one: readonly number[],
  other: readonly number[],
): number {
  return fields.reduce((sum, { treatment }, field) => {
    const apart = Math.abs((one[field] ?? 0) - (other[field] ?? 0));
    return sum + (treatment.kind === "one-of" ? Math.min(apart, 1) * otherWord : apart);
  }, 0);
}

function cellsOf(seen: readonly Seen[], points: Points): readonly Cell[] {
  return Array.from(
    Map.groupBy(seen, ({ answer }) => points.key(answer)),
    ([key, own]) => ({
      at: key.split(",").map(Number),
      size: own.length,
      byOperator: countsOf(own.map(({ operator }) => operator)),
    }),
  );
}

function countsOf<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
