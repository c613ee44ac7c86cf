// What a reader of a verdict should know besides. Pure.
import { signedInterval, percentage } from "./amounts.ts";
import type { Design } from "./blocks.ts";
import { shownAs } from "./compared-figures.ts";
import type { Tested } from "./family.ts";
import { amountsOf, differsSentence } from "./sentences.ts";
import type { CountedSide, Sides } from "./sides.ts";

/** Runs of each side that find usual differences. */
const runsEachRecommended = 8;

export function remarksOf(
  sides: Sides,
  design: Design,
  tested: readonly Tested[],
): readonly string[] {
  const both = [sides.baseline, sides.candidate];
  return [
    ...figureRemarks(sides.candidate.label, tested),
    ...both.flatMap(excludedRemarks),
    ...flaggedRemarks(both),
    ...designRemarks(both, design),
  ];
}

/** One for each figure, so that a sentence about one does not hide the others. */
function figureRemarks(candidate: string, tested: readonly Tested[]): readonly string[] {
  const isMixed = new Set(tested.map(({ comparison }) => comparison.verdict)).size > 1;
  if (!isMixed) return [];
  return tested.map((one) => {
    const { figure, effect, comparison } = one;
    if (effect === undefined)
      return `${figure.figure}: only ${one.runs} runs of a side have it, the others withhold it`;
    const amounts = amountsOf(figure, effect);
    if (comparison.verdict === "regression" || comparison.verdict === "improvement")
      return differsSentence({ baseline: "", candidate }, figure, amounts);
    const inner = {
      low: shownAs(figure, effect.inner.low),
      high: shownAs(figure, effect.inner.high),
    };
    return comparison.verdict === "equivalent"
      ? `${figure.figure}: within the margin, 90 % interval ${signedInterval(figure, inner)}`
      : `${figure.figure}: open, ${signedInterval(figure, amounts)}`;
  });
}

function excludedRemarks({ label, excluded }: CountedSide): readonly string[] {
  const [first] = excluded.values();
  if (first === undefined) return [];
  return excluded.size === 1
    ? [`1 run of ${label} does not count: ${first}`]
    : [`${excluded.size} runs of ${label} do not count, the first: ${first}`];
}

function flaggedRemarks(sides: readonly CountedSide[]): readonly string[] {
  const flagged = sides.flatMap(({ counted }) =>
    counted.filter(({ validity }) => validity.level === "flagged"),
  );
  if (flagged.length === 0) return [];
  const rules = flagged.flatMap(({ validity }) => [
    ...new Set(validity.findings.flatMap(({ rule, level }) => (level === "noted" ? [] : [rule]))),
  ]);
  const counts = Array.from(
    Map.groupBy(rules, (rule) => rule),
    ([rule, found]) => `${rule} ×${found.length}`,
  );
  const all = sides.reduce((sum, { counted }) => sum + counted.length, 0);
  return [`${flagged.length} of ${all} runs count with a caveat: ${counts.join(", ")}`];
}

function designRemarks(sides: readonly CountedSide[], design: Design): readonly string[] {
  const runs = Math.min(...sides.map(({ counted }) => counted.length));
  if (runs === 0) return [];
  const few =
    runs < runsEachRecommended
      ? [
          `${runsEachRecommended} runs of each are recommended: they find ${percentage(0.05)} at a noise of 3 %`,
        ]
      : [];
  return design.kind === "interleaved"
    ? few
    : [
        ...few,
        "the sides were not run interleaved: what else changed between them looks like a difference",
      ];
}
