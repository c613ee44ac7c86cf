// What a comparison could find, before it starts: from how much earlier runs of one thing differ. Pure.
import { type ComparisonSettings, type Detectable, type Figure } from "@tidemark/proto";
import { keyHash } from "../evidence/comparison-key.ts";
import type { RunEvidence } from "../evidence/evidence.ts";
import { magnitude, percentage } from "./amounts.ts";
import { type ComparedFigure, comparedFigures, familyOf, scaled } from "./compared-figures.ts";
import { detectableOf } from "./family.ts";
import { runsForMargin, usualNoise } from "./settling.ts";
import { pooledSd } from "./statistics/noise.ts";
import { labelText } from "../profiles/labels.ts";

export interface DetectableInput {
  /** Earlier runs of the variants that would be compared, newest first. */
  readonly history: readonly RunEvidence[];
  readonly runsEach: number;
  readonly marginRatio: ComparisonSettings["marginRatio"];
  readonly expectedMs: number | null;
}

/** Of each variant the newest runs say how it is now. */
const groupRunsMax = 30;
const usualFigures = [comparedFigures.p50, comparedFigures.p95, comparedFigures.p99];

export function detectableBy(input: DetectableInput): Detectable {
  const { history, runsEach, marginRatio, expectedMs } = input;
  const valid = history.filter(({ validity }) => validity.level !== "invalid");
  const groups = [...Map.groupBy(valid, groupText).values()].map((runs) =>
    runs.slice(0, groupRunsMax),
  );
  const known = familyOf(groups.flat()).filter(({ figure }) => figure !== "errors");
  const family: readonly ComparedFigure[] = known.length > 0 ? known : usualFigures;
  const figures = family.map((figure) => {
    const repeated = groups
      .map((runs) => runs.flatMap(({ figures: one }) => figure.value(one) ?? []))
      .filter(({ length }) => length >= 2);
    const noise = pooledSd(repeated.map((values) => values.map((value) => scaled(figure, value))));
    return {
      figure: figure.figure,
      noise: noise ?? null,
      historyRuns: repeated.flat().length,
      detectable: detectableOf(figure, noise ?? usualNoise, runsEach),
      runsForMargin: runsForMargin(figure, noise ?? usualNoise, marginRatio) ?? null,
    };
  });
  return { runsEach, figures, expectedMs, sentence: sentenceOf(input, figures) };
}

/** Runs of one thing: the same variant, made the same way. */
function groupText({ origin, key }: RunEvidence): string {
  return `${labelText(origin?.variant ?? {})} ${keyHash(key)}`;
}

type Found = Detectable["figures"][number];

/** `8 runs of each would find 4.7 % at p50 and 12 % at p99, four times in five; to find 5 % at p99 takes 31 of each`. */
function sentenceOf({ runsEach, marginRatio }: DetectableInput, figures: readonly Found[]): string {
  const noises = figures.flatMap(({ noise }) => noise ?? []);
  const basis =
    noises.length === 0
      ? `, at a usual noise of ${percentage(usualNoise)}: there is no history yet`
      : "";
  const found = figures.flatMap(({ figure, detectable }) =>
    detectable === null ? [] : [`${magnitude(comparedFigures[figure], detectable)} at ${figure}`],
  );
  const needed = needs(figures, marginRatio);
  if (found.length === 0)
    return `${runsEach} runs of each are too few for any verdict: 4 are the least${basis}${needed}`;
  return `${runsEach} runs of each would find ${found.join(", ")}, four times in five${basis}${needed}`;
}

function needs(figures: readonly Found[], marginRatio: number): string {
  const margin = (figure: Figure) => percentage(comparedFigures[figure].marginOf(marginRatio));
  const endless = figures.find(({ runsForMargin: runs }) => runs === null);
  if (endless !== undefined)
    return `; ${margin(endless.figure)} at ${endless.figure} takes more runs than a comparison may have`;
  const [most] = figures.toSorted(
    (one, other) => (other.runsForMargin ?? 0) - (one.runsForMargin ?? 0),
  );
  return most === undefined
    ? ""
    : `; to find ${margin(most.figure)} at ${most.figure} takes ${most.runsForMargin} of each`;
}
